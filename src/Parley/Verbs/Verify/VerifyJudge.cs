using Parley.Verbs.Verify.People;
using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Verbs.Verify;

/// <summary>Which checkers judge which part of a run's history.</summary>
internal static class VerifyJudge
{
    public static IReadOnlyList<Verdict> Judge(History history)
    {
        // Names that came and went have no conversation at the end.
        var stayed = Crowd.Pairs.SelectMany(pair => (string[])[pair.One, pair.Other]).ToHashSet(StringComparer.Ordinal);
        var talk = history with
        {
            Events = [.. history.Events.Where(line => stayed.Contains(line.Account))],
        };
        return
        [
            .. AllCheckers.Judge(talk, everythingDelivered: true),
            .. AllCheckers.JudgeAccounts(history),
            .. AllCheckers.JudgeChanges(talk),
        ];
    }
}
