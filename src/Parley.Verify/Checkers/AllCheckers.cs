namespace Parley.Verify.Checkers;

/// <summary>Every property that can be judged from a history.</summary>
internal static class AllCheckers
{
    /// <summary>What is judged of accounts and sessions, also of those that came and went: C7 to C11.</summary>
    public static IReadOnlyList<Verdict> JudgeAccounts(History history) =>
    [
        MembershipChecker.NothingToOthers(MessageChanges.Undo(history)),
        SessionChecker.NoResurrection(history),
        NamesChecker.Judge(history),
        SessionChecker.OneLiveSession(history),
        MembershipChecker.NoAccountLost(history),
    ];

    /// <summary>What is judged of messages and nodes, in linear time; of messages as they were sent.</summary>
    /// <param name="history">All clients' events and every node's final state.</param>
    /// <param name="everythingDelivered">The receivers had time to take all that is stored: what they did not get was
    /// skipped.</param>
    public static IReadOnlyList<Verdict> Judge(History history, bool everythingDelivered)
    {
        var asSent = MessageChanges.Undo(history);
        return
        [
            StorageChecker.NothingLost(asSent),
            StorageChecker.NothingDoubled(asSent),
            StorageChecker.NoPhantom(asSent),
            OrderChecker.SenderOrder(asSent),
            OrderChecker.OneOrder(asSent),
            DeliveryChecker.Judge(asSent, everythingDelivered),
            StaleReadChecker.Judge(asSent),
            DigestChecker.Judge(asSent),
        ];
    }

    /// <summary>What is judged of edits, deletions and read marks: C16 to C18.</summary>
    public static IReadOnlyList<Verdict> JudgeChanges(History history) =>
    [
        ChangeChecker.DeletedStays(history),
        ChangeChecker.LastEditStands(history),
        MarkChecker.Judge(history),
    ];
}
