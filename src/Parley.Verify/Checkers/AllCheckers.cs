namespace Parley.Verify.Checkers;

/// <summary>Every property that can be judged from a history.</summary>
internal static class AllCheckers
{
    /// <summary>What is judged of accounts and sessions, also of those that came and went: C7 to C11.</summary>
    public static IReadOnlyList<Verdict> JudgeAccounts(History history) =>
    [
        MembershipChecker.NothingToOthers(history),
        SessionChecker.NoResurrection(history),
        NamesChecker.Judge(history),
        SessionChecker.OneLiveSession(history),
        MembershipChecker.NoAccountLost(history),
    ];

    /// <summary>What is judged of messages and nodes, in linear time.</summary>
    /// <param name="history">All clients' events and every node's final state.</param>
    /// <param name="everythingDelivered">The receivers had time to take all that is stored: what they did not get was
    /// skipped.</param>
    public static IReadOnlyList<Verdict> Judge(History history, bool everythingDelivered) =>
    [
        StorageChecker.NothingLost(history),
        StorageChecker.NothingDoubled(history),
        StorageChecker.NoPhantom(history),
        OrderChecker.SenderOrder(history),
        OrderChecker.OneOrder(history),
        DeliveryChecker.Judge(history, everythingDelivered),
        StaleReadChecker.Judge(history),
        DigestChecker.Judge(history),
    ];
}
