using System.Globalization;
using Grpc.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// Has nodes end, to be started again: the leader decides, one at a time, and only where a majority stays. Whether
/// somebody starts the process again no node can know; whoever asks looks. Any thread.
/// </summary>
internal sealed class Restarts(RestartOrder order, TimeProvider time)
{
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(2);

    /// <summary>Until then, and two election time-outs more, a node that was told to end has fallen silent, and is not
    /// counted any more.</summary>
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(5);

    private readonly Lock choosing = new();
    private NodeId chosen;
    private long chosenAt;

    /// <summary>As the leader; any other says that it is none. Safe to repeat.</summary>
    public async Task<MemberAnswer> LeadAsync(NodeParts parts, MemberWish wish, CancellationToken cancellationToken)
    {
        var now = parts.View.Current;
        if (now.Role != RaftRole.Leader)
        {
            return MemberAnswer.Later("another node leads, or is about to");
        }

        if (now.IsDraining)
        {
            return MemberAnswer.Later("the node that leads is stopping");
        }

        if (wish.Find(parts.Peers.Membership) is not { } member)
        {
            return MemberAnswer.Refused(wish.Fault);
        }

        lock (choosing)
        {
            if (chosen != NodeId.None && time.GetElapsedTime(chosenAt) < EndMax + (parts.Options.ElectionTimeout * 2))
            {
                return chosen == wish.Id
                    ? MemberAnswer.Done
                    : MemberAnswer.Later(Say($"node {chosen.Value} was told to stop a moment ago"));
            }

            if (FindFault(now, wish.Id) is { } fault)
            {
                return MemberAnswer.Refused(fault);
            }

            (chosen, chosenAt) = (wish.Id, time.GetTimestamp());
        }

        try
        {
            var answer = wish.Id == parts.Self
                ? Answer(Take(parts, parts.Self, now.Term))
                : await TellAsync(parts, member, now.Term, cancellationToken);
            if (!answer.IsDone)
            {
                lock (choosing)
                {
                    chosen = NodeId.None;
                }
            }

            return answer;
        }
        catch (Exception exception) when (exception is RpcException or IOException)
        {
            // It may have heard: it stays the chosen one.
            return MemberAnswer.Later(Say($"node {member.Id.Value} did not answer: {exception.Message}"));
        }
    }

    /// <summary>As the node that shall end: it does, unless it knows of a later leader.</summary>
    public RestartResponse Take(NodeParts parts, NodeId leader, long term)
    {
        if (term < parts.View.Current.Term)
        {
            return new RestartResponse { Reason = Say($"another node leads since node {leader.Value} did") };
        }

        Log.RestartAsked(parts.Logger, leader.Value);
        order.Give();
        return new RestartResponse { Accepted = true };
    }

    /// <summary>Why this member must not be stopped now: one sentence; null: it may.</summary>
    internal static string? FindFault(NodePicture now, NodeId id)
    {
        var member = now.Members.FirstOrDefault(other => other.Id == id);
        if (member is not { IsReachable: true })
        {
            return Say($"node {id.Value} cannot be reached: it is down already, or cut off");
        }

        // A new leader takes everybody for alive until it has heard from them; its connections say more then.
        var isNeeded = now.FaultsTolerated < 1 || now.ReachableVoters <= QuorumMath.Majority(now.Voters);
        return member.IsVoter && isNeeded
            ? Say($"{now.ReachableVoters} of {now.Voters} voters are there: ")
                + Say($"without node {id.Value} fewer than a majority would stay")
            : null;
    }

    private static async Task<MemberAnswer> TellAsync(
        NodeParts parts, Member member, long term, CancellationToken cancellationToken)
    {
        try
        {
            using var connection = parts.Peers.Connect(member.Key);
            return Answer(await connection.Client.RestartAsync(
                new RestartRequest { Term = term },
                parts.Peers.GreetingTo(member.Key),
                DateTime.UtcNow + CallMax,
                cancellationToken));
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return MemberAnswer.Refused(
                Say($"node {member.Id.Value} runs an older program, which cannot be told to stop"));
        }
    }

    private static MemberAnswer Answer(RestartResponse response) =>
        response.Accepted ? MemberAnswer.Done : MemberAnswer.Later(response.Reason);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
