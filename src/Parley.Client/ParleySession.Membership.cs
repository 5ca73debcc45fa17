using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <content>Changes of the cluster's members; anybody but administrators is refused with NOT_ALLOWED.</content>
public sealed partial class ParleySession
{
    /// <summary>The cluster looks at a newcomer and waits for a majority meanwhile.</summary>
    private static readonly TimeSpan MemberStepMax = TimeSpan.FromSeconds(9);

    /// <summary>Asks for one step of a change of members; safe to repeat.</summary>
    /// <param name="id">The member's node id.</param>
    /// <param name="step">What shall become of it.</param>
    /// <param name="nodeAddress">HOST:PORT where it listens for nodes; empty where it is not needed.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<MemberStepAnswer> ChangeMemberAsync(
        int id, MemberStep step, string nodeAddress, CancellationToken cancellationToken)
    {
        var request = new ChangeMemberRequest { Id = id, Change = (MemberChange)step, NodeAddress = nodeAddress };
        var answer = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Membership.ChangeMemberAsync(
                    request, Options(deadline > MemberStepMax ? deadline : MemberStepMax, true, cancellation)),
                walker.Nodes, node, answered => answered.LogIndex),
            "changing the members", changes: true, cancellationToken, Repeat.Harmless);
        return new MemberStepAnswer(answer.Done, answer.Later, answer.Reason);
    }
}

/// <summary>One step of a change of the cluster's members.</summary>
public enum MemberStep
{
    /// <summary>No step.</summary>
    None = 0,

    /// <summary>An empty node is taken in, as a learner.</summary>
    Add = 1,

    /// <summary>An empty node takes the place of the one that had its id, as a learner.</summary>
    Replace = 2,

    /// <summary>A learner that has caught up becomes a voter.</summary>
    Promote = 3,

    /// <summary>A member leaves, and its node stops.</summary>
    Remove = 4,

    /// <summary>A voter is handed leadership.</summary>
    Lead = 5,

    /// <summary>A member's process stops, to be started again by whoever watches over it.</summary>
    Restart = 6,
}

/// <summary>What became of a step.</summary>
/// <param name="IsDone">It is so.</param>
/// <param name="IsForLater">Not yet: ask again in a moment.</param>
/// <param name="Reason">Why it is not done: one sentence; empty when it is.</param>
public sealed record MemberStepAnswer(bool IsDone, bool IsForLater, string Reason);
