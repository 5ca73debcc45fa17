using System.Globalization;
using Parley.Core;
using Parley.Raft;
using Parley.Server.Hosting;
using Parley.Server.Nodes;

namespace Parley.Server.Consensus;

/// <summary>Puts together what consensus, the connections and the host know into pictures of the node.</summary>
internal sealed class NodePictures(
    ServerOptions options, string clusterId, Peers peers, DigestWatch digests, NodeView view)
{
    private const string Leaving = "stopping";
    private readonly NodeId self = new(options.Id);
    private volatile bool hasCaughtUp;
    private volatile bool isStopping;
    private volatile bool isDraining;

    /// <summary>What a node shows before it belongs to a cluster.</summary>
    public static NodePicture BeforeFormation(ServerOptions options, string notice) => new()
    {
        ClusterId = "",
        Self = new NodeId(options.Id),
        IsFormed = false,
        Role = RaftRole.Follower,
        Leader = NodeId.None,
        Term = 0,
        CommitIndex = 0,
        Members =
        [
            .. options.Members.Select(member => new PeerPicture(
                new NodeId(member.Id),
                member.Address,
                member.Id == options.Id ? options.Advertise ?? options.Listen : "",
                member.Id == options.Id)),
        ],
        Voters = options.Members.Count,
        ReachableVoters = 1,
        FaultsTolerated = -1,
        NotServingFor = "not part of a cluster yet",
        IsDraining = false,
        Warnings = notice.Length == 0 ? [] : [notice],
    };

    /// <summary>What was committed when this node started is applied.</summary>
    public void CaughtUp() => hasCaughtUp = true;

    /// <summary>This node stops: it is not to be chosen any more.</summary>
    public void Stopping() => isStopping = true;

    /// <summary>Calls and streams shall end now.</summary>
    public void Draining()
    {
        isDraining = true;
        view.Publish(view.Current with { NotServingFor = Leaving, IsDraining = true });
    }

    /// <summary>Returns how many voters can be reached now, this one included. From the loop.</summary>
    public int Publish(ConsensusFacts facts)
    {
        var members = new List<PeerPicture>(facts.Members.Count);
        var voters = 0;
        var reachable = 0;
        foreach (var member in facts.Members)
        {
            var picture = PictureOf(member);
            members.Add(picture);
            voters += member.IsVoter ? 1 : 0;
            reachable += member.IsVoter && picture.IsReachable ? 1 : 0;
        }

        var hasMajority = facts.Leader != NodeId.None && facts.CutOff is null;
        view.Publish(new NodePicture
        {
            ClusterId = clusterId,
            Self = self,
            IsFormed = true,
            Role = facts.Role,
            Leader = facts.Leader,
            Term = facts.Term.Value,
            CommitIndex = facts.CommitIndex.Value,
            LastIndex = facts.LastIndex.Value,
            Members = members,
            Voters = voters,
            ReachableVoters = reachable,
            FaultsTolerated = hasMajority ? facts.FaultsTolerated ?? peers.FaultsToldBy(facts.Leader) : -1,
            NotServingFor = FindObstacle(facts, hasCaughtUp, isStopping || isDraining),
            IsDraining = isDraining,
            Warnings =
            [
                .. Warn(self, facts), .. digests.Warn(facts.Members), .. peers.Tls.FindWarnings(), .. peers.Refusals(),
            ],
            ClockOffsetUs = facts.ClockOffsetUs,
        });
        return reachable;
    }

    private PeerPicture PictureOf(Member member) => member.Id == self
        ? new PeerPicture(member.Id, peers.AddressOf(member), options.Advertise ?? options.Listen, true)
        {
            StateVersionMax = ChatState.StateVersionMax,
            IsVoter = member.IsVoter,
        }
        : new PeerPicture(
            member.Id, peers.AddressOf(member), peers.ClientAddressOf(member.Id), peers.IsReachable(member.Id))
        {
            StateVersionMax = peers.StateVersionMaxOf(member.Id),
            IsVoter = member.IsVoter,
        };

    /// <summary>Why a node of a cluster is not for clients, in a few words; null: it is.</summary>
    internal static string? FindObstacle(ConsensusFacts facts, bool hasCaughtUp, bool isStopping) =>
        isStopping ? Leaving
        : facts.Leader == NodeId.None ? "no leader known"
        : facts.CutOff is { } cutOff ? CutOffText.Of(cutOff)
        : facts.IsDiskLate ? "its disk has not finished a write for 2 s"
        : !hasCaughtUp ? "what was committed at its start is not applied yet"
        : facts.IsBehind ? "it hears of messages and does not get them"
        : null;

    /// <summary>What of these facts an operator should do something about, a sentence each.</summary>
    internal static List<string> Warn(NodeId self, ConsensusFacts facts)
    {
        var warnings = new List<string>();
        foreach (var node in facts.ClocksFarOff)
        {
            warnings.Add(Say($"node {node.Value}: its clock is more than 10 s from the others'; set it"));
        }

        foreach (var member in facts.Members)
        {
            if (!member.IsVoter)
            {
                warnings.Add(
                    Say($"node {member.Id.Value} does not vote yet: it does once it has caught up; until then the ")
                    + Say($"cluster counts without it (if it is lost: parley cluster replace --id {member.Id.Value})"));
            }
        }

        foreach (var node in facts.RefusedMembers)
        {
            warnings.Add(
                Say($"node {node.Value}: its log lost what it had acknowledged ")
                + "(a directory put back from a copy?); replace it");
        }

        if (facts.IsDiskLate)
        {
            warnings.Add(Say($"node {self.Value}: its disk has not finished a write for 2 s; look at the disk"));
        }

        if (facts.CutOff is { } cutOff)
        {
            warnings.Add(Say($"node {self.Value}: {CutOffText.Of(cutOff)}; look at its network"));
        }

        if (facts.IsBehind)
        {
            warnings.Add(Say($"node {self.Value}: it hears of messages and does not get them; look at its network"));
        }

        if (facts.TermLeapsRefused > 0)
        {
            warnings.Add(Say($"{facts.TermLeapsRefused} messages with a forged term were refused"));
        }

        if (facts.SnapshotsDamaged > 0)
        {
            warnings.Add(
                Say($"node {self.Value}: its disk gave back otherwise than written what it made for nodes far behind, ")
                + Say($"{facts.SnapshotsDamaged} times since its start; look at the disk"));
        }

        return warnings;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
