namespace Parley.Verify.Checkers;

/// <summary>C7 and C11: who sees what, and who is there.</summary>
internal static class MembershipChecker
{
    /// <summary>C7: nobody is given a text that was not written by them, to them, or to a room they are in, on any
    /// stream or page.</summary>
    public static Verdict NothingToOthers(History history)
    {
        var violations = new List<string>();
        var rooms = new RoomMembers(history);
        var members = Operations.Sends(history)
            .GroupBy(send => send.Invoke.Text ?? "", StringComparer.Ordinal)
            .ToDictionary(
                sends => sends.Key,
                sends => sends.SelectMany(send => (IEnumerable<string>)
                    [send.Content.From, send.Content.To, .. rooms.RecipientsOf(send.Content.To)]).ToHashSet(),
                StringComparer.Ordinal);
        var judged = 0;
        foreach (var line in history.Events.Where(
            line => line.Kind is HistoryKind.Receive or HistoryKind.Changed or HistoryKind.Shown))
        {
            var where = line.Kind == HistoryKind.Shown ? "a page or search" : "the stream";
            Judge(line.Account, line.Text ?? "", $"{where} of {line.Client}");
        }

        foreach (var final in history.Reads)
        {
            foreach (var message in final.Messages)
            {
                Judge(final.Account, message.Text, $"a page of node {final.Node}, read by {final.Account}");
                Judge(final.Peer, message.Text, $"the conversation of {final.Account} and {final.Peer}");
            }
        }

        return new() { Property = Property.NothingToOthers, Judged = judged, Violations = violations };

        void Judge(string account, string text, string where)
        {
            judged++;
            if (members.TryGetValue(text, out var expected) && !expected.Contains(account))
            {
                violations.Add($"\"{text}\" of {string.Join(" and ", expected)} is on {where}");
            }
        }
    }

    /// <summary>C11: accounts whose creation was answered and whose deletion nobody asked for are on every node; those
    /// whose deletion was answered and whose creation nobody asked for afterwards are on none.</summary>
    public static Verdict NoAccountLost(History history)
    {
        var violations = new List<string>();
        var judged = 0;
        var changes = ((HistoryKind[])[HistoryKind.Create, HistoryKind.Delete])
            .SelectMany(kind => Operations.Pair(history, kind))
            .GroupBy(pair => pair.Invoke.Account, StringComparer.Ordinal)
            .Select(pairs => (Name: pairs.Key, Expected: IsThereAtTheEnd([.. pairs])))
            .Where(account => account.Expected is not null);
        foreach (var (name, expected) in changes)
        {
            foreach (var node in history.Accounts)
            {
                judged++;
                if (node.Names.Contains(name, StringComparer.Ordinal) != expected)
                {
                    violations.Add(expected == true
                        ? $"the account {name} was created and is not on node {node.Node}"
                        : $"the account {name} was deleted and is on node {node.Node}");
                }
            }
        }

        return new() { Property = Property.NoAccountLost, Judged = judged, Violations = violations };
    }

    // Null: operations that overlap, or whose outcome is unknown, leave both possible.
    private static bool? IsThereAtTheEnd(List<(HistoryEvent Invoke, HistoryEvent? End)> pairs)
    {
        var done = pairs.Where(pair => pair.End is { Phase: HistoryPhase.Ok }).ToList();
        if (done.Count == 0)
        {
            return null;
        }

        var last = done.MaxBy(pair => pair.End!.AtUs);
        var isLast = pairs.TrueForAll(pair => pair == last
            || pair.End is { Phase: HistoryPhase.Fail }
            || (pair.End is { Phase: HistoryPhase.Ok } end && end.AtUs < last.Invoke.AtUs));
        return isLast ? last.Invoke.Kind == HistoryKind.Create : null;
    }
}
