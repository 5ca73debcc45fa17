using System.Globalization;
using Grpc.Core;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// Changes of members, a step at a time: any node is asked, the leader does it. A newcomer is looked at first, and
/// promises itself to the cluster before the log names it. Each step is safe to repeat, and what is so already is done;
/// so whoever wants more than one asks until each is.
/// </summary>
internal sealed class MemberChanges(NodeRuntime runtime, NodeTls tls, Restarts restarts)
{
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CommitMax = TimeSpan.FromSeconds(3);

    // A new leader has heard from nobody yet.
    private static readonly TimeSpan HearingMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HearingPause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks the leader, here or one hop away.</summary>
    public async Task<MemberAnswer> AskAsync(MemberWish wish, CancellationToken cancellationToken)
    {
        if (runtime.Parts is not { } parts || parts.View.Current.Leader == NodeId.None)
        {
            return MemberAnswer.Later("no leader is known here");
        }

        var leader = parts.View.Current.Leader;
        if (leader == parts.Self)
        {
            return await LeadAsync(wish, cancellationToken);
        }

        if (parts.Peers.FindMember(leader) is not { } member)
        {
            return MemberAnswer.Later(Say($"the leader, node {leader.Value}, is not known here yet"));
        }

        try
        {
            using var connection = parts.Peers.Connect(member.Key);
            var answer = await connection.Client.ChangeMemberAsync(
                new ChangeMemberRequest { Id = wish.Id.Value, Act = (int)wish.Act, Address = wish.Address },
                parts.Peers.GreetingTo(member.Key),
                DateTime.UtcNow + (CallMax * 2) + HearingMax + CommitMax,
                cancellationToken);
            return new MemberAnswer(answer.Done, answer.Later, answer.Reason);
        }
        catch (Exception exception) when (exception is RpcException or IOException)
        {
            return MemberAnswer.Later(Say($"the leader, node {leader.Value}, did not answer: {exception.Message}"));
        }
    }

    /// <summary>As the leader; any other says that it is none.</summary>
    public async Task<MemberAnswer> LeadAsync(MemberWish wish, CancellationToken cancellationToken)
    {
        if (runtime.Parts is not { } parts)
        {
            return MemberAnswer.Later("this node does not belong to a cluster yet");
        }

        if (wish.Act == MemberAct.Lead)
        {
            return await HandLeadershipToAsync(parts, wish, cancellationToken);
        }

        if (wish.Act == MemberAct.Restart)
        {
            return await restarts.LeadAsync(parts, wish, cancellationToken);
        }

        if (FindOlderProgram(parts.State.StateVersion, parts.View.Current.Members, wish.Id) is { } older)
        {
            return MemberAnswer.Refused(older);
        }

        var now = parts.Peers.Membership;
        var present = wish.Find(now);
        Member? newcomer = null;
        if (wish.Act == MemberAct.Replace && present is null)
        {
            return MemberAnswer.Refused(wish.Fault);
        }

        if (wish.Act is MemberAct.Add or MemberAct.Replace)
        {
            var address = wish.Address.Length > 0 || present is null ? wish.Address : parts.Peers.AddressOf(present);
            (newcomer, var answer) = await TakeInAsync(parts, wish, address, cancellationToken);
            if (newcomer is null)
            {
                return answer;
            }
        }

        return await ChangeAsync(parts, wish, present, newcomer, cancellationToken);
    }

    /// <summary>Whom the wish is about is as it was judged, or nothing is changed: somebody else may change members
    /// meanwhile.</summary>
    private static async Task<MemberAnswer> ChangeAsync(
        NodeParts parts, MemberWish wish, Member? judged, Member? newcomer, CancellationToken cancellationToken)
    {
        var hasMoved = false;
        var started = parts.Time.GetTimestamp();
        while (true)
        {
            var asked = new LoopInput.ChangeMembers(
                membership =>
                {
                    var key = wish.Find(membership)?.Key;
                    hasMoved = key != judged?.Key && key != newcomer?.Key;
                    return hasMoved ? null : wish.In(membership, newcomer);
                },
                new(TaskCreationOptions.RunContinuationsAsynchronously));
            parts.Mail.Loop.Post(asked);
            try
            {
                var refusal = await asked.Answer.Task.WaitAsync(CommitMax, parts.Time, cancellationToken);
                if (hasMoved)
                {
                    return MemberAnswer.Later(Say($"node {wish.Id.Value} was changed a moment ago"));
                }

                if (refusal != MembershipRefusal.NoMajority || parts.Time.GetElapsedTime(started) >= HearingMax)
                {
                    return AnswerOf(parts, wish, refusal);
                }
            }
            catch (TimeoutException)
            {
                return MemberAnswer.Later("it is not committed yet");
            }

            await Task.Delay(HearingPause, parts.Time, cancellationToken);
        }
    }

