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
}
