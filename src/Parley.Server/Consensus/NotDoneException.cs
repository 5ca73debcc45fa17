namespace Parley.Server.Consensus;

/// <summary>Why a node did not do what was asked; the call is safe to repeat with the same ids.</summary>
internal enum NotDoneReason
{
    None = 0,

    /// <summary>No leader, or no majority answers it: UNAVAILABLE NO_MAJORITY, with "2 of 5 reachable".</summary>
    NoMajority = 1,

    /// <summary>A queue is full: UNAVAILABLE OVERLOADED.</summary>
    Overloaded = 2,

    /// <summary>This node is stopping: UNAVAILABLE DRAINING.</summary>
    Draining = 3,

    /// <summary>The time ran out while it may still be done: DEADLINE_EXCEEDED OUTCOME_UNKNOWN.</summary>
    OutcomeUnknown = 4,

    /// <summary>This node has not caught up with what the client has seen: UNAVAILABLE NODE_BEHIND.</summary>
    NodeBehind = 5,

    /// <summary>The cluster is not formed yet: UNAVAILABLE NOT_SERVING.</summary>
    NotServing = 6,

    /// <summary>The leader keeps the command out of the log: UNAVAILABLE COMMAND_REFUSED.</summary>
    Refused = 7,
}

/// <summary>Something was not done; a value on its way to the one table that maps reasons to gRPC status.</summary>
internal sealed class NotDoneException(NotDoneReason reason, string message) : Exception(message)
{
    public NotDoneReason Reason { get; } = reason;
}
