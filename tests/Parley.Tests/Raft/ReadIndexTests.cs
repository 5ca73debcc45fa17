using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>Read index: dissertation §6.4.</summary>
public sealed class ReadIndexTests
{
    [Fact]
    public void A_leader_answers_after_a_majority_has_confirmed_it()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);

        leader.Core.ReadIndex(7);
        network.Pump();
        Assert.Empty(leader.Reads);

        network.Deliver();
        Assert.Equal(leader.Core.CommitIndex, leader.Reads[7]);
    }

    [Fact]
    public void A_follower_asks_its_leader()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.Propose("a");
        network.Deliver();

        network[2].Core.ReadIndex(1);
        network[2].Core.ReadIndex(2);
        network.Deliver();

        Assert.Equal(leader.Core.CommitIndex, network[2].Reads[1]);
        Assert.Equal(leader.Core.CommitIndex, network[2].Reads[2]);
        Assert.Single(network.Sent.OfType<Message.ReadIndexRequest>());
    }

    [Fact]
    public void Many_reads_share_one_round()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.Sent.Clear();

        for (var number = 1; number <= 100; number++)
        {
            leader.Core.ReadIndex(number);
        }

        network.Deliver();
        Assert.Equal(100, leader.Reads.Count);
        Assert.Equal(2, network.Sent.OfType<Message.HeartbeatRequest>().Count());
    }

    [Fact]
    public void A_leader_in_a_minority_confirms_nothing_and_says_so()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Isolate(1, 2);

        leader.Core.ReadIndex(1);
        network[2].Core.ReadIndex(2);
        network.Tick(100);

        Assert.Null(leader.Reads[1]);
        Assert.Null(network[2].Reads[2]);
    }

    [Fact]
    public void A_leader_waits_for_an_entry_of_its_own_term()
    {
        var network = new TestNetwork(3);
        network.IsLost = message => message is Message.AppendResponse;
        var leader = network.Elect(1);

        leader.Core.ReadIndex(1);
        network.Tick(20);
        Assert.Empty(leader.Reads);

        network.IsLost = null;
        network.Tick(20);
        Assert.Equal(leader.Core.CommitIndex, leader.Reads[1]);
        Assert.True(leader.Core.HasCommittedInTerm);
    }

    [Fact]
    public void A_single_node_answers_at_once()
    {
        var network = new TestNetwork(1);
        var leader = network.ElectAny();

        leader.Core.ReadIndex(1);
        network.Pump();

        Assert.Equal(leader.Core.CommitIndex, leader.Reads[1]);
    }

    [Fact]
    public void Without_a_leader_a_read_is_given_up()
    {
        var network = new TestNetwork(3);
        network.Isolate(1);

        network[1].Core.ReadIndex(1);
        network.Tick(40);

        Assert.Null(network[1].Reads[1]);
    }

    [Fact]
    public void An_answer_to_an_earlier_life_confirms_nothing()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network[2].Core.ReadIndex(1);
        network.Deliver();
        var answer = network.Sent.OfType<Message.ReadIndexResponse>().Single();
        leader.Propose("a");
        network.Tick(10);
        network[2].Crash();
        network[2].Restart();
        network.Tick(10);
        network.IsLost = message => message is Message.ReadIndexRequest;

        network[2].Core.ReadIndex(1);
        network.Pump();
        network[2].Core.Step(answer);
        network.Tick(40);

        Assert.True(network[2].Reads[1] is null || network[2].Reads[1] >= leader.Core.CommitIndex);
    }
}