    /// <summary>Asked again until that one leads, which then says so.</summary>
    private static async Task<MemberAnswer> HandLeadershipToAsync(
        NodeParts parts, MemberWish wish, CancellationToken cancellationToken)
    {
        var now = parts.View.Current;
        if (now.Role != RaftRole.Leader)
        {
            return MemberAnswer.Later("another node leads, or is about to");
        }

        if (wish.Id == parts.Self)
        {
            return MemberAnswer.Done;
        }

        if (wish.Find(parts.Peers.Membership) is not { IsVoter: true } || !parts.Peers.IsReachable(wish.Id))
        {
            return MemberAnswer.Refused(wish.Fault);
        }

        var asked = new LoopInput.Transfer(wish.Id, new(TaskCreationOptions.RunContinuationsAsynchronously));
        parts.Mail.Loop.Post(asked);
        try
        {
            return AnswerOf(wish, await asked.Answer!.Task.WaitAsync(CommitMax, parts.Time, cancellationToken));
        }
        catch (TimeoutException)
        {
            return MemberAnswer.Later("the leader has not answered yet");
        }
    }

    /// <summary>Nothing of it is for good: who is not up to date may be in a moment.</summary>
    internal static MemberAnswer AnswerOf(MemberWish wish, TransferRefusal refusal) => MemberAnswer.Later(refusal switch
    {
        TransferRefusal.None or TransferRefusal.HandingOver => "leadership is being handed over",
        TransferRefusal.NotLeader => "another node leads, or is about to",
        TransferRefusal.NotUpToDate => wish.Fault,
        TransferRefusal.GivenUp => Say($"node {wish.Id.Value} was asked a moment ago and did not take over: look at ")
            + "its disk and its network",
        _ => throw new Core.InvariantBrokenException($"a reason expected, {refusal} found"),
    });

    /// <summary>Programs before <see cref="StateVersions.ChangedMembers"/> would neither talk to who takes another's
    /// place, nor say who the members are at a snapshot. Once that version is in force they stop; before, all must have
    /// said that they know it, but for the one that is changed: it may be lost.</summary>
    /// <returns>Why members cannot be changed: one sentence; null: they can.</returns>
    internal static string? FindOlderProgram(int inForce, IEnumerable<PeerPicture> members, NodeId changed)
    {
        if (inForce >= StateVersions.ChangedMembers)
        {
            return null;
        }

        return members.FirstOrDefault(member =>
            member.Id != changed && member.StateVersionMax < StateVersions.ChangedMembers) switch
        {
            null => null,
            { StateVersionMax: > 0 } older => Say($"node {older.Id.Value} runs an older program, which knows no ")
                + "changes of members: finish the upgrade first",
            var silent => Say($"node {silent.Id.Value} has not said yet that its program knows changes of members: ")
                + "start it first",
        };
    }

    private static MemberAnswer AnswerOf(NodeParts parts, MemberWish wish, MembershipRefusal refusal)
    {
        if (refusal == MembershipRefusal.LeaderWouldLeave)
        {
            parts.Mail.Loop.Post(new LoopInput.Transfer(NodeId.None));
        }

        return refusal switch
        {
            MembershipRefusal.None => MemberAnswer.Done,
            MembershipRefusal.NotLeader => MemberAnswer.Later("another node leads, or is about to"),
            MembershipRefusal.HandingOver => MemberAnswer.Later("leadership is being handed over"),
            MembershipRefusal.NothingCommittedInTerm => MemberAnswer.Later("the leader has only just been elected"),
            MembershipRefusal.EarlierUncommitted => MemberAnswer.Later("the change before it is not committed yet"),
            MembershipRefusal.LeaderWouldLeave => MemberAnswer.Later(
                Say($"node {wish.Id.Value} leads: it hands leadership over first")),
            MembershipRefusal.LearnerBehind => MemberAnswer.Later(Say($"node {wish.Id.Value} has not caught up yet")),
            MembershipRefusal.NoMajority when wish.Act == MemberAct.Promote => MemberAnswer.Later(
                "too few of the voters are reachable and up to date"),
            MembershipRefusal.NoMajority => MemberAnswer.Refused(
                "too few of the voters that there would be are reachable and up to date; start those that are missing "
                + "first"),
            _ => MemberAnswer.Refused(wish.Fault),
        };
    }

