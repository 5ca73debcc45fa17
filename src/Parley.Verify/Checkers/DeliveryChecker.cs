namespace Parley.Verify.Checkers;

/// <summary>C6: what came by the delivery streams, of each life of each client.</summary>
internal static class DeliveryChecker
{
    public static Verdict Judge(History history, bool everythingDelivered)
    {
        var violations = new List<string>();
        var facts = new DeliveryFacts(history);
        var received = history.Events
            .Where(line => line.Kind == HistoryKind.Receive)
            .OrderBy(line => line.AtUs)
            .ToList();
        foreach (var stream in received.GroupBy(line => (line.Client, line.Account, line.Conversation)))
        {
            HistoryEvent? last = null;
            foreach (var message in stream)
            {
                violations.AddRange(last is null ? AtResume(facts, message) : Between(facts, last, message));
                last = message;
            }
        }

        if (everythingDelivered)
        {
            violations.AddRange(NeverDelivered(history, received));
        }

        return new() { Property = Property.DeliveryOrder, Judged = received.Count, Violations = violations };
    }

    private static IEnumerable<string> AtResume(DeliveryFacts facts, HistoryEvent message)
    {
        if (message.Sequence <= facts.AcknowledgedBefore(message))
        {
            yield return $"{Describe(message)} although {message.Account} had acknowledged it before this client began";
        }

        if (facts.FindSkipped(message, facts.MaybeAcknowledged(message), message.Sequence ?? 0) is { } skipped)
        {
            yield return $"{Describe(message)} first, skipping sequence {skipped}, which was not acknowledged";
        }
    }

    private static IEnumerable<string> Between(DeliveryFacts facts, HistoryEvent last, HistoryEvent message)
    {
        if (message.Sequence <= last.Sequence)
        {
            yield return $"{Describe(message)} behind sequence {last.Sequence}: doubled, or out of order";
        }
        else if (facts.FindSkipped(message, last.Sequence ?? 0, message.Sequence ?? 0) is { } skipped)
        {
            yield return $"{Describe(message)} behind sequence {last.Sequence}, skipping {skipped}";
        }
    }

    private static IEnumerable<string> NeverDelivered(History history, List<HistoryEvent> received)
    {
        var receivers = received.Select(line => line.Account).ToHashSet(StringComparer.Ordinal);
        var taken = received.Select(line => (line.Account, line.Conversation, line.Sequence)).ToHashSet();
        var rooms = new RoomMembers(history);
        return from final in history.Reads
               from message in final.Messages
               from recipient in rooms.RecipientsOf(message.To)
               where receivers.Contains(recipient)
                   && !(RoomMembers.IsRoom(message.To) && recipient == message.From)
                   && !taken.Contains((recipient, final.Conversation, message.Sequence))
               group (final, message) by (recipient, final.Conversation, message.Sequence) into same
               let one = same.First()
               select $"{SendContent.Of(one.message)}, sequence {one.message.Sequence} on node {one.final.Node}, "
                   + $"was never delivered to {same.Key.recipient}";
    }

    private static string Describe(HistoryEvent message) =>
        $"{message.Client} was given sequence {message.Sequence} of {message.Conversation} (\"{message.Text}\")";
}

/// <summary>What the delivery checker must know at any message: acknowledgements by time, and whose message it is.
/// </summary>
internal sealed class DeliveryFacts
{
    private readonly Dictionary<string, long> beginOf;
    private readonly ILookup<(string Account, string? Conversation), (HistoryEvent Invoke, HistoryEvent? End)> marks;
    private readonly HashSet<(string? Conversation, long Sequence, string Sender)> senders;
    private readonly Dictionary<string, long> firstKept;

    public DeliveryFacts(History history)
    {
        beginOf = history.Events
            .GroupBy(line => line.Client, StringComparer.Ordinal)
            .ToDictionary(lines => lines.Key, lines => lines.Min(line => line.AtUs), StringComparer.Ordinal);
        marks = Operations.Pair(history, HistoryKind.Acknowledge)
            .ToLookup(pair => (pair.Invoke.Account, pair.Invoke.Conversation));
        senders =
        [
            .. history.Reads.SelectMany(final => final.Messages.Select(
                message => ((string?)final.Conversation, message.Sequence, message.From))),
            .. Operations.Sends(history).Where(send => send.IsStored).Select(
                send => (send.End!.Conversation, send.End.Sequence ?? 0, send.Invoke.Account)),
        ];
        firstKept = history.Reads
            .GroupBy(final => final.Conversation, StringComparer.Ordinal)
            .ToDictionary(
                finals => finals.Key, finals => finals.Max(final => final.FirstSequenceKept), StringComparer.Ordinal);
    }

    /// <summary>The highest mark that was answered before the receiving client began; 0 for none.</summary>
    public long AcknowledgedBefore(HistoryEvent message)
    {
        var begin = beginOf[message.Client];
        return marks[(message.Account, message.Conversation)]
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok } end && end.AtUs < begin)
            .Max(pair => pair.Invoke.Sequence) ?? 0;
    }

    /// <summary>The highest mark that was asked for before this message came; 0 for none.</summary>
    public long MaybeAcknowledged(HistoryEvent message) =>
        marks[(message.Account, message.Conversation)]
            .Where(pair => pair.Invoke.AtUs < message.AtUs)
            .Max(pair => pair.Invoke.Sequence) ?? 0;

    /// <summary>The first sequence between the two that the receiver should have got: one's own messages and what
    /// retention dropped may be passed over.</summary>
    public long? FindSkipped(HistoryEvent message, long after, long before)
    {
        var kept = firstKept.GetValueOrDefault(message.Conversation ?? "", 1);
        for (var sequence = Math.Max(after + 1, kept); sequence < before; sequence++)
        {
            if (!senders.Contains((message.Conversation, sequence, message.Account)))
            {
                return sequence;
            }
        }

        return null;
    }
}
