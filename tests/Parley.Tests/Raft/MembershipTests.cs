using Parley.Raft;
using static Parley.Simulation.Faults.MembershipSteps;
using static Parley.Tests.Raft.MembershipActs;

namespace Parley.Tests.Raft;

/// <summary>Members come, go and are replaced while the cluster works (dissertation §4).</summary>
public sealed class MembershipTests
{
    [Fact]
    public void A_new_node_follows_as_a_learner_and_votes_once_it_has_caught_up()
    {
        var network = Serving("a", "b");
        var leader = network[1];
        network.Join(4, 40);

        Assert.Equal(MembershipRefusal.None, leader.Change(WithLearner(leader, 4, 40)));
        network.Tick(20);
        Assert.Equal(leader.Commands, network[4].Commands);
        Assert.Equal(MembershipRefusal.None, leader.Change(WithVoter(leader, 4)));
        network.Tick(20);

        Assert.All(network.Nodes, node => Assert.Equal(4, node.Core.Membership.Members.Count(m => m.IsVoter)));
        Assert.True(leader.Core.IsMembershipCommitted);
        network[2].Crash();
        leader.Propose("c");
        network.Tick(10);
        Assert.Contains("c", leader.Commands);
    }

    [Fact]
    public void One_member_changes_at_a_time_and_votes_only_after_it_has_learned()
    {
        var network = Serving();
        var leader = network[1];
        var now = leader.Core.Membership;
        var second = now.Members[1] with { IsVoter = false };

        Assert.Equal(MembershipRefusal.NotOneChange, leader.Change(now));
        Assert.Equal(MembershipRefusal.NotOneChange, leader.Change(With(With(now, second.Id, second), new(3), null)));
        Assert.Equal(MembershipRefusal.NotOneChange, leader.Change(With(now, new(4), Fourth(isVoter: true))));
        Assert.Equal(
            MembershipRefusal.NotOneChange, leader.Change(With(now, new(3), now.Members[2] with { Incarnation = 30 })));
        Assert.Equal(
            MembershipRefusal.NotOneChange,
            leader.Change(With(now, new(4), Fourth(isVoter: false) with { Address = "" })));
        Assert.Equal(
            MembershipRefusal.NotOneChange,
            leader.Change(new Membership { Members = [.. now.Members.Append(Fourth(isVoter: false)).Reverse()] }));
        Assert.Equal(now, leader.Core.Membership);
    }

    /// <summary>The correction of 2015: else two leaders' uncommitted changes could each find a majority of its own.
    /// </summary>
    [Fact]
    public void A_leader_commits_an_entry_of_its_own_term_before_it_changes_members()
    {
        var network = Serving("a");
        network.IsLost = message => message is Message.AppendResponse;
        var leader = network.Elect(2);
        Assert.False(leader.Core.HasCommittedInTerm);

        Assert.Equal(MembershipRefusal.NothingCommittedInTerm, leader.Change(WithLearner(leader, 4, 40)));

        network.IsLost = null;
        network.Tick(150);
        Assert.Equal(MembershipRefusal.None, network.Leader!.Change(WithLearner(network.Leader, 4, 40)));
    }

    [Fact]
    public void A_change_waits_for_the_one_before_it()
    {
        var network = Serving();
        var leader = network[1];
        network.IsLost = message => message is Message.AppendRequest;
        Assert.Equal(MembershipRefusal.None, leader.Change(WithLearner(leader, 4, 40)));
        network.Deliver();

        Assert.False(leader.Core.IsMembershipCommitted);
        Assert.Equal(MembershipRefusal.EarlierUncommitted, leader.Change(WithLearner(leader, 5, 50)));
    }

    [Fact]
    public void Who_does_not_lead_or_hands_over_or_would_leave_itself_changes_nobody()
    {
        var network = Serving();
        var leader = network[1];
        var next = WithLearner(leader, 4, 40);
        var own = leader.Core.Membership.Members[0];

        Assert.Equal(MembershipRefusal.NotLeader, network[2].Change(next));
        Assert.Equal(
            MembershipRefusal.LeaderWouldLeave, leader.Change(With(leader.Core.Membership, leader.Id, null)));
        Assert.Equal(
            MembershipRefusal.LeaderWouldLeave,
            leader.Change(With(leader.Core.Membership, leader.Id, own with { IsVoter = false })));
        leader.Core.TransferLeadership();
        Assert.Equal(MembershipRefusal.HandingOver, leader.Change(next));
    }

