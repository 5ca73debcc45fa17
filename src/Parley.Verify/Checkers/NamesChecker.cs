using Parley.Verify.Linearizability;

namespace Parley.Verify.Checkers;

/// <summary>C9 and C10: each name behaves as if there were one copy of it. Judged name by name, which linearizability
/// allows (Herlihy and Wing 1990: it is local).</summary>
internal static class NamesChecker
{
    private static readonly HashSet<HistoryKind> Kinds =
        [HistoryKind.Create, HistoryKind.Login, HistoryKind.Logout, HistoryKind.Delete, HistoryKind.Send];

    /// <summary>Of every account that was created, logged in to or deleted while it was watched.</summary>
    public static Verdict Judge(History history)
    {
        var violations = new List<string>();
        var judged = 0;
        var pairs = Kinds.SelectMany(kind => Operations.Pair(history, kind))
            .GroupBy(pair => pair.Invoke.Account, StringComparer.Ordinal);
        foreach (var name in pairs)
        {
            var calls = name.Select(AsCall).OfType<Call<NameOperation>>().ToList();
            judged += calls.Count;
            if (WrongWith(calls) is { } wrong)
            {
                violations.Add($"{name.Key}: {wrong}");
            }
        }

        return new() { Property = Property.NamesLinearizable, Judged = judged, Violations = violations };
    }

    private static string? WrongWith(List<Call<NameOperation>> calls)
    {
        try
        {
            return LinearizabilityChecker.FindStuck(calls, NameState.Free, NameModel.Next) is { } stuck
                ? $"no order of its {calls.Count} operations explains that {stuck.Operation.Client} was told "
                    + $"{stuck.Operation.Answer} between {stuck.BeginUs} and {stuck.EndUs} us"
                : null;
        }
        catch (UndecidedException undecided)
        {
            return undecided.Message;
        }
    }

    // Null: it says nothing of the name.
    private static Call<NameOperation>? AsCall((HistoryEvent Invoke, HistoryEvent? End) pair)
    {
        var (invoke, end) = pair;
        if (end is null or { Phase: HistoryPhase.Info })
        {
            // Whether a write of unknown outcome was stored changes nothing here.
            return invoke.Kind == HistoryKind.Send ? null : Make(DoneOf(invoke), Call<NameOperation>.Never);
        }

        return (end.Phase == HistoryPhase.Ok ? DoneOf(invoke) : RefusedOf(invoke, end.Error)) is { } answer
            && answer != NameAnswer.None
                ? Make(answer, end.AtUs)
                : null;

        Call<NameOperation> Make(NameAnswer answer, long endUs) =>
            new(invoke.AtUs, endUs, new(answer, invoke.Client));
    }

    private static NameAnswer DoneOf(HistoryEvent invoke) => invoke.Kind switch
    {
        HistoryKind.Create => NameAnswer.Created,
        HistoryKind.Login when invoke.TakeOver == true => NameAnswer.TakenOver,
        HistoryKind.Login => NameAnswer.LoggedIn,
        HistoryKind.Logout => NameAnswer.LoggedOut,
        HistoryKind.Delete => NameAnswer.Deleted,
        _ => NameAnswer.Wrote,
    };

    private static NameAnswer RefusedOf(HistoryEvent invoke, string? reason) => (invoke.Kind, reason) switch
    {
        (HistoryKind.Create, "NAME_TAKEN") => NameAnswer.Taken,
        (HistoryKind.Login, "ALREADY_LOGGED_IN") => NameAnswer.FoundSession,
        (HistoryKind.Login, "WRONG_CREDENTIALS") => NameAnswer.FoundNobody,
        (HistoryKind.Login, "TOKEN_ENDED") when invoke.TakeOver == true => NameAnswer.TakeOverFoundEnded,
        (HistoryKind.Login, "TOKEN_ENDED") => NameAnswer.LoginFoundEnded,
        (HistoryKind.Logout, "SESSION_ENDED") => NameAnswer.LogoutFoundEnded,
        (HistoryKind.Delete, "SESSION_ENDED") => NameAnswer.DeleteFoundEnded,
        (HistoryKind.Send, "SESSION_ENDED") => NameAnswer.Ended,
        _ => NameAnswer.None,
    };
}
