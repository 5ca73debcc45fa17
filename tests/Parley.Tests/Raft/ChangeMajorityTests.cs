using Parley.Raft;
using static Parley.Simulation.Faults.MembershipSteps;
using static Parley.Tests.Raft.MembershipActs;

namespace Parley.Tests.Raft;

/// <summary>No change is begun that the voters there would be could not end.</summary>
public sealed class ChangeMajorityTests
{
    [Fact]
    public void A_change_that_would_end_without_a_majority_is_refused()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Tick(5);
        network[4].Crash();
        network[5].Crash();
        network.Tick(40);
        var now = leader.Core.Membership;

        Assert.Equal(
            MembershipRefusal.NoMajority,
            leader.Change(With(now, new(3), now.Members[2] with { IsVoter = false })));
        Assert.Equal(MembershipRefusal.None, leader.Change(With(now, new(5), null)));
    }

    /// <summary>A leader of a moment ago has heard nobody, and takes everybody for alive; nor is one that is far behind
    /// anybody to rest a majority on.</summary>
    [Fact]
    public void Who_has_acknowledged_nothing_in_this_term_is_not_counted_on()
    {
        var network = new TestNetwork(5);
        network.Elect(1);
        network.Tick(5);
        network[4].Crash();
        network[5].Crash();
        network[1].Core.TransferLeadership();
        network.Deliver();
        var leader = network.Leader!;
        Assert.NotEqual(1, leader.Id.Value);
        Assert.True(leader.Core.HasCommittedInTerm);

        Assert.Equal(MembershipRefusal.NoMajority, leader.Change(With(leader.Core.Membership, new(1), null)));
        Assert.Equal(MembershipRefusal.None, leader.Change(With(leader.Core.Membership, new(5), null)));
    }

    [Fact]
    public void Leadership_is_not_handed_over_for_a_change_that_would_end_without_a_majority()
    {
        var network = Serving("a");
        network[3].Crash();
        network.Tick(40);

        Assert.Equal(
            MembershipRefusal.NoMajority,
            network[1].Change(With(network[1].Core.Membership, new(1), null)));
    }

    [Fact]
    public void A_voter_that_is_far_behind_is_not_counted_on()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with { LearnerLagMax = 3 });
        var leader = network.Elect(1);
        network.Tick(10);
        network.IsLost = message => message is Message.AppendRequest && message.To.Id.Value == 3;
        leader.Propose("a", "b", "c", "d");
        network.Tick(5);

        Assert.Equal(MembershipRefusal.NoMajority, leader.Change(With(leader.Core.Membership, new(2), null)));
        network.IsLost = null;
        network.Tick(150);
        Assert.Equal(MembershipRefusal.None, leader.Change(With(leader.Core.Membership, new(2), null)));
    }
}
