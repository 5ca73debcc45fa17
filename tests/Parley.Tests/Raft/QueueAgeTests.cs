using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>A leader's queue has an age: what nobody would wait for is refused at the door.</summary>
public sealed class QueueAgeTests
{
    [Fact]
    public void A_leader_takes_no_more_while_something_is_older_than_it_should_be_and_not_applied()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(new NodeId(1)) with { AppliedWithinTicks = 8 });
        var leader = network.Elect(1);
        network.Deliver();

        Assert.Equal(ProposeResult.Accepted, leader.Propose("a"));
        Tick(leader, 8);
        Assert.Equal(ProposeResult.Accepted, leader.Propose("b"));
        Tick(leader, 1);
        Assert.Equal(ProposeResult.Overloaded, leader.Propose("c"));
        network.Deliver();
        Assert.Equal(ProposeResult.Accepted, leader.Propose("c"));
        network.Deliver();
        Assert.Equal(["a", "b", "c"], leader.Commands);
    }

    [Fact]
    public void A_new_leader_does_not_inherit_an_age()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(new NodeId(1)) with { AppliedWithinTicks = 8 });
        var former = network.Elect(1);
        network.Deliver();
        former.Propose("a");
        Tick(former, 9);
        Assert.Equal(ProposeResult.Overloaded, former.Propose("b"));

        former.Crash();
        var leader = network.Elect(2);

        Assert.Equal(ProposeResult.Accepted, leader.Propose("c"));
        Tick(leader, 9);
        Assert.Equal(ProposeResult.Overloaded, leader.Propose("d"));
        network.Deliver();
        Assert.Equal(ProposeResult.Accepted, leader.Propose("d"));
    }

    private static void Tick(TestNode node, int count)
    {
        for (; count > 0; count--)
        {
            node.Core.Tick();
        }
    }
}
