namespace Parley.Verify.Checkers;

/// <summary>C8 and C10, each session for itself: what has ended stays ended.</summary>
internal static class SessionChecker
{
    private static readonly HistoryKind[] Writes =
    [
        HistoryKind.Send, HistoryKind.Acknowledge, HistoryKind.Delete, HistoryKind.Edit, HistoryKind.Erase,
        HistoryKind.MarkRead,
    ];

    /// <summary>C10: nothing that a session asked for after a newer login was answered is done.</summary>
    public static Verdict OneLiveSession(History history)
    {
        var logins = Operations.Pair(history, HistoryKind.Login)
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok })
            .ToLookup(pair => pair.Invoke.Account, StringComparer.Ordinal);
        return Judge(history, Property.OneLiveSession, "a newer login was answered", own => logins[own.Account]
            .Where(newer => newer.Invoke.AtUs > own.EndUs)
            .Min(newer => newer.End?.AtUs));
    }

    /// <summary>C8: nothing that a session asked for after its logout or its account's deletion was answered is done,
    /// and a new account of the name is not given what was written to the old one.</summary>
    public static Verdict NoResurrection(History history)
    {
        var ends = ((HistoryKind[])[HistoryKind.Logout, HistoryKind.Delete])
            .SelectMany(kind => Operations.Pair(history, kind))
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok })
            .ToLookup(pair => pair.Invoke.Client, StringComparer.Ordinal);
        var verdict = Judge(
            history, Property.NoResurrection, "it had logged out or was deleted",
            own => ends[own.Client].Min(end => end.End?.AtUs));
        var (judged, violations) = OldMessages(history);
        return verdict with
        {
            Judged = verdict.Judged + judged,
            Violations = [.. verdict.Violations, .. violations],
        };
    }

    private static Verdict Judge(
        History history,
        Property property,
        string what,
        Func<(string Account, string Client, long EndUs), long?> findEnd)
    {
        var violations = new List<string>();
        var judged = 0;
        var ends = Operations.Pair(history, HistoryKind.Login)
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok })
            .ToDictionary(
                pair => pair.Invoke.Client,
                pair => findEnd((pair.Invoke.Account, pair.Invoke.Client, pair.End!.AtUs)),
                StringComparer.Ordinal);
        foreach (var kind in Writes)
        {
            foreach (var (invoke, end) in Operations.Pair(history, kind))
            {
                if (ends.GetValueOrDefault(invoke.Client) is not { } endedAt || invoke.AtUs <= endedAt)
                {
                    continue;
                }

                judged++;
                if (end is { Phase: HistoryPhase.Ok })
                {
                    violations.Add($"the {kind} of {invoke.Client} ({invoke.Text ?? invoke.Account}) was done, but "
                        + $"{what} {invoke.AtUs - endedAt} us before it was asked for");
                }
            }
        }

        return new() { Property = property, Judged = judged, Violations = violations };
    }

    private static (int Judged, IEnumerable<string> Violations) OldMessages(History history)
    {
        var deletions = Operations.Pair(history, HistoryKind.Delete)
            .Where(pair => pair.End is { Phase: HistoryPhase.Ok })
            .ToLookup(pair => pair.Invoke.Account, pair => pair.Invoke.AtUs, StringComparer.Ordinal);
        var answered = Operations.Sends(history)
            .Where(send => send is { IsStored: true, MessageId: not null })
            .ToLookup(send => send.MessageId!, send => send.End!.AtUs, StringComparer.Ordinal);
        var begins = history.Events.GroupBy(line => line.Client, StringComparer.Ordinal)
            .ToDictionary(lines => lines.Key, lines => lines.Min(line => line.AtUs), StringComparer.Ordinal);
        var received = history.Events
            .Where(line => line.Kind == HistoryKind.Receive && deletions.Contains(line.Account))
            .ToList();
        var wrong = from line in received
                    from storedAt in answered[line.MessageId ?? ""].Take(1)
                    where deletions[line.Account].Any(
                        deleted => storedAt < deleted && deleted < begins[line.Client])
                    select $"{line.Client} was given \"{line.Text}\", stored before the account of that name before "
                        + "it was deleted";
        return (received.Count, wrong);
    }
}
