using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>Leadership transfer (dissertation §3.10) and snapshots (§5).</summary>
public sealed class HandOverTests
{
    [Fact]
    public void A_transfer_goes_to_a_voter_whose_log_is_as_the_leaders()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network[2].IsDiskStuck = true;
        leader.Propose("a");
        network.Deliver();

        leader.Core.TransferLeadership();
        Assert.Equal(ProposeResult.NotLeader, leader.Propose("b"));
        network.Deliver();

        Assert.NotNull(network.Leader);
        Assert.NotEqual(leader.Id, network.Leader.Id);
        Assert.NotEqual(new NodeId(2), network.Leader.Id);
        Assert.Equal(new Term(2), network.Leader.Core.Term);
    }

    [Fact]
    public void A_transfer_waits_until_its_target_has_caught_up()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network[3].Crash();
        network[2].IsDiskStuck = true;
        leader.Propose("a");
        network.Deliver();

        leader.Core.TransferLeadership();
        network.Tick(10);
        Assert.Equal(RaftRole.Leader, leader.Core.Role);

        network[2].IsDiskStuck = false;
        network.Deliver();
        network[3].Restart();
        network.Tick(10);
        Assert.Equal(new NodeId(2), network.Leader?.Id);
    }

    [Fact]
    public void A_transfer_that_comes_to_no_end_is_given_up()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.IsLost = message => message is Message.TimeoutNow;

        leader.Core.TransferLeadership();
        network.Tick(50);
        Assert.Equal(ProposeResult.NotLeader, leader.Propose("a"));

        network.Tick(60);
        Assert.Equal(ProposeResult.Accepted, leader.Propose("a"));
    }

    /// <summary>Who asks for it again and again shall not hold up proposals most of the time.</summary>
    [Fact]
    public void A_target_that_did_not_take_over_is_not_asked_again_for_a_while()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.Propose("a");
        network.Deliver();
        network.IsLost = message => message is Message.TimeoutNow;

        Assert.Equal(TransferRefusal.None, leader.Core.TransferLeadership(new NodeId(2)));
        Assert.Equal(TransferRefusal.HandingOver, leader.Core.TransferLeadership(new NodeId(2)));
        network.Tick(110);

        Assert.Equal(TransferRefusal.GivenUp, leader.Core.TransferLeadership(new NodeId(2)));
        Assert.Equal(ProposeResult.Accepted, leader.Propose("b"));
        network.IsLost = null;
        Assert.Equal(TransferRefusal.None, leader.Core.TransferLeadership(new NodeId(3)));
        network.Deliver();
        Assert.Equal(new NodeId(3), network.Leader?.Id);

        Assert.Equal(TransferRefusal.NotLeader, leader.Core.TransferLeadership(new NodeId(2)));
    }

    /// <summary>As when the leader itself is removed: whoever is best, but not the same one in vain for ever.</summary>
    [Fact]
    public void After_one_that_did_not_take_over_another_is_asked()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        leader.Propose("a");
        network.Deliver();
        network.IsLost = message => message is Message.TimeoutNow && message.To == TestNetwork.KeyOf(2);
        network[3].IsDiskStuck = network[4].IsDiskStuck = network[5].IsDiskStuck = true;
        leader.Propose("b"); // So that 2 has more than the others.
        network.Deliver();

        Assert.Equal(TransferRefusal.None, leader.Core.TransferLeadership());
        network.Tick(110);
        Assert.Equal(RaftRole.Leader, leader.Core.Role);
        network[3].IsDiskStuck = network[4].IsDiskStuck = network[5].IsDiskStuck = false;
        Assert.Equal(TransferRefusal.None, leader.Core.TransferLeadership());
        network.Tick(20);

        Assert.Equal(new NodeId(3), network.Leader?.Id);
    }

    [Fact]
    public void A_target_that_is_behind_is_refused_and_holds_up_nothing()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network[2].Crash();
        network.Tick(200);

        Assert.Equal(TransferRefusal.NotUpToDate, leader.Core.TransferLeadership(new NodeId(2)));

        Assert.Equal(ProposeResult.Accepted, leader.Propose("a"));
    }

    [Fact]
    public void A_transfer_has_no_effect_without_another_voter_or_on_a_follower()
    {
        var network = new TestNetwork(1);
        var leader = network.ElectAny();

        leader.Core.TransferLeadership();

        Assert.Equal(ProposeResult.Accepted, leader.Propose("a"));
    }

    [Fact]
    public void A_follower_too_far_behind_fetches_a_snapshot_and_goes_on_from_there()
    {
        var network = LagBehind(out var leader);

        Assert.True(leader.Core.NeedsSnapshot);
        leader.Core.SnapshotMade(leader.Log.Base.Index, leader.Log.Base.Term);
        network.Deliver();
        Assert.Equal(leader.Log.Base.Index, network[3].Offer?.Index);
        network[3].Install(leader, leader.Log.Base, network.Send);
        network.Deliver();
        leader.Propose("last");
        network.Deliver();

        Assert.Equal(leader.Commands, network[3].Commands);
        Assert.False(leader.Core.NeedsSnapshot);
    }

    /// <summary>Nothing has changed since the first was made, so the next has its index.</summary>
    [Fact]
    public void A_snapshot_that_is_lost_is_asked_for_again_and_the_same_is_offered_once_it_is_made()
    {
        var network = LagBehind(out var leader);
        var mark = leader.Log.Base;
        leader.Core.SnapshotMade(mark.Index, mark.Term);
        network.Deliver();

        leader.Core.SnapshotLost(mark.Index, mark.Term);
        Assert.True(leader.Core.NeedsSnapshot);
        network.Sent.Clear();
        network.Tick(1_200);
        Assert.Empty(network.Sent.OfType<Message.SnapshotOffer>());

        leader.Core.SnapshotMade(mark.Index, mark.Term);
        network.Tick();
        Assert.Single(network.Sent.OfType<Message.SnapshotOffer>());
        Assert.False(leader.Core.NeedsSnapshot);
        network[3].Install(leader, mark, network.Send);
        network.Deliver();
        Assert.Equal(leader.Commands, network[3].Commands);
    }

    [Fact]
    public void The_loss_of_another_snapshot_than_the_last_changes_nothing()
    {
        var network = LagBehind(out var leader);
        var mark = leader.Log.Base;
        leader.Core.SnapshotMade(mark.Index, mark.Term);

        leader.Core.SnapshotLost(mark.Index.Previous, mark.Term);
        leader.Core.SnapshotLost(mark.Index, mark.Term.Next);
        network[2].Core.SnapshotLost(mark.Index, mark.Term);

        Assert.False(leader.Core.NeedsSnapshot);
        network.Tick(600);
        Assert.Equal(2, network.Sent.OfType<Message.SnapshotOffer>().Count());
    }

    /// <summary>It was lost after the follower had all of it: what follows is made and offered in vain.</summary>
    [Fact]
    public void A_snapshot_that_is_lost_after_it_was_fetched_still_serves()
    {
        var network = LagBehind(out var leader);
        var mark = leader.Log.Base;
        leader.Core.SnapshotMade(mark.Index, mark.Term);
        network.Deliver();

        leader.Core.SnapshotLost(mark.Index, mark.Term);
        network[3].Install(leader, mark, network.Send);
        network.Tick(20);

        Assert.Equal(leader.Commands, network[3].Commands);
        Assert.False(leader.Core.NeedsSnapshot);
    }

    [Fact]
    public void Heartbeats_go_on_while_a_snapshot_is_fetched_and_the_offer_is_repeated()
    {
        var network = LagBehind(out var leader);
        leader.Core.SnapshotMade(leader.Log.Base.Index, leader.Log.Base.Term);
        network.Tick(20);
        network.Sent.Clear();

        network.Tick(1_200);

        Assert.Equal(leader.Id, network[3].Core.Leader);
        Assert.Equal(2, network.Sent.OfType<Message.SnapshotOffer>().Count());
        Assert.DoesNotContain(network.Sent, message =>
            message is Message.AppendRequest && message.To == TestNetwork.KeyOf(3));
    }

    /// <summary>While the snapshot replaces the state, another leader brings the log up to it and beyond; once the log
    /// itself was replaced, messages are as good as lost.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_log_that_caught_up_during_the_installation_is_kept(bool isLogFirst)
    {
        var network = LagBehind(out var leader);
        leader.Core.SnapshotMade(leader.Log.Base.Index, leader.Log.Base.Term);
        network.Deliver();
        network[3].BeginInstall(leader, leader.Log.Base, network.Send, isLogFirst);
        var term = leader.Core.Term.Next;

        network[3].Core.Step(new Message.AppendRequest
        {
            From = TestNetwork.KeyOf(2),
            To = TestNetwork.KeyOf(3),
            Term = term,
            PreviousIndex = new LogIndex(1),
            PreviousTerm = network[2].Log.FindTerm(new LogIndex(1))!.Value,
            Entries = network[2].Log.ReadEntries(new LogIndex(2), network[2].Log.LastIndex, int.MaxValue),
            CommitIndex = network[2].Log.LastIndex,
        });
        network[3].EndInstall();
        network[3].Pump(network.Send);

        var end = isLogFirst ? leader.Log.Base.Index : network[2].Log.LastIndex;
        Assert.Equal(end, network[3].Log.LastIndex);
        Assert.Equal(end, network[3].Applied[^1].Index);
    }

    [Fact]
    public void A_lost_answer_to_a_snapshot_strands_nobody()
    {
        var network = LagBehind(out var leader);
        leader.Core.SnapshotMade(leader.Log.Base.Index, leader.Log.Base.Term);
        network.Tick(20);
        network.IsLost = message => message is Message.AppendResponse && message.From == TestNetwork.KeyOf(3);
        network[3].Install(leader, leader.Log.Base, network.Send);
        network.Pump();
        network.IsLost = null;

        network.Tick(20);

        Assert.Equal(leader.Commands, network[3].Commands);
    }

    [Fact]
    public void A_stale_offer_is_answered_with_what_is_committed()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.Propose("a");
        network.Deliver();
        network.Sent.Clear();

        network[3].Core.Step(new Message.SnapshotOffer
        {
            From = leader.Key,
            To = TestNetwork.KeyOf(3),
            Term = leader.Core.Term,
            Index = new LogIndex(1),
            SnapshotTerm = leader.Core.Term,
        });
        network[3].Pump(network.Send);

        Assert.Null(network[3].Offer);
        var answer = Assert.IsType<Message.AppendResponse>(Assert.Single(network.Sent));
        Assert.True(answer.Success);
        Assert.Equal(new LogIndex(2), answer.MatchIndex);
    }

    private static TestNetwork LagBehind(out TestNode leader)
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with { RecentBytesMax = 100 });
        leader = network.Elect(1);
        network.Isolate(3);
        for (var i = 0; i < 20; i++)
        {
            leader.Propose($"{i}");
            network.Deliver();
        }

        leader.Log.CutTo(new LogIndex(15));
        network.Heal();
        leader.Core.ConnectionReset(new NodeId(3));
        network.Deliver();
        return network;
    }
}
