using Parley.Client;
using Parley.Client.Sending;

namespace Parley.Verbs.Chat;

/// <summary>
/// The lines under way: each gets a last word, and when no server is left the chat ends. A line is shown as queued at
/// the bottom until it is stored; then it takes its place among the others once, with what is known of it by then. What
/// is learned of it later is told in a line of its own. Any thread.
/// </summary>
internal sealed class SentLines(
    IChatScreen screen, string account, bool keepsOutbox, KnownLines known, TimeProvider time)
{
    private const int RecentMax = 1_024;

    /// <summary>A recipient who is there has acknowledged by then.</summary>
    private static readonly TimeSpan ReceiptPatience = TimeSpan.FromSeconds(1);

    /// <summary>And one who looks has read it by then.</summary>
    private static readonly TimeSpan ReadPatience = TimeSpan.FromMilliseconds(400);
    private readonly Lock showing = new();
    private readonly Underway underway = new();
    private readonly List<OwnLine> lines = [];
    private readonly Queue<MessageId> recent = new();
    private readonly Dictionary<string, AwaitedReceipt> awaited = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int lastWordsSaid;

    /// <summary>Completes with the exit code when no server answered for the give-up time.</summary>
    public Task<int> NobodyLeft => ended.Task;

    /// <summary>The last line that was stored; null: none.</summary>
    public StoredPlace? Last { get; private set; }

    /// <summary>How long the first unanswered line has waited; null: none waits.</summary>
    public TimeSpan? OldestWait
    {
        get
        {
            lock (showing)
            {
                return lines.Find(line => line.Place is null) is { } first ? time.GetUtcNow() - first.TypedAt : null;
            }
        }
    }

    /// <summary>Waits for the answer beside what is typed.</summary>
    public void Watch(Send send, bool isLeft = false)
    {
        var line = new OwnLine(send, time.GetUtcNow(), isLeft);
        lock (showing)
        {
            lines.Add(line);
            Show();
        }

        underway.Add(WatchAsync(line));
    }

    /// <summary>A message of this account came: one of these, or from another process of it.</summary>
    public void Arrived(ChatMessage message)
    {
        known.Put(message);
        lock (showing)
        {
            if (lines.Find(line => line.Send.MessageId == message.MessageId) is { } own)
            {
                own.Place ??= StoredPlace.Of(message, time.GetTimestamp());
                own.Changed = EntryText.StateOf(message) is null ? null : message;
                Show();
            }
            else if (screen.ShowsOwnLines && !recent.Contains(message.MessageId))
            {
                Flush();
                screen.Message(new(
                    message.SentAt, message.From, message.To, message.Text, EntryText.StateOf(message)));
            }
        }
    }

    /// <summary>A member has everything up to a sequence, and has read up to another.</summary>
    public void Receipted(Delivery.Acknowledged receipt)
    {
        if (string.Equals(receipt.Member, account, StringComparison.Ordinal))
        {
            return;
        }

        lock (showing)
        {
            foreach (var line in lines.Where(line => line.Place?.Conversation == receipt.Conversation))
            {
                if (line.Place!.Sequence <= receipt.Sequence)
                {
                    line.DeliveredTicks ??= time.GetTimestamp();
                    line.IsRead |= line.Place.Sequence <= receipt.ReadSequence;
                }
            }

            if (awaited.TryGetValue(receipt.Conversation, out var late) && late.Take(receipt) is { } news)
            {
                screen.Note(news);
            }

            Look();
        }
    }

    /// <summary>Another's message is about to be shown: what is stored takes its place before it, and who answers has
    /// read what was said; a message from before crossed it on the way.</summary>
    public void Answered(ChatMessage message)
    {
        Flush();
        lock (showing)
        {
            if (awaited.TryGetValue(message.Conversation, out var late)
                && late.IsDelivered && late.Sequence < message.Sequence)
            {
                awaited.Remove(message.Conversation);
            }
        }
    }

    /// <summary>What is stored takes its place now: something comes that belongs behind it.</summary>
    public void Flush() => Settle(_ => true);

    /// <summary>What has waited long enough for a receipt takes its place without.</summary>
    public void Look() => Settle(line => line.IsRead
        || (line.DeliveredTicks is { } ticks && time.GetElapsedTime(ticks) >= ReadPatience)
        || time.GetElapsedTime(line.Place!.SinceTicks) >= ReceiptPatience);

    /// <summary>Waits until all lines have an answer, but not longer than this. Returns how many have none.</summary>
    public async Task<int> SettleAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var open = underway.Open();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            await Task.WhenAll(open).WaitAsync(patience.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return open.Count(task => !task.IsCompleted);
        }
    }

    /// <summary>The chat cannot go on: says so once, and returns the exit code.</summary>
    public int EndWith(ParleyException nobody)
    {
        var code = ClientExitCodes.Of(nobody);
        if (Interlocked.Exchange(ref lastWordsSaid, 1) == 0)
        {
            screen.Note($"no server is left: {nobody.Message}");
            screen.Note("what was answered is safe; come back when the servers are back");
            ended.TrySetResult(code);
        }

        return code;
    }

    private void Settle(Func<OwnLine, bool> isReady)
    {
        lock (showing)
        {
            while (lines.Count > 0 && lines[0].Place is { } place && isReady(lines[0]))
            {
                var line = lines[0];
                lines.RemoveAt(0);
                Remember(line.Send.MessageId);
                if (!screen.ShowsOwnLines)
                {
                    continue;
                }

                awaited[place.Conversation] = new AwaitedReceipt(line.Send.Recipient, place.Sequence, line);
                screen.Message(new(
                    place.SentAt, account, line.Send.Recipient, line.Changed?.Text ?? line.Send.Text, line.State));
            }

            Show();
        }
    }

    private void Remember(MessageId id)
    {
        recent.Enqueue(id);
        if (recent.Count > RecentMax)
        {
            recent.Dequeue();
        }
    }

    private void Show() => screen.SetUnderway([.. lines.Select(Describe)]);

    private string Describe(OwnLine line)
    {
        var state = line.Place is not null ? "stored" : line.Send.Recorded || !keepsOutbox ? "queued" : "sending";
        return $"{state} → {line.Send.Recipient}: {line.Send.Text.ReplaceLineEndings(" ⏎ ")}";
    }

    private async Task WatchAsync(OwnLine line)
    {
        try
        {
            var receipt = await line.Send.Outcome;
            known.PutNew(MessageOf(line.Send, receipt));
            lock (showing)
            {
                line.Place ??= StoredPlace.Of(receipt, time.GetTimestamp());
                Last = line.Place;
                Look();
            }
        }
        catch (ParleyException failure)
        {
            lock (showing)
            {
                lines.Remove(line);
                Remember(line.Send.MessageId);
                Show();
            }

            Tell(line.Send.Text, failure);
        }
    }

    private ChatMessage MessageOf(Send send, MessageReceipt receipt) => new()
    {
        Conversation = receipt.Conversation,
        Sequence = receipt.Sequence,
        MessageId = receipt.MessageId,
        From = account,
        To = send.Recipient,
        SentAt = receipt.SentAt,
        Text = send.Text,
        LogIndex = receipt.LogIndex,
    };

    private void Tell(string text, ParleyException failure)
    {
        switch (failure)
        {
            case OutcomeUnknownException { Reason: OutcomeUnknownException.OutcomeUnknown } unknown:
                screen.Line(keepsOutbox
                    ? $"not answered: \"{text}\": it is kept, and settled when you come back"
                    : $"not answered: \"{text}\": it may be stored or not; /history tells when the servers are back");
                EndWith(unknown);
                break;
            case OutcomeUnknownException:
                // Too old to be repeated by itself: the person decides.
                screen.Line($"not known: \"{text}\": it may be stored or not; /history tells, and if it is not there, "
                    + "type it again");
                break;
            case NoMajorityException nobody:
                screen.Line($"not sent: \"{text}\": no server took it");
                EndWith(nobody);
                break;
            case ConflictException { Reason: "CLOSED" }:
                screen.Line($"not sent: \"{text}\": the chat ended before a server took it");
                break;
            default:
                screen.Line($"not sent: \"{text}\": {failure.Message}");
                break;
        }
    }
}
