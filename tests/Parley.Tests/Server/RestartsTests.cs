using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Nodes;

namespace Parley.Tests.Server;

/// <summary>Whom a leader has stopped, and whom not.</summary>
public sealed class RestartsTests
{
    [Fact]
    public void A_voter_is_stopped_where_a_majority_stays_and_who_is_down_is_not()
    {
        var whole = Picture(faultsTolerated: 1, isThirdReachable: true);
        var weak = Picture(faultsTolerated: 0, isThirdReachable: true);

        Assert.Null(Restarts.FindFault(whole, new NodeId(3)));
        Assert.Equal(
            "3 of 3 voters are there: without node 3 fewer than a majority would stay",
            Restarts.FindFault(weak, new NodeId(3)));
        Assert.StartsWith(
            "2 of 3 voters are there: ",
            Restarts.FindFault(whole with { ReachableVoters = 2 }, new NodeId(3)),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "node 3 cannot be reached",
            Restarts.FindFault(Picture(faultsTolerated: 0, isThirdReachable: false), new NodeId(3)),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "node 9 cannot be reached", Restarts.FindFault(whole, new NodeId(9)), StringComparison.Ordinal);
    }

    /// <summary>A learner counts for no majority.</summary>
    [Fact]
    public void A_learner_is_stopped_whatever_else_is_down() =>
        Assert.Null(Restarts.FindFault(Picture(faultsTolerated: 0, isThirdReachable: true), new NodeId(4)));

    private static NodePicture Picture(int faultsTolerated, bool isThirdReachable) => new()
    {
        ClusterId = "c",
        Self = new NodeId(1),
        IsFormed = true,
        Role = RaftRole.Leader,
        Leader = new NodeId(1),
        Term = 2,
        CommitIndex = 9,
        Members =
        [
            Member(1, isReachable: true, isVoter: true), Member(2, isReachable: true, isVoter: true),
            Member(3, isThirdReachable, isVoter: true), Member(4, isReachable: true, isVoter: false),
        ],
        Voters = 3,
        ReachableVoters = 3,
        FaultsTolerated = faultsTolerated,
        NotServingFor = null,
        IsDraining = false,
        Warnings = [],
        ClockOffsetUs = null,
    };

    private static PeerPicture Member(int id, bool isReachable, bool isVoter) =>
        new(new NodeId(id), $"host{id}:7501", $"host{id}:7401", isReachable) { IsVoter = isVoter };
}
