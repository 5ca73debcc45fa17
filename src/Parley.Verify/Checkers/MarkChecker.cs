namespace Parley.Verify.Checkers;

/// <summary>C18: a client sees its read marks no lower than it was answered, or has seen them.</summary>
internal static class MarkChecker
{
    public static Verdict Judge(History history)
    {
        var violations = new List<string>();
        var judged = 0;
        var known = Operations.Pair(history, HistoryKind.MarkRead)
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok })
            .Select(pair => (pair.Invoke.Client, pair.Invoke.Conversation, AtUs: pair.End!.AtUs, pair.Invoke.Sequence))
            .Concat(history.Events.Where(line => line.Kind == HistoryKind.Mark)
                .Select(line => (line.Client, line.Conversation, line.AtUs, line.Sequence)))
            .ToLookup(mark => (mark.Client, mark.Conversation));
        foreach (var line in history.Events.Where(line => line.Kind == HistoryKind.Mark))
        {
            judged++;
            var before = known[(line.Client, line.Conversation)]
                .Where(mark => mark.AtUs < line.SinceUs)
                .Max(mark => mark.Sequence) ?? 0;
            if (line.Sequence < before)
            {
                violations.Add($"{line.Client} is told that {line.Conversation} was read up to {line.Sequence}, but "
                    + $"knew of {before} before it asked");
            }
        }

        return new() { Property = Property.MarksForward, Judged = judged, Violations = violations };
    }
}
