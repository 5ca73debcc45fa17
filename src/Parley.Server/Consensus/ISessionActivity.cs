namespace Parley.Server.Consensus;

/// <summary>
/// Between the transport and the session leases: which sessions this node heard from (to be told to the leader), and
/// what other nodes told this one. Implemented by the leases.
/// </summary>
internal interface ISessionActivity
{
    /// <summary>Takes at most this many session numbers heard since the last call; about once a second, each peer that
    /// leads gets them; nothing is taken while there is no leader.</summary>
    IReadOnlyList<long> TakeHeard(int sessionsMax);

    /// <summary>Another node (or this one, when it leads) heard from these sessions.</summary>
    void HeardElsewhere(IReadOnlyList<long> sessions);
}
