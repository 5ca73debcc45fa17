using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>What an operator should do something about stands in the picture of the node.</summary>
public sealed class NodeWarningsTests
{
    private static readonly ConsensusFacts Healthy = new()
    {
        Role = RaftRole.Leader,
        Leader = new NodeId(3),
        Term = new Term(2),
        CommitIndex = new LogIndex(9),
        Members = [],
        FaultsTolerated = 1,
        ClocksFarOff = [],
        RefusedMembers = [],
        TermLeapsRefused = 0,
        SnapshotsDamaged = 0,
        IsDiskLate = false,
        IsBehind = false,
        CutOff = null,
        ClockOffsetUs = 0,
    };

    [Fact]
    public void A_disk_that_spoils_snapshots_is_named()
    {
        Assert.Empty(NodePictures.Warn(new NodeId(3), Healthy));

        var warning = Assert.Single(NodePictures.Warn(new NodeId(3), Healthy with { SnapshotsDamaged = 2 }));

        Assert.StartsWith("node 3: its disk ", warning, StringComparison.Ordinal);
        Assert.EndsWith("2 times since its start; look at the disk", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_is_not_ready_says_why_and_the_weightiest_first()
    {
        Assert.Null(NodePictures.FindObstacle(Healthy, hasCaughtUp: true, isStopping: false));
        var behind = Healthy with { IsBehind = true };
        var late = behind with { IsDiskLate = true };
        var cutOff = late with { CutOff = new CutOff(NodeId.None, NodeId.None, Answering: 2, Voters: 5) };
        var leaderless = cutOff with { Leader = NodeId.None };

        Assert.Equal("it hears of messages and does not get them", Reason(behind, hasCaughtUp: true));
        Assert.Equal("what was committed at its start is not applied yet", Reason(behind));
        Assert.Equal("its disk has not finished a write for 2 s", Reason(late));
        Assert.Equal("no majority: 2 of 5 reachable", Reason(cutOff));
        Assert.Equal("no leader known", Reason(leaderless));
        Assert.Equal("stopping", NodePictures.FindObstacle(leaderless, hasCaughtUp: false, isStopping: true));

        static string? Reason(ConsensusFacts facts, bool hasCaughtUp = false) =>
            NodePictures.FindObstacle(facts, hasCaughtUp, isStopping: false);
    }
}