    [Fact]
    public void A_learner_that_has_not_caught_up_does_not_vote()
    {
        var network = Serving("a", "b");
        var leader = network[1];
        leader.Change(WithLearner(leader, 4, 40));
        network.Tick(20);

        Assert.Equal(MembershipRefusal.LearnerBehind, leader.Change(WithVoter(leader, 4)));
    }

    [Fact]
    public void Of_two_reasons_the_first_in_the_order_of_the_enum_is_told()
    {
        var network = Serving();
        var leader = network[1];
        var nobody = new Membership { Members = [] };

        Assert.Equal(MembershipRefusal.NotLeader, network[2].Change(nobody));
        Assert.Equal(MembershipRefusal.NotOneChange, leader.Change(nobody));
        network.IsLost = message => message is Message.AppendRequest;
        leader.Change(WithLearner(leader, 4, 40));
        Assert.Equal(MembershipRefusal.EarlierUncommitted, leader.Change(nobody));
        leader.Core.TransferLeadership();
        Assert.Equal(MembershipRefusal.HandingOver, leader.Change(nobody));
    }

    [Fact]
    public void What_a_lost_directory_acknowledged_never_counts_for_its_successor()
    {
        var network = Serving("a", "b");
        var (leader, lost) = (network[1], network[3].Key);
        network.Join(3, 30);
        leader.Change(WithLearner(leader, 3, 30));
        network.Tick(20);
        leader.Change(WithVoter(leader, 3));
        network.Tick(20);
        Assert.Equal(3, leader.Core.Membership.Members.Count(member => member.IsVoter));
        network[2].Crash();
        network.Isolate(3);
        leader.Propose("c");
        network.Deliver();
        var dropped = leader.Core.ForeignMessagesDropped;

        leader.Core.Step(new Message.AppendResponse
        {
            From = lost,
            To = leader.Key,
            Term = leader.Core.Term,
            Success = true,
            MatchIndex = leader.Core.LastIndex,
        });
        network.Deliver();

        Assert.DoesNotContain("c", leader.Commands);
        Assert.Equal(dropped + 1, leader.Core.ForeignMessagesDropped);
        network.Heal();
        network.Tick(150);
        Assert.Contains("c", leader.Commands);
    }

    [Fact]
    public void A_vote_of_a_lost_directory_elects_nobody()
    {
        var network = Serving("a");
        var lost = network[3].Key;
        network.Join(3, 30);
        network[1].Change(WithLearner(network[1], 3, 30));
        network.Tick(20);
        network[1].Change(WithVoter(network[1], 3));
        network.Tick(20);
        network[1].Crash();
        network[3].Crash();
        for (var tick = 0; tick < 200 && network[2].Core.Role != RaftRole.PreCandidate; tick++)
        {
            network[2].Core.Tick();
        }

        foreach (var isPreVote in new[] { true, false })
        {
            network[2].Core.Step(new Message.VoteResponse
            {
                From = lost,
                To = network[2].Key,
                Term = isPreVote ? network[2].Core.Term.Next : network[2].Core.Term,
                IsPreVote = isPreVote,
                Granted = true,
            });
        }

        Assert.Equal(RaftRole.PreCandidate, network[2].Core.Role);
    }

    /// <summary>A commit index that was safe for what the lost one had may be wrong for what its successor has.
    /// </summary>
    [Fact]
    public void What_was_meant_for_a_lost_directory_is_not_for_its_successor()
    {
        var network = Serving("a");
        var lost = network[3].Key;
        var successor = network.Join(3, 30);

        successor.Core.Step(new Message.HeartbeatRequest
        {
            From = network[1].Key,
            To = lost,
            Term = network[1].Core.Term,
            CommitIndex = network[1].Core.CommitIndex,
            Round = 7,
        });

        Assert.Equal(1, successor.Core.ForeignMessagesDropped);
        Assert.False(successor.Core.HasReady);
    }

    [Fact]
    public void A_server_that_is_behind_follows_a_leader_it_does_not_know_and_votes_for_it()
    {
        var network = Serving("a");
        network.Isolate(3);
        network.Join(4, 40);
        network.Cut(3, 4);
        network[1].Change(WithLearner(network[1], 4, 40));
        network.Tick(10);
        network[1].Change(WithVoter(network[1], 4));
        network.Tick(10);
        Assert.Equal(3, network[3].Core.Membership.Members.Count);
        network[1].Crash();
        network.Heal();

        var leader = network.Elect(4);

        network.Tick(20);
        Assert.Equal(leader.Id, network[3].Core.Leader);
        Assert.Equal(4, network[3].Core.Membership.Members.Count);
        Assert.Equal(leader.Commands, network[3].Commands);
    }

