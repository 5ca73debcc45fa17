using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Server.Consensus;

/// <summary>
/// The one door to the log, on every node: tags a command, gets it appended (here, or one hop away at the leader), keeps
/// and forwards it again until its outcome was applied here.
/// </summary>
internal sealed class Proposer
{
    /// <summary>Sets state version, tag and <c>not after</c>, and returns what this node's applier decided.
    /// Proposals of one caller made in an order without awaiting in between are appended in that order.
    /// Cancellation stops the wait, not the deed.</summary>
    /// <exception cref="NotDoneException">Nothing was stored, or repeating is safe: see its reason.</exception>
    public Task<AppliedCommand> ProposeAsync(LoggedCommand command, CancellationToken cancellationToken) =>
        throw new NotSupportedException("not built yet");
}

/// <summary>Asks for a point in the log and waits for the own state to reach it.</summary>
internal sealed class ReadIndexer
{
    /// <summary>Returns once this node's state holds everything that was committed when the call began.</summary>
    /// <exception cref="NotDoneException">No majority confirmed it in time.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => throw new NotSupportedException("not built yet");
}

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
}

/// <summary>Something was not done; a value on its way to the one table that maps reasons to gRPC status.</summary>
internal sealed class NotDoneException(NotDoneReason reason, string message) : Exception(message)
{
    public NotDoneReason Reason { get; } = reason;
}
