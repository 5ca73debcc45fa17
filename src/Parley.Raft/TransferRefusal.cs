namespace Parley.Raft;

/// <summary>Why leadership is not being handed over; in this order of precedence.</summary>
internal enum TransferRefusal
{
    /// <summary>It is, from now on.</summary>
    None = 0,

    /// <summary>This node does not lead.</summary>
    NotLeader = 1,

    /// <summary>It was being handed over already, maybe to another node.</summary>
    HandingOver = 2,

    /// <summary>The target does not vote, is not there, or has not acknowledged nearly all of the log in this term; of
    /// no target in particular: no other voter is there.</summary>
    NotUpToDate = 3,

    /// <summary>That very target was asked a moment ago and did not take over in time: asked again and again, it would
    /// hold up proposals most of the time.</summary>
    GivenUp = 4,
}
