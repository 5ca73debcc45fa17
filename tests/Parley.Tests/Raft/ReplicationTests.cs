using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>Log replication and commitment: dissertation §3.5, §3.6.2, §10.2.1.</summary>
public sealed class ReplicationTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public void What_is_committed_reaches_every_state_machine_in_order(int size)
    {
        var network = new TestNetwork(size);
        var leader = network.ElectAny();

        Assert.Equal(ProposeResult.Accepted, leader.Propose("a", "b"));
        Assert.Equal(ProposeResult.Accepted, leader.Propose("c"));
        network.Deliver();

        Assert.All(network.Nodes, node => Assert.Equal(["a", "b", "c"], node.Commands));
    }

    [Fact]
    public void An_entry_is_committed_once_a_majority_of_the_configured_voters_has_synced_it()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        foreach (var id in new[] { 3, 4, 5 })
        {
            network[id].IsDiskStuck = true;
        }

        leader.Propose("a");
        network.Deliver();
        Assert.Empty(leader.Commands);

        network[3].IsDiskStuck = false;
        network.Deliver();
        Assert.Equal(["a"], leader.Commands);
    }

    [Fact]
    public void An_entry_costs_three_messages_a_follower()
    {
        var network = new TestNetwork(5);
        var leader = network.Elect(1);
        network.Sent.Clear();

        leader.Propose("a");
        network.Deliver();

        Assert.All(network.Nodes, node => Assert.Equal(["a"], node.Commands));
        Assert.Equal(4, network.Sent.OfType<Message.AppendRequest>().Count());
        Assert.Equal(4, network.Sent.OfType<Message.AppendResponse>().Count());
        var told = network.Sent.OfType<Message.HeartbeatRequest>().ToList();
        Assert.Equal(4, told.Count);
        Assert.All(told, message => Assert.Equal(Message.HeartbeatRequest.NoRound, message.Round));
        Assert.Equal(12, network.Sent.Count); // Nothing else: the commit index wants no answer.
    }

    [Fact]
    public void A_leader_of_the_past_that_tells_a_commit_index_learns_of_the_later_term()
    {
        var network = new TestNetwork(3);
        var past = network.Elect(1);
        network.Isolate(1);
        var leader = network.Elect(2);
        network.Heal();
        network.Sent.Clear();

        network.Send(new Message.HeartbeatRequest
        {
            From = past.Key,
            To = leader.Key,
            Term = past.Core.Term,
            CommitIndex = past.Core.CommitIndex,
            Round = Message.HeartbeatRequest.NoRound,
        });
        network.Deliver();

        Assert.Equal(RaftRole.Follower, past.Core.Role);
        Assert.Equal(leader.Core.Term, past.Core.Term);
    }

    [Fact]
    public void A_leader_counts_its_own_disk_only_when_it_is_synced()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network[3].Crash();
        leader.IsDiskStuck = true;

        leader.Propose("a");
        network.Deliver();
        Assert.Equal(new LogIndex(2), network[2].Log.LastIndex);
        Assert.Equal(new LogIndex(1), leader.Core.CommitIndex);

        leader.IsDiskStuck = false;
        network.Deliver();
        Assert.Equal(["a"], leader.Commands);
    }

    [Fact]
    public void An_entry_may_be_committed_before_the_leader_has_synced_it_itself()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.IsDiskStuck = true;

        leader.Propose("a");
        network.Deliver();

        Assert.Equal(new LogIndex(2), leader.Core.CommitIndex);
        Assert.Equal(["a"], network[2].Commands);
        Assert.Empty(leader.Commands);
    }

    /// <summary>Figure 3.7 (Figure 8 of the paper): an entry of an earlier term on a majority may still be replaced.
    /// </summary>
    [Fact]
    public void A_leader_commits_only_entries_of_its_own_term_by_counting()
    {
        var network = new TestNetwork(5);
        network.Elect(1);
        network.Isolate(1, 2);
        network[1].Propose("two");
        network.Deliver();
        var contested = network[1].Core.LastIndex;
        network[1].Crash();
        network[2].Crash();
        network.Heal();

        // S5 leads the next term with the votes of S3 and S4, and keeps its entry to itself.
        network.IsLost = message => message is Message.AppendRequest && message.From == TestNetwork.KeyOf(5);
        network.Elect(5);
        network[5].Crash();
        network.IsLost = null;

        // S1 leads again, and its own entry of the new term gets nowhere: only the contested one reaches S3.
        network[1].Restart();
        network[2].Restart();
        network.IsLost = message => message is Message.AppendRequest append
            && append.From == TestNetwork.KeyOf(1)
            && append.Entries.Any(entry => entry.Term == append.Term);
        network.Elect(1);
        var term = network[1].Core.Term;
        network[3].Core.Step(new Message.AppendRequest
        {
            From = TestNetwork.KeyOf(1),
            To = TestNetwork.KeyOf(3),
            Term = term,
            PreviousIndex = contested.Previous,
            PreviousTerm = network[1].Log.FindTerm(contested.Previous)!.Value,
            Entries = network[1].Log.ReadEntries(contested, contested, 1),
            CommitIndex = LogIndex.None,
        });
        network.Deliver();

        Assert.Equal(3, network.Nodes.Count(node => node.Log.FindTerm(contested) is { } found
            && found == network[1].Log.FindTerm(contested)));
        Assert.True(network[1].Core.CommitIndex < contested);

        // Once an entry of its own term is on a majority, everything before it is committed too.
        network.IsLost = null;
        network.Tick(150);
        Assert.True(network[1].Core.CommitIndex > contested);
        Assert.All(network.Nodes.Take(4), node => Assert.Equal(["two"], node.Commands));
    }

    [Fact]
    public void A_delayed_append_does_not_shorten_a_log()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.Propose("a");
        network.Deliver();
        var first = network.Sent.OfType<Message.AppendRequest>().Last(append => append.To == TestNetwork.KeyOf(2)
            && append.Entries.Count > 0);
        network.IsLost = message => message is Message.AppendResponse;
        leader.Propose("b");
        network.Deliver();
        Assert.Equal(new LogIndex(3), network[2].Core.LastIndex);

        network[2].Core.Step(first);
        network[2].Core.Step(first with { Entries = [] });
        network.Deliver();

        Assert.Equal(new LogIndex(3), network[2].Core.LastIndex);
    }

    [Fact]
    public void Conflicting_entries_of_a_follower_are_replaced_by_the_leaders()
    {
        var network = new TestNetwork(3);
        network.Elect(1);
        network.Isolate(1);
        network[1].Propose("lost 1", "lost 2", "lost 3");
        network.Deliver();
        network.Elect(2).Propose("kept");
        network.Deliver();

        network.Heal();
        network.Tick(50);

        Assert.All(network.Nodes, node => Assert.Equal(["kept"], node.Commands));
        Assert.Equal(network[2].Core.LastIndex, network[1].Log.LastIndex);
    }

    [Fact]
    public void A_conflict_costs_one_refusal_a_term_not_one_an_entry()
    {
        var network = new TestNetwork(3);
        network.Elect(1);
        network.Isolate(1);
        network[1].Propose([.. Enumerable.Range(0, 100).Select(i => $"lost {i}")]);
        network.Deliver();
        network.Elect(2).Propose([.. Enumerable.Range(0, 100).Select(i => $"kept {i}")]);
        network.Deliver();
        network.Sent.Clear();

        network.Heal();
        network.Tick(50);

        Assert.Equal(101, network[1].Applied.Count(entry => entry.Index > new LogIndex(1)));
        Assert.True(network.Sent.OfType<Message.AppendResponse>().Count(answer => !answer.Success) <= 3);
    }

    [Fact]
    public void A_synced_pair_that_was_replaced_meanwhile_is_ignored()
    {
        var network = new TestNetwork(3);
        network.Elect(1);
        network.Isolate(1);
        network[1].IsDiskStuck = true;
        network[1].Propose("lost");
        network.Deliver();
        network.Elect(2).Propose("kept");
        network.Deliver();
        network.Heal();
        network.Tick(50);
        Assert.Empty(network[1].Commands);

        network[1].IsDiskStuck = false;
        network.Deliver();

        Assert.Equal(["kept"], network[1].Commands);
    }

    [Fact]
    public void Appends_are_pipelined_in_a_bounded_window()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with
        {
            AppendEntriesMax = 2,
            AppendsInFlightMax = 3,
        });
        var leader = network.Elect(1);
        network.Sent.Clear();

        leader.Propose([.. Enumerable.Range(0, 20).Select(i => $"{i}")]);
        network.Pump();
        Assert.Equal(3, network.Sent.OfType<Message.AppendRequest>().Count(sent => sent.To == TestNetwork.KeyOf(2)));

        network.Deliver();
        Assert.All(network.Nodes, node => Assert.Equal(20, node.Commands.Count()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Lost_appends_are_sent_again(int seed)
    {
        var random = new Random(seed);
        var network = new TestNetwork(5, TestNetwork.OptionsOf(NodeId.None) with { AppendEntriesMax = 2 });
        network.Elect(1);
        network.IsLost = message => message is Message.AppendRequest or Message.AppendResponse && random.Next(3) == 0;
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(ProposeResult.Accepted, network[1].Propose($"{i}"));
            network.Tick();
        }

        network.Tick(3_000);

        Assert.All(network.Nodes, node => Assert.Equal(50, node.Commands.Count()));
    }

    [Fact]
    public void Too_much_uncommitted_is_refused_until_it_is_committed()
    {
        var network = new TestNetwork(3, TestNetwork.OptionsOf(NodeId.None) with { UncommittedEntriesMax = 2 });
        var leader = network.Elect(1);

        Assert.Equal(ProposeResult.Accepted, leader.Propose("a", "b"));
        Assert.Equal(ProposeResult.Overloaded, leader.Propose("c"));
        network.Deliver();
        Assert.Equal(ProposeResult.Accepted, leader.Propose("c"));
        Assert.Equal(ProposeResult.NotLeader, network[2].Propose("d"));
    }

    [Fact]
    public void Log_time_never_goes_back()
    {
        var network = new TestNetwork(1);
        var leader = network.ElectAny();

        leader.Core.Propose([ReadOnlyMemory<byte>.Empty], timeUs: 500);
        leader.Core.Propose([ReadOnlyMemory<byte>.Empty], timeUs: 300);
        leader.Core.Propose([ReadOnlyMemory<byte>.Empty], timeUs: 700);
        network.Deliver();

        Assert.Equal([0, 500, 500, 700], leader.Applied.Select(entry => entry.TimeUs));
        Assert.Equal(700, leader.Core.LastTimeUs);
    }

    [Fact]
    public void A_server_uses_the_latest_membership_in_its_log_and_falls_back_when_it_is_removed()
    {
        var network = new TestNetwork(3);
        var follower = network[3].Core;
        var larger = TestNetwork.MembersOf(5);
        follower.Step(Append(term: 1, EntryKind.Membership, MembershipCodec.Encode(larger)));
        Assert.Equal(5, follower.Membership.Members.Count);

        follower.Step(Append(term: 2, EntryKind.NoOp, []) with { From = TestNetwork.KeyOf(2) });

        Assert.Equal(3, follower.Membership.Members.Count);
    }

    [Fact]
    public void A_follower_whose_log_ends_before_what_it_acknowledged_is_refused_for_the_term()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        leader.Propose("a", "b");
        network.Tick(20);
        network[3].Crash();
        network[3].Applied.Clear();
        network[3].Log.Lose(after: new LogIndex(1));
        network[3].Restart();

        leader.Propose("c");
        network.Tick(20);

        Assert.Equal([new NodeId(3)], leader.Core.RefusedMembers);
        Assert.Equal(new LogIndex(1), network[3].Log.LastIndex);
        network[2].Crash();
        leader.Propose("d");
        network.Tick(10);
        Assert.DoesNotContain("d", leader.Commands);
    }

    [Fact]
    public void A_delayed_refusal_or_heartbeat_answer_refuses_nobody()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.Tick(10);
        leader.Propose("a", "b");
        network.Tick(10);
        var answers = network.Sent.OfType<Message.HeartbeatResponse>().Where(sent => sent.To == leader.Key).ToList();

        foreach (var answer in answers)
        {
            leader.Core.Step(answer);
            leader.Core.Step(new Message.AppendResponse
            {
                From = answer.From,
                To = leader.Key,
                Term = answer.Term,
                Success = false,
                RejectedIndex = new LogIndex(3),
                ConflictTerm = Term.None,
                ConflictIndex = new LogIndex(1),
            });
        }

        Assert.NotEmpty(answers);
        Assert.Empty(leader.Core.RefusedMembers);
    }

    private static Message.AppendRequest Append(long term, EntryKind kind, byte[] payload) => new()
    {
        From = TestNetwork.KeyOf(1),
        To = TestNetwork.KeyOf(3),
        Term = new Term(term),
        PreviousIndex = LogIndex.None,
        PreviousTerm = Term.None,
        Entries =
        [
            new Entry { Index = new LogIndex(1), Term = new Term(term), Kind = kind, TimeUs = 1, Payload = payload },
        ],
        CommitIndex = LogIndex.None,
    };
}