    /// <summary>Asks who is there, and whether it comes; a directory that belongs to this cluster already may.
    /// </summary>
    private async Task<(Member? Newcomer, MemberAnswer Answer)> TakeInAsync(
        NodeParts parts, MemberWish wish, string address, CancellationToken cancellationToken)
    {
        if (!HostPort.TryParse(address, out var there) || !parts.Peers.MayDial(there)
            || parts.Peers.FindWayTo(wish.Id, address) is not { } way)
        {
            return Not(MemberAnswer.Refused(
                "HOST:PORT of its node listener expected (on loopback, in a cluster without certificates), "
                + $"'{address}' found"));
        }

        try
        {
            using var connection = new PeerConnection(way, tls.OptionsTo(wish.Id.Value));
            var found = await connection.Client.IdentifyAsync(
                new IdentifyRequest { From = parts.Self.Value, Incarnation = parts.Peers.Greeting.Key.Incarnation },
                deadline: DateTime.UtcNow + CallMax,
                cancellationToken: cancellationToken);
            var newcomer = new Member(wish.Id, IsVoter: false, found.Incarnation, address);
            if (FindFault(parts, wish, address, found) is { } fault)
            {
                return Not(MemberAnswer.Refused(fault));
            }

            if (parts.Peers.IsMember(newcomer.Key))
            {
                return (newcomer, MemberAnswer.Done); // It joined before it was named.
            }

            var joined = await connection.Client.JoinAsync(
                new JoinRequest
                {
                    From = parts.Self.Value,
                    ClusterId = parts.Peers.Greeting.ClusterId,
                    Incarnation = found.Incarnation,
                    LogIndex = parts.View.Current.LastIndex,
                },
                deadline: DateTime.UtcNow + CallMax,
                cancellationToken: cancellationToken);
            return joined.Accepted ? (newcomer, MemberAnswer.Done) : Not(MemberAnswer.Refused(joined.Reason));
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            return Not(MemberAnswer.Refused(
                Say($"node {wish.Id.Value} at {address} runs an older program, which cannot join: upgrade it first")));
        }
        catch (RpcException exception)
        {
            return Not(MemberAnswer.Later(
                Say($"node {wish.Id.Value} does not answer at {address}: {exception.Status.Detail}")));
        }
    }

    private static string? FindFault(NodeParts parts, MemberWish wish, string address, IdentifyResponse found)
    {
        if (found.NodeId != wish.Id.Value)
        {
            return Say($"node {wish.Id.Value} expected at {address}, node {found.NodeId} found");
        }

        var isOurs = found.Formation == (int)FormationStage.Formed
            && string.Equals(found.ClusterId, parts.Peers.Greeting.ClusterId, StringComparison.Ordinal);
        if (!isOurs && found.Formation != (int)FormationStage.Empty)
        {
            return Say($"an empty data directory expected at {address}, one of cluster {found.ClusterId} found");
        }

        var present = wish.Find(parts.Peers.Membership);
        if (present?.Incarnation == found.Incarnation)
        {
            return null;
        }

        if (isOurs && found.WasMember)
        {
            return Say($"the data directory at {address} was a member of this cluster, and is none any more: it would ")
                + "meet its own end in the log. Start the node with an empty one (--data)";
        }

        if (present is null)
        {
            return null;
        }

        if (wish.Act == MemberAct.Add)
        {
            return wish.Fault;
        }

        var isUp = parts.Peers.IsReachable(wish.Id) || present.Key == parts.Peers.Greeting.Key;
        return isUp
            ? Say($"node {wish.Id.Value} is up at {parts.Peers.AddressOf(present)}, with its data: stop it before you ")
                + "replace it"
            : null;
    }

    private static (Member? Newcomer, MemberAnswer Answer) Not(MemberAnswer answer) => (null, answer);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
