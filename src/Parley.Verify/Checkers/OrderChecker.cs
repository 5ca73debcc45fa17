namespace Parley.Verify.Checkers;

/// <summary>The order of what is stored: C4 and C5.</summary>
internal static class OrderChecker
{
    /// <summary>C4: what one client sent to one account stands in the order of its invocations, whether answered or
    /// not.</summary>
    public static Verdict SenderOrder(History history)
    {
        var violations = new List<string>();
        var judged = 0;
        var sends = Operations.Sends(history)
            .GroupBy(send => (send.Invoke.Client, send.Invoke.Account, send.Invoke.Peer))
            .ToDictionary(group => group.Key, group => group.DistinctBy(Identity).ToList());
        foreach (var final in history.Reads)
        {
            var byId = Index(final.Messages, message => message.MessageId);
            var byContent = Index(final.Messages, SendContent.Of);
            foreach (var (sender, sent) in sends.Where(pair => Concerns(pair.Key.Account, pair.Key.Peer, final)))
            {
                (SendFact Send, long Sequence)? last = null;
                foreach (var send in sent)
                {
                    if (FindSequence(send, byId, byContent) is not { } sequence)
                    {
                        continue;
                    }

                    judged++;
                    if (last is { } before && before.Sequence >= sequence)
                    {
                        violations.Add($"node {final.Node}: {send} stands at {sequence}, not behind "
                            + $"{before.Send} at {before.Sequence}, which {sender.Client} sent before it");
                    }

                    last = (send, sequence);
                }
            }
        }

        return new() { Property = Property.SenderOrder, Judged = judged, Violations = violations };
    }

    /// <summary>C5: sequences go up by one on each node, and a sequence means the same message on all of them, for both
    /// members and on every stream.</summary>
    public static Verdict OneOrder(History history)
    {
        var violations = new List<string>();
        var agreed = new Dictionary<(string Conversation, long Sequence), (string MessageId, string Where)>();
        var judged = 0;
        foreach (var final in history.Reads)
        {
            var expected = final.FirstSequenceKept;
            foreach (var message in final.Messages)
            {
                judged++;
                if (message.Sequence != expected)
                {
                    violations.Add($"node {final.Node}, read by {final.Account}: sequence {expected} of "
                        + $"{final.Conversation} expected, {message.Sequence} found");
                }

                expected = message.Sequence + 1;
                Agree(final.Conversation, message.Sequence, message.MessageId, $"node {final.Node}");
            }
        }

        foreach (var seen in history.Events.Where(line =>
            line.Kind is HistoryKind.Receive or HistoryKind.Changed or HistoryKind.Shown))
        {
            judged++;
            Agree(seen.Conversation ?? "", seen.Sequence ?? 0, seen.MessageId ?? "",
                seen.Kind == HistoryKind.Shown
                    ? $"a page or search of {seen.Client}"
                    : $"the stream of {seen.Client}");
        }

        violations.AddRange(DifferentHeads(history));
        return new() { Property = Property.OneOrder, Judged = judged, Violations = violations };

        void Agree(string conversation, long sequence, string messageId, string where)
        {
            if (!agreed.TryAdd((conversation, sequence), (messageId, where))
                && agreed[(conversation, sequence)] is var first
                && !string.Equals(first.MessageId, messageId, StringComparison.Ordinal))
            {
                violations.Add($"sequence {sequence} of {conversation} is id {first.MessageId} on {first.Where}, "
                    + $"but id {messageId} on {where}");
            }
        }
    }

    private static IEnumerable<string> DifferentHeads(History history) =>
        from final in history.Reads
        group (final.Node, Head: final.Messages.Count == 0 ? 0 : final.Messages[^1].Sequence)
            by Pair(final.Account, final.Peer)
        into heads
        where heads.Select(one => one.Head).Distinct().Skip(1).Any()
        let found = string.Join(", ", heads.Select(one => $"{one.Head} on node {one.Node}"))
        select $"the conversation of {heads.Key.One} and {heads.Key.Other} ends at {found}; one end was expected";

    private static (string One, string Other) Pair(string one, string other) =>
        string.CompareOrdinal(one, other) <= 0 ? (one, other) : (other, one);

    private static bool Concerns(string account, string? peer, FinalRead final) =>
        Pair(account, peer ?? "") == Pair(final.Account, final.Peer);

    // A repeat under the same id is the same send.
    private static string Identity(SendFact send) =>
        send.MessageId ?? $"{send.Invoke.Client}/{send.Invoke.Operation}";

    private static Dictionary<TKey, long> Index<TKey>(
        IReadOnlyList<StoredMessage> messages, Func<StoredMessage, TKey> key)
        where TKey : notnull
    {
        var index = new Dictionary<TKey, long>();
        foreach (var message in messages)
        {
            // 0 marks what stands more than once: by content it can then not be told apart.
            if (!index.TryAdd(key(message), message.Sequence))
            {
                index[key(message)] = 0;
            }
        }

        return index;
    }

    private static long? FindSequence(
        SendFact send, Dictionary<string, long> byId, Dictionary<SendContent, long> byContent)
    {
        var found = send.MessageId is { } id
            ? byId.GetValueOrDefault(id)
            : byContent.GetValueOrDefault(send.Content);
        return found == 0 ? null : found;
    }
}
