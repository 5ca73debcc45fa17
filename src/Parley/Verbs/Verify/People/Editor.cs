using System.Globalization;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Local;

namespace Parley.Verbs.Verify.People;

/// <summary>
/// Edits and deletes what a talker has said, new and old, asks late for changes that were answered, also after later
/// ones, and looks at what became of it: through the talker's session, or that of whoever it was said to.
/// </summary>
internal sealed class Editor(Setting setting, Talker talker, Talker? listener)
{
    private const int Lanes = 2;
    private const int PaceFactor = 10;
    private const int EditPercent = 55;
    private const int DeletePercent = 80;
    private const int LookPercent = 50;
    private const int SearchPercent = 65;
    private const int MarkPercent = 70;

    /// <summary>An account's last 1,024 requests are remembered; the last of these are asked for again.</summary>
    private const int RepeatableMax = 200;

    /// <summary>Most changes are of what was just said, and may not have been delivered.</summary>
    private const int RecentMax = 5;

    private readonly Lock drawing = new();
    private readonly Random random = new(setting.Seed + 2);
    private readonly Queue<(MessageChange Change, string Recipient)> answered = new();
    private readonly List<(string Text, string Peer)> texts = [];
    private int edits;
    private int deletions;
    private int repeats;

    /// <summary>Answered so far.</summary>
    public int Edits => Volatile.Read(ref edits);

    /// <summary>Answered so far.</summary>
    public int Deletions => Volatile.Read(ref deletions);

    /// <summary>Answered changes that were asked for again, and answered.</summary>
    public int Repeats => Volatile.Read(ref repeats);

    /// <summary>Whose messages.</summary>
    public RecordedClient Client => talker.Client;

    /// <summary>Texts that messages had, or have, and in which conversation; the newest last.</summary>
    public IReadOnlyList<(string Text, string Peer)> Texts
    {
        get
        {
            lock (drawing)
            {
                return [.. texts];
            }
        }
    }

    /// <summary>Goes on until stopped; what is begun is ended.</summary>
    public Task LiveAsync(CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => ChangeAsync(stop)));

    private async Task ChangeAsync(CancellationToken stop)
    {
        using var pace = new PeriodicTimer(setting.Pace * PaceFactor);
        while (!stop.IsCancellationRequested)
        {
            await pace.WaitForNextTickAsync(CancellationToken.None);
            if (talker.FindAnswered(Draw(2) == 0 ? RecentMax : int.MaxValue) is { } send)
            {
                await StepAsync(send, await send.Outcome);
            }
        }
    }

    private async Task StepAsync(Send send, MessageReceipt receipt)
    {
        var drawn = Draw(100);
        try
        {
            if (drawn < DeletePercent)
            {
                await DoAsync(send, receipt, drawn < EditPercent ? NextText(send.Recipient) : null);
            }
            else
            {
                await RepeatAsync();
            }
        }
        catch (ParleyException refused) when (refused.Reason is "MESSAGE_DELETED" or "NODES_TOO_OLD")
        {
            // The first is right where it was deleted, and judged; the second until all nodes know each other.
        }

        await LookAsync(send, receipt);
    }

    private async Task DoAsync(Send send, MessageReceipt receipt, string? text)
    {
        var change = new MessageChange(
            ParleySession.NewRequestId(), receipt.Conversation, receipt.Sequence, text);
        await talker.Client.ChangeAsync(change, CancellationToken.None);
        Interlocked.Increment(ref text is null ? ref deletions : ref edits);
        lock (drawing)
        {
            texts.Add((send.Text, send.Recipient));
            if (text is not null)
            {
                texts.Add((text, send.Recipient));
            }

            answered.Enqueue((change, send.Recipient));
            if (answered.Count > RepeatableMax)
            {
                answered.Dequeue();
            }
        }
    }

    /// <summary>Also of what was changed again since: the first outcome is expected, and no effect.</summary>
    private async Task RepeatAsync()
    {
        MessageChange? change = null;
        string recipient = "";
        lock (drawing)
        {
            if (answered.Count > 0)
            {
                (change, recipient) = answered.ElementAt(random.Next(answered.Count));
            }
        }

        if (change is not null)
        {
            await talker.Client.ChangeAsync(change, CancellationToken.None);
            Interlocked.Increment(ref repeats);
            await talker.Client.LookAsync(recipient, change.Sequence, CancellationToken.None);
        }
    }

    private async Task LookAsync(Send send, MessageReceipt receipt)
    {
        var drawn = Draw(100);
        var isListener = listener is not null && Draw(2) == 0;
        var client = isListener ? listener!.Client : talker.Client;
        var peer = isListener && send.Recipient != Crowd.Room ? talker.Client.Account : send.Recipient;
        if (drawn < LookPercent)
        {
            await client.LookAsync(peer, receipt.Sequence, CancellationToken.None);
        }
        else if (drawn < SearchPercent)
        {
            await client.SearchAsync(send.Text, peer, CancellationToken.None);
        }
        else if (drawn < MarkPercent)
        {
            await client.MarkAsync(CancellationToken.None);
        }
    }

    private string NextText(string recipient) => string.Create(
        CultureInfo.InvariantCulture,
        $"{talker.Client.Account} to {recipient}, better {Guid.NewGuid():N} of {setting.Canary}");

    private int Draw(int below)
    {
        lock (drawing)
        {
            return random.Next(below);
        }
    }
}
