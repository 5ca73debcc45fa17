using System.Globalization;

namespace Parley.Verify.Checkers;

/// <summary>What the nodes hold against what was answered: C1 to C3.</summary>
internal static class StorageChecker
{
    /// <summary>C1: every message whose send was answered is on each node, as it was sent, where the answer said.
    /// </summary>
    public static Verdict NothingLost(History history)
    {
        var violations = new List<string>();
        var judged = 0;
        var sends = Operations.Sends(history).Where(send => send.IsStored).ToLookup(send => send.End!.Conversation);
        var read = new HashSet<string?>();
        foreach (var final in history.Reads)
        {
            read.Add(final.Conversation);
            var bySequence = new Dictionary<long, StoredMessage>();
            foreach (var message in final.Messages)
            {
                bySequence.TryAdd(message.Sequence, message);
            }

            foreach (var send in sends[final.Conversation].Where(send => send.End!.Sequence >= final.FirstSequenceKept))
            {
                judged++;
                if (WrongWith(send, bySequence.GetValueOrDefault(send.End!.Sequence ?? 0)) is { } wrong)
                {
                    violations.Add($"node {final.Node}, read by {final.Account}: {send}, answered as sequence "
                        + string.Create(CultureInfo.InvariantCulture, $"{send.End.Sequence} at #{send.End.LogIndex}, ")
                        + wrong);
                }
            }
        }

        violations.AddRange(sends
            .Where(_ => history.Reads.Count > 0)
            .Where(conversation => !read.Contains(conversation.Key))
            .SelectMany(conversation => conversation)
            .Select(send => $"{send}: its conversation {send.End!.Conversation} is on no node"));
        return new() { Property = Property.NothingLost, Judged = judged, Violations = violations };
    }

    /// <summary>C2: no id stands twice, no id was answered with two places, and nothing stands more often than it was
    /// sent (a client that repeats under a new id doubles just as well).</summary>
    public static Verdict NothingDoubled(History history)
    {
        var violations = new List<string>();
        var sends = Operations.Sends(history);
        var possible = sends.Where(send => !send.IsRefused).ToList();
        var asked = possible.Where(send => send.MessageId is null).Select(send => send.Content)
            .Concat(possible.Where(send => send.MessageId is not null)
                .DistinctBy(send => send.MessageId, StringComparer.Ordinal).Select(send => send.Content))
            .CountBy(content => content).ToDictionary();
        var judged = 0;
        foreach (var final in history.Reads)
        {
            judged += final.Messages.Count;
            violations.AddRange(
                from same in final.Messages.GroupBy(message => message.MessageId, StringComparer.Ordinal)
                where same.Skip(1).Any()
                select $"node {final.Node}: id {same.Key} stands at sequences {Sequences(same)}, once was expected");
            violations.AddRange(
                from same in final.Messages.GroupBy(SendContent.Of)
                let sent = asked.GetValueOrDefault(same.Key)
                where sent > 0 && same.Count() > sent
                select $"node {final.Node}: {same.Key} stands at sequences {Sequences(same)}, but was sent "
                    + $"{sent} times");
        }

        violations.AddRange(
            from same in sends.Where(send => send.IsStored).GroupBy(send => send.MessageId, StringComparer.Ordinal)
            where same.Key is not null
                && same.DistinctBy(send => (send.End!.Conversation, send.End.Sequence)).Skip(1).Any()
            let places = string.Join(", ", same.Select(send => send.End!.Sequence).Distinct())
            select $"id {same.Key} was answered with sequences {places}, one was expected");
        return new() { Property = Property.NothingDoubled, Judged = judged, Violations = violations };
    }

    /// <summary>C3: what stands was sent, and not told to have failed. A send that failed and was repeated counts
    /// as the repeat ended.</summary>
    public static Verdict NoPhantom(History history)
    {
        var violations = new List<string>();
        var sends = Operations.Sends(history);
        var possible = sends.Where(send => !send.IsRefused).Select(send => send.Content).ToHashSet();
        var refused = sends.Where(send => send.IsRefused).Select(send => send.Content).ToHashSet();
        var judged = 0;
        foreach (var final in history.Reads)
        {
            foreach (var message in final.Messages)
            {
                judged++;
                var content = SendContent.Of(message);
                if (!possible.Contains(content))
                {
                    var expected = refused.Contains(content) ? "its send was told to have failed" : "nobody sent it";
                    violations.Add($"node {final.Node}: {content} stands at sequence {message.Sequence}: {expected}");
                }
            }
        }

        return new() { Property = Property.NoPhantom, Judged = judged, Violations = violations };
    }

    private static string? WrongWith(SendFact send, StoredMessage? found)
    {
        if (found is null)
        {
            return "is missing";
        }

        if (SendContent.Of(found) != send.Content)
        {
            return $"but {SendContent.Of(found)} stands there";
        }

        return send.MessageId is { } id && !string.Equals(id, found.MessageId, StringComparison.Ordinal)
            ? $"but stands there with id {found.MessageId}"
            : null;
    }

    private static string Sequences(IEnumerable<StoredMessage> messages) =>
        string.Join(", ", messages.Select(message => message.Sequence));
}
