using Parley.Raft;
using static Parley.Simulation.Faults.MembershipSteps;
using static Parley.Tests.Raft.MembershipActs;

namespace Parley.Tests.Raft;

/// <summary>Who leaves is of use until then, and only who has left stops.</summary>
public sealed class LeavingTests
{
    /// <summary>Of four voters three are a majority, and so they are while one of them is on its way out: if it had the
    /// entry that says so and they had not, its longer log would keep them from electing, and it would not campaign.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_voter_on_its_way_out_is_of_use_until_the_change_is_committed(bool isDemoted)
    {
        var network = new TestNetwork(4);
        var old = network.Elect(1);
        old.Propose("a");
        network.Tick(10);
        var last = old.Core.Membership.Members[3];
        network.IsLost = message => message is Message.AppendRequest && message.To.Id.Value is 2 or 3;
        Assert.Equal(
            MembershipRefusal.None,
            old.Change(With(old.Core.Membership, last.Id, isDemoted ? last with { IsVoter = false } : null)));
        network.Deliver();
        network.Tick(2);

        old.Crash();
        network.IsLost = null;
        network.Tick(300);

        Assert.NotNull(network.Leader);
        network.Leader.Propose("b");
        network.Tick(10);
        Assert.Contains("b", network.Leader.Commands);
    }

    /// <summary>The same when the one that made the change died before: its successor has it in its log, and does not
    /// know whether it is committed.</summary>
    [Fact]
    public void A_new_leader_holds_back_a_change_that_it_finds_uncommitted()
    {
        var network = new TestNetwork(6);
        var old = network.Elect(1);
        network.Tick(10);
        network.IsLost = message => (message is Message.AppendRequest && message.To.Id.Value > 2)
            || (message is Message.VoteRequest && message.From.Id.Value != 2);
        var last = old.Core.Membership.Members[5];
        Assert.Equal(
            MembershipRefusal.None, old.Change(With(old.Core.Membership, last.Id, last with { IsVoter = false })));
        network.Deliver();
        old.Crash();
        var second = network.Elect(2);
        Assert.Equal(5, second.Core.Membership.Members.Count(member => member.IsVoter));
        network.IsLost = message => message is Message.AppendRequest && message.To.Id.Value is 3 or 4 or 5;
        network.Tick(5);

        second.Crash();
        network.IsLost = null;
        network.Tick(300);

        Assert.NotNull(network.Leader);
        Assert.All(network.Leader.Core.Membership.Members, member => Assert.True(member.IsVoter));
    }

    /// <summary>And when what it knows as committed is older than a change before: its state was put back to a
    /// checkpoint by a loss of power, say.</summary>
    [Fact]
    public void A_new_leader_that_does_not_know_of_the_change_before_holds_back_the_last_all_the_same()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.Tick(10);
        network.Join(4, 40);
        leader.Change(WithLearner(leader, 4, 40));
        network.Tick(10);
        leader.Change(WithVoter(leader, 4));
        network.Tick(10);
        var fourth = leader.Core.Membership.Members[3];
        network.IsLost = message => message is Message.AppendRequest { Entries.Count: > 0 };
        Assert.Equal(
            MembershipRefusal.None,
            leader.Change(With(leader.Core.Membership, new(4), fourth with { IsVoter = false })));
        network.Deliver();
        leader.Crash();
        leader.FallBack(new LogIndex(1));
        leader.Restart();
        network.IsLost = message => message is Message.AppendRequest { Entries.Count: > 0 } && message.To.Id.Value < 4;
        network.Elect(1);
        network.Tick(5);

        network[1].Crash();
        network.IsLost = null;
        network.Tick(300);

        Assert.NotNull(network.Leader);
        Assert.Equal(4, network.Leader.Core.Membership.Members.Count(member => member.IsVoter));
    }

    /// <summary>It would have to be given the state to learn that it left: nobody makes a snapshot for that.</summary>
    [Fact]
    public void Who_leaves_and_would_need_a_snapshot_is_told_nothing()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with { RecentBytesMax = 100 });
        var leader = network.Elect(1);
        network.Tick(10);
        network.Cut(1, 3);
        leader.Propose("a", "b", "c", "d", "e", "f");
        network.Tick(10);
        leader.Log.CutTo(new LogIndex(6));
        network.Heal();
        network.Tick(120);
        Assert.True(leader.Core.NeedsSnapshot);

        Assert.Equal(MembershipRefusal.None, leader.Change(With(leader.Core.Membership, new(3), null)));

        Assert.False(leader.Core.NeedsSnapshot);
        network.Tick(20);
        network.Sent.Clear();
        network.Tick(100);
        Assert.DoesNotContain(network.Sent, message => message.From == leader.Key && message.To.Id.Value == 3
            && message is not Message.VoteResponse);
    }

    /// <summary>A change that one leader made and no other has is nobody's: who was named by it alone was never a
    /// member, and does not leave when a snapshot takes the place of that log.</summary>
    [Fact]
    public void A_snapshot_in_place_of_an_uncommitted_change_removes_nobody()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with { RecentBytesMax = 100 });
        var old = network.Elect(1);
        old.Propose("a");
        network.Tick(10);
        network.Join(4, 40);
        network.Isolate(1, 4);
        Assert.Equal(MembershipRefusal.None, old.Change(WithLearner(old, 4, 40)));
        network.Deliver();
        Assert.Equal(4, network[4].Core.Membership.Members.Count);
        old.Crash();
        var leader = network.Elect(2);
        leader.Propose("b", "c", "d", "e");
        network.Tick(10);
        leader.Log.CutTo(new LogIndex(6));
        network.Heal();
        Assert.Equal(MembershipRefusal.None, leader.Change(WithLearner(leader, 4, 40)));
        network.Tick(20);
        var mark = leader.Log.Base;
        leader.Core.SnapshotMade(mark.Index, mark.Term);
        network.Deliver();
        Assert.NotNull(network[4].Offer);

        network[4].Install(leader, mark, network.Send);

        Assert.False(network[4].IsRemoved);
        network.Tick(20);
        Assert.Equal(leader.Commands, network[4].Commands);
        Assert.Equal(4, network[4].Core.Membership.Members.Count);
    }

    /// <summary>Who joined late and is not far yet makes snapshots that name nobody: they remove nobody, either.
    /// </summary>
    [Theory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void A_snapshot_removes_whom_it_does_not_name(int members, bool isRemoved)
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.Isolate(3);
        leader.Propose("a", "b", "c");
        network.Deliver();
        leader.Log.CutTo(new LogIndex(3));
        var mark = leader.Log.Base with
        {
            Membership = new Membership { Members = [.. leader.Core.Membership.Members.Take(members)] },
        };

        network[3].Install(leader, mark, network.Send);

        Assert.Equal(isRemoved, network[3].IsRemoved);
    }
}
