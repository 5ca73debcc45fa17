namespace Parley.Verify.Checkers;

/// <summary>C12: the log follows real time, and a client's reads hold whatever it could already know.</summary>
internal static class StaleReadChecker
{
    public static Verdict Judge(History history)
    {
        var violations = new List<string>();
        var judged = JudgeLogTime(history, violations) + JudgeReads(history, violations);
        return new() { Property = Property.NoStaleRead, Judged = judged, Violations = violations };
    }

    // A command that began after another was answered stands behind it in the log; repeats return their first outcome.
    private static int JudgeLogTime(History history, List<string> violations)
    {
        var floors = new Dictionary<(string Client, long Operation), HistoryEvent?>();
        var seenIds = new HashSet<string>(StringComparer.Ordinal);
        HistoryEvent? newest = null;
        var judged = 0;
        foreach (var line in history.Events.Where(IsWrite).OrderBy(line => line.AtUs))
        {
            if (line.Phase == HistoryPhase.Invoke)
            {
                floors[(line.Client, line.Operation)] = newest;
                continue;
            }

            if (line is not { Phase: HistoryPhase.Ok, LogIndex: { } index }
                || (line.MessageId is { } id && !seenIds.Add(id)))
            {
                continue;
            }

            judged++;
            if (floors.GetValueOrDefault((line.Client, line.Operation)) is { } floor && floor.LogIndex >= index)
            {
                violations.Add($"{Describe(line)} is at #{index}, but began after {Describe(floor)} was answered "
                    + $"at #{floor.LogIndex}");
            }

            newest = newest is null || newest.LogIndex < index ? line : newest;
        }

        return judged;
    }

    private static int JudgeReads(History history, List<string> violations)
    {
        var stored = history.Reads
            .GroupBy(final => final.Conversation, StringComparer.Ordinal)
            .ToDictionary(finals => finals.Key, finals => finals.MaxBy(final => final.Messages.Count)!.Messages);
        var seen = new Dictionary<string, long>(StringComparer.Ordinal);
        var floors = new Dictionary<(string Client, long Operation), long>();
        var judged = 0;
        foreach (var line in history.Events.OrderBy(line => line.AtUs))
        {
            if (line is { Kind: HistoryKind.History, Phase: HistoryPhase.Invoke })
            {
                floors[(line.Client, line.Operation)] = seen.GetValueOrDefault(line.Client);
            }

            if (line is { Kind: HistoryKind.History, Phase: HistoryPhase.Ok, Stale: not true })
            {
                judged++;
                var floor = floors.GetValueOrDefault((line.Client, line.Operation));
                if (FindMissed(line, floor, stored) is { } missed)
                {
                    violations.Add($"{line.Client} read {line.Conversation} up to sequence {line.Sequence}, but had "
                        + $"seen #{floor}: sequence {missed.Sequence} (#{missed.LogIndex}) was expected");
                }
            }

            if (line is { Phase: HistoryPhase.Ok, LogIndex: { } index })
            {
                seen[line.Client] = Math.Max(index, seen.GetValueOrDefault(line.Client));
            }
        }

        return judged;
    }

    private static StoredMessage? FindMissed(
        HistoryEvent read, long floor, Dictionary<string, IReadOnlyList<StoredMessage>> stored) =>
        stored.GetValueOrDefault(read.Conversation ?? "") is { } messages
        && messages.LastOrDefault(message => message.LogIndex <= floor) is { } newest
        && newest.Sequence > (read.Sequence ?? 0)
            ? newest
            : null;

    private static bool IsWrite(HistoryEvent line) => line.Kind is HistoryKind.Send or HistoryKind.Acknowledge
        or HistoryKind.Create or HistoryKind.Login or HistoryKind.Logout or HistoryKind.Delete;

    private static string Describe(HistoryEvent line) =>
        $"the {line.Kind} of {line.Client} ({line.Text ?? line.Account})";
}
