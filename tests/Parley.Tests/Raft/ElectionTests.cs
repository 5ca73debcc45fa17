using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>Leader election: dissertation §3.4, §3.6.1, §4.2.3, §6.2, §9.6.</summary>
public sealed class ElectionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void A_cluster_elects_one_leader_by_itself(int size)
    {
        var network = new TestNetwork(size);

        var leader = network.ElectAny();

        network.Tick(20);
        Assert.All(network.Nodes, node => Assert.Equal(leader.Id, node.Core.Leader));
        Assert.Equal(size, leader.Core.ActiveVoters);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(7, 4)]
    public void A_candidate_wins_only_with_a_majority_of_the_configured_voters(int size, int majority)
    {
        var network = new TestNetwork(size);
        network.Isolate([.. Enumerable.Range(1, majority - 1)]);

        network.Tick(1_000);

        Assert.All(network.Nodes.Take(majority - 1), node => Assert.NotEqual(RaftRole.Leader, node.Core.Role));
        Assert.NotNull(network.Leader);
    }

    [Fact]
    public void A_voter_denies_its_vote_if_its_own_log_is_more_up_to_date()
    {
        var network = new TestNetwork(3);
        network.Elect(1).Propose("a");
        network.Isolate(3);
        network.Deliver();
        network[1].Crash();
        network.Heal();

        network.Tick(500);

        Assert.Equal(RaftRole.Leader, network[2].Core.Role);
        Assert.Equal(RaftRole.Follower, network[3].Core.Role);
    }

    [Fact]
    public void A_server_votes_for_at_most_one_candidate_in_a_term()
    {
        var network = new TestNetwork(5);
        var voter = network[3];
        voter.Core.Step(VoteRequest(from: 1, to: 3));
        voter.Core.Step(VoteRequest(from: 2, to: 3));

        voter.Pump(network.Send);

        var answers = network.Sent.OfType<Message.VoteResponse>().ToDictionary(answer => answer.To.Id.Value);
        Assert.True(answers[1].Granted);
        Assert.False(answers[2].Granted);
    }

    [Fact]
    public void A_vote_is_kept_over_a_restart()
    {
        var network = new TestNetwork(5);
        network[3].Core.Step(VoteRequest(from: 1, to: 3));
        network[3].Pump(network.Send);
        network[3].Crash();
        network[3].Restart();

        network[3].Core.Step(VoteRequest(from: 2, to: 3));
        network[3].Pump(network.Send);

        Assert.False(network.Sent.OfType<Message.VoteResponse>().Last().Granted);
    }

    [Fact]
    public void A_vote_leaves_only_after_it_was_synced()
    {
        var network = new TestNetwork(3);
        network[3].IsDiskStuck = true;
        network[3].Core.Step(VoteRequest(from: 1, to: 3));

        network[3].Pump(network.Send);
        Assert.Empty(network.Sent);

        network[3].IsDiskStuck = false;
        network[3].Pump(network.Send);
        Assert.True(Assert.IsType<Message.VoteResponse>(Assert.Single(network.Sent)).Granted);
    }

    [Fact]
    public void Votes_for_an_earlier_life_do_not_make_a_leader()
    {
        var network = new TestNetwork(3);
        var votes = new List<Message>();
        network.IsLost = message =>
        {
            if (message is Message.VoteResponse { IsPreVote: false })
            {
                votes.Add(message);
            }

            return false;
        };
        network.Elect(1);
        network[1].Crash();
        network[1].Restart();

        foreach (var vote in votes)
        {
            network[1].Core.Step(vote);
        }

        Assert.Equal(2, votes.Count);
        Assert.Equal(RaftRole.Follower, network[1].Core.Role);
    }

    [Fact]
    public void A_slow_vote_still_counts_while_its_term_lasts()
    {
        var network = new TestNetwork(3);
        network[2].IsDiskStuck = true;
        network[3].IsDiskStuck = true;
        for (var tick = 0; network[1].Core.Role != RaftRole.Candidate; tick++)
        {
            Assert.True(tick < 100);
            network[1].Core.Tick();
            network.Deliver();
        }

        network[1].Core.ConnectionReset(new NodeId(2));
        network[2].IsDiskStuck = false;
        network.Deliver();

        Assert.Equal(RaftRole.Leader, network[1].Core.Role);
    }

    [Fact]
    public void A_pre_vote_never_raises_a_term()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Tick(10);
        var term = leader.Core.Term;
        network.Isolate(5);

        network.Tick(1_000);
        Assert.Equal(term, network[5].Core.Term);

        network.Heal();
        network.Tick(200);
        Assert.Equal(term, leader.Core.Term);
        Assert.All(network.Nodes, node => Assert.Equal(leader.Id, node.Core.Leader));
    }

    [Fact]
    public void A_voter_that_hears_its_leader_refuses_a_candidate_and_keeps_its_term()
    {
        var network = new TestNetwork(3);
        network.Elect(1);
        var term = network[2].Core.Term;

        network[2].Core.Step(VoteRequest(from: 3, to: 2, term: 9, lastIndex: 9));

        Assert.Equal(term, network[2].Core.Term);
        Assert.Equal(new NodeId(1), network[2].Core.Leader);
    }

    [Fact]
    public void A_vote_asked_for_by_the_leader_in_office_ignores_stickiness()
    {
        var network = new TestNetwork(3);
        network.Elect(1);

        network[2].Core.Step(VoteRequest(from: 3, to: 2, term: 9, lastIndex: 9, isTransfer: true));
        network[2].Pump(network.Send);

        Assert.True(Assert.IsType<Message.VoteResponse>(network.Sent[^1]).Granted);
    }

    [Fact]
    public void A_killed_leader_is_replaced_as_soon_as_its_connections_are_reset()
    {
        var network = new TestNetwork(5);
        network.Elect(1);
        network.Tick(20);
        network[1].Crash();
        foreach (var node in network.Nodes.Skip(1))
        {
            node.Core.ConnectionReset(new NodeId(1));
        }

        network.Tick(20);

        Assert.NotNull(network.Leader);
    }

    [Fact]
    public void One_broken_link_alone_deposes_nobody()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Tick(20);
        var term = leader.Core.Term;
        network.Cut(1, 2);
        network[2].Core.ConnectionReset(new NodeId(1));

        network.Tick(300);

        Assert.Equal(RaftRole.Leader, leader.Core.Role);
        Assert.All(network.Nodes, node => Assert.Equal(term, node.Core.Term));
    }

    [Fact]
    public void Stickiness_returns_with_the_leaders_next_heartbeat()
    {
        var network = new TestNetwork(3);
        network.Elect(1);
        network[2].Core.ConnectionReset(new NodeId(1));
        network.Tick(7);
        var term = network[2].Core.Term;

        network[2].Core.Step(VoteRequest(from: 3, to: 2, term: term.Value + 1, lastIndex: 9));

        Assert.Equal(term, network[2].Core.Term);
    }

    [Fact]
    public void A_leader_steps_down_if_an_election_timeout_elapses_without_a_round_to_a_majority()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Isolate(1, 2);

        network.Tick(29);
        Assert.Equal(RaftRole.Leader, leader.Core.Role);

        network.Tick(7);
        Assert.NotEqual(RaftRole.Leader, leader.Core.Role);
    }

    [Fact]
    public void A_leader_of_the_past_is_told_the_term_and_steps_down_once()
    {
        var network = new TestNetwork(3);
        var old = network.Elect(1);
        network.Isolate(1);
        for (var tick = 0; tick < 200 && network[2].Core.Role != RaftRole.Leader; tick++)
        {
            network[2].Core.Tick();
            network[3].Core.Tick();
            network.Deliver();
            if (network[3].Core.Role == RaftRole.Leader)
            {
                break;
            }
        }

        Assert.Equal(RaftRole.Leader, old.Core.Role);
        network.Heal();
        network.Tick(10);

        Assert.Equal(RaftRole.Follower, old.Core.Role);
        Assert.Equal(network.Leader!.Id, old.Core.Leader);
    }

    [Fact]
    public void A_leap_of_terms_and_what_is_not_for_this_data_directory_are_dropped_and_counted()
    {
        var network = new TestNetwork(3);
        var core = network[1].Core;

        core.Step(VoteRequest(from: 2, to: 1, term: 2_000_000));
        core.Step(VoteRequest(from: 2, to: 3));
        core.Step(VoteRequest(from: 2, to: 1) with { To = new NodeKey(new NodeId(1), 99) });

        Assert.Equal(1, core.TermLeapsRefused);
        Assert.Equal(2, core.ForeignMessagesDropped);
        Assert.False(core.HasReady);
    }

    [Fact]
    public void A_learner_neither_campaigns_nor_counts()
    {
        var network = new TestNetwork(3, learners: 2);
        network[2].Crash();
        network[3].Crash();

        network.Tick(500);

        Assert.Null(network.Leader);
        Assert.All(network.Nodes.Skip(3), node => Assert.Equal(RaftRole.Follower, node.Core.Role));
    }

    private static Message.VoteRequest VoteRequest(
        int from, int to, long term = 1, long lastIndex = 0, bool isTransfer = false)
    {
        return new Message.VoteRequest
        {
            From = TestNetwork.KeyOf(from),
            To = TestNetwork.KeyOf(to),
            Term = new Term(term),
            IsPreVote = false,
            LastLogIndex = new LogIndex(lastIndex),
            LastLogTerm = new Term(lastIndex == 0 ? 0 : term - 1),
            IsTransfer = isTransfer,
        };
    }
}