    [Fact]
    public void Who_was_removed_learns_of_it_and_only_then_may_stop()
    {
        var network = Serving("a");
        var leader = network[1];
        var removed = network[3];

        leader.Change(With(leader.Core.Membership, removed.Id, null));
        network.IsLost = message => message is Message.AppendResponse;
        network.Deliver();
        Assert.False(removed.IsRemoved);
        network.IsLost = null;
        network.Tick(150);

        Assert.True(removed.IsRemoved);
        Assert.All(network.Nodes.Where(node => node != removed), node => Assert.False(node.IsRemoved));
        removed.Crash();
        network.Tick(40);
        network.Sent.Clear();
        network.Tick(20);
        Assert.DoesNotContain(network.Sent, message => message.To == removed.Key);
    }

    [Fact]
    public void Who_was_removed_and_does_not_know_disturbs_nobody()
    {
        var network = Serving("a");
        var leader = network[1];
        network.Isolate(3);
        leader.Change(With(leader.Core.Membership, new(3), null));
        network.Tick(60);
        var term = leader.Core.Term;

        network.Heal();
        network.Tick(500);

        Assert.Equal(term, leader.Core.Term);
        Assert.Equal(RaftRole.Leader, leader.Core.Role);
    }

    [Fact]
    public void A_change_that_is_replaced_in_the_log_was_never_made()
    {
        var network = Serving("a");
        var old = network[1];
        network.Isolate(1, 3);
        old.Change(With(old.Core.Membership, new(3), null));
        network.Deliver();
        Assert.DoesNotContain(old.Core.Membership.Members, member => member.Id.Value == 3);
        old.Crash();
        network[3].Crash();
        network[3].Restart();
        network.Heal();

        network.Tick(300);
        Assert.Contains(network.Leader!.Id.Value, new[] { 2, 3 });
        old.Restart();
        network.Tick(300);

        Assert.All(network.Nodes, node => Assert.Equal(3, node.Core.Membership.Members.Count));
        Assert.All(network.Nodes, node => Assert.False(node.IsRemoved));
    }

    [Fact]
    public void An_uncommitted_change_falls_with_its_entry()
    {
        var network = Serving("a");
        var old = network[1];
        network.Isolate(1);
        Assert.Equal(MembershipRefusal.None, old.Change(With(old.Core.Membership, new(3), null)));
        network.Deliver();
        Assert.Equal(2, old.Core.Membership.Members.Count);
        network.Tick(200);

        network.Heal();
        network.Tick(200);

        Assert.All(network.Nodes, node => Assert.Equal(3, node.Core.Membership.Members.Count));
        Assert.All(network.Nodes, node => Assert.False(node.IsRemoved));
    }

    [Fact]
    public void A_cluster_grows_from_one_to_five_and_back_while_it_works()
    {
        var network = new TestNetwork(1);
        var leader = network.ElectAny();
        for (var id = 2; id <= 5; id++)
        {
            network.Join(id, (ulong)id * 10);
            leader.Propose($"before {id}");
            Assert.Equal(MembershipRefusal.None, leader.Change(WithLearner(leader, id, (ulong)id * 10)));
            network.Tick(20);
            leader.Propose($"learning {id}");
            Assert.Equal(MembershipRefusal.None, leader.Change(WithVoter(leader, id)));
            network.Tick(20);
        }

        Assert.All(network.Nodes, node => Assert.Equal(leader.Commands, node.Commands));
        for (var id = 5; id >= 2; id--)
        {
            leader.Propose($"removing {id}");
            Assert.Equal(MembershipRefusal.None, leader.Change(With(leader.Core.Membership, new(id), null)));
            network.Tick(20);
            Assert.True(network[id].IsRemoved);
            network[id].Crash();
        }

        leader.Propose("alone");
        network.Tick();
        Assert.Equal(13, leader.Commands.Count());
        Assert.Equal("alone", leader.Commands.Last());
    }

    private static Member Fourth(bool isVoter) => new(new NodeId(4), isVoter, Incarnation: 40, "host4:7000");
}
