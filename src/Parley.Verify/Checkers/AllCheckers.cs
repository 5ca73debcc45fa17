namespace Parley.Verify.Checkers;

/// <summary>Every property that can be judged from a history in linear time.</summary>
internal static class AllCheckers
{
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
