using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>
/// Nobody waits at a node in vain: whoever is cut off from the leader, or from a majority, knows it within the time
/// that clients are promised, and whoever only waits for an election is never told to go.
/// </summary>
public sealed class LeaderWatchTests
{
    /// <summary>Ticks of 10 ms; clients then still have to walk, within half a second in all.</summary>
    private const int Prompt = 27;

    /// <summary>Ticks until a node takes itself for alone: an election, and some for late answers.</summary>
    private const int Alone = 66;

    [Fact]
    public void What_waited_during_a_pause_is_no_sign_that_the_leader_does_not_hear_this_node()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        var follower = network[3];
        for (var round = 100; round < 104; round++)
        {
            follower.Core.Step(Flagged(round));
        }

        Assert.False(follower.Core.IsUnheardByLeader);
        for (var tick = 0; tick < TestNetwork.OptionsOf(follower.Id).HeartbeatTicks; tick++)
        {
            follower.Core.Tick();
        }

        follower.Core.Step(Flagged(104));
        Assert.True(follower.Core.IsUnheardByLeader);

        Message.HeartbeatRequest Flagged(long round) => new()
        {
            From = leader.Key,
            To = follower.Key,
            Term = leader.Core.Term,
            CommitIndex = leader.Core.CommitIndex,
            Round = round,
            IsUnheard = true,
        };
    }

    [Fact]
    public void A_member_that_gets_no_entries_hears_how_far_it_is_behind()
    {
        var network = new TestNetwork(3);
        var leader = network.Elect(1);
        network.IsLost = message => message is Message.AppendRequest && message.To == network[3].Key;

        leader.Propose("a");
        network.Deliver();
        network.Tick(TestNetwork.OptionsOf(leader.Id).HeartbeatTicks);
        network.Deliver();

        Assert.True(network[3].Core.CommitIndex < leader.Core.CommitIndex);
        Assert.Equal(leader.Core.CommitIndex, network[3].Core.CommitHeard);
    }

    [Fact]
    public void In_a_ring_the_two_nodes_that_do_not_hear_the_leader_know_it_in_time()
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            var term = watched.Network[leader].Core.Term;
            watched.IsCut = (from, to) => Math.Abs(from - to) is 2 or 3;
            var far = watched.Ids.Where(id => watched.IsCut(leader, id)).ToList();

            var since = watched.TickUntilCutOff(far, Prompt);
            watched.Tick(300, after: () => watched.AssertCutOff(far));

            Assert.All(far, id => Assert.InRange(since[id], 1, Prompt));
            Assert.Equal(term, watched.Network[leader].Core.Term);
            Assert.Equal(RaftRole.Leader, watched.Network[leader].Core.Role);
            Assert.All(far, id => Assert.Equal(leader, watched.CutOffOf(id)!.Value.Leader.Value));

            watched.IsCut = Nothing;
            watched.Tick(7);
            watched.AssertCutOff([]);
        });
    }

    [Fact]
    public void Behind_a_bridge_the_half_without_the_leader_knows_it_in_time()
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            var bridge = (leader % 5) + 1;
            var far = watched.Ids.Where(id => id != leader && id != bridge).Take(2).ToList();
            watched.IsCut = (from, to) => from != bridge && to != bridge && far.Contains(from) != far.Contains(to);

            watched.TickUntilCutOff(far, Prompt);
            watched.Tick(300, after: () => watched.AssertCutOff(far));

            Assert.All(far, id => Assert.Equal(bridge, watched.CutOffOf(id)!.Value.Witness.Value));
        });
    }

    [Fact]
    public void A_follower_that_the_leader_does_not_hear_is_told_so()
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            var unheard = (leader % 5) + 1;
            watched.IsCut = (from, to) => from == unheard;

            watched.TickUntilCutOff([unheard], ticks: 40);
            watched.Tick(300, after: () => watched.AssertCutOff([unheard]));

            Assert.Equal(leader, watched.CutOffOf(unheard)!.Value.Witness.Value);
            watched.IsCut = Nothing;
            watched.Tick(13);
            watched.AssertCutOff([]);
        });
    }

    [Fact]
    public void A_node_that_nobody_answers_knows_that_it_is_alone()
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            var lone = (leader % 5) + 1;
            watched.IsCut = (from, to) => from == lone || to == lone;

            watched.TickUntilCutOff([lone], Alone);
            watched.Tick(300, after: () => watched.AssertCutOff([lone]));

            Assert.Equal(new CutOff(NodeId.None, NodeId.None, 1, 5), watched.CutOffOf(lone));
        });
    }

    [Fact]
    public void A_leader_cut_off_with_one_other_steps_down_and_both_know_that_they_are_two_of_five()
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            int[] few = [leader, (leader % 5) + 1];
            watched.IsCut = (from, to) => few.Contains(from) != few.Contains(to);

            watched.TickUntilCutOff(few, ticks: 30 + 6 + Alone);

            Assert.All(few, id => Assert.Equal(new CutOff(NodeId.None, NodeId.None, 2, 5), watched.CutOffOf(id)));
            watched.Tick(300, after: () => watched.AssertCutOff(few));
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_election_after_crashes_is_waited_out_by_all_who_are_left(int crashes)
    {
        ForEachSeed(seed =>
        {
            var watched = new WatchedNetwork(seed);
            var leader = watched.Settle();
            for (var step = 0; step < crashes; step++)
            {
                watched.Network[((leader - 1 + step) % 5) + 1].Crash();
            }

            watched.Tick(500, after: () => watched.AssertCutOff([]));

            Assert.True(watched.Network.Leader!.Core.HasCommittedInTerm);
        });
    }

    [Fact]
    public void A_leader_that_dies_in_a_ring_is_waited_for_again()
    {
        var watched = new WatchedNetwork(seed: 7);
        var leader = watched.Settle();
        watched.IsCut = (from, to) => Math.Abs(from - to) is 2 or 3;
        watched.Tick(100);
        watched.IsCut = Nothing;
        watched.Network[leader].Crash();

        // What the others last heard of it ages first.
        watched.Tick(26);
        watched.Tick(500, after: () => watched.AssertCutOff([]));

        Assert.NotEqual(leader, watched.Network.Leader!.Id.Value);
    }

    [Fact]
    public void What_is_asked_and_told_leaves_the_core_as_it_was()
    {
        var watched = new WatchedNetwork(seed: 3);
        var leader = watched.Settle();
        foreach (var node in watched.Network.Nodes)
        {
            var core = node.Core;
            var before = (core.Role, core.Term, core.Leader, core.LastIndex, core.CommitIndex, core.HasReady);
            var watch = new LeaderWatch(OptionsOf(node));
            foreach (var term in (long[])[1, core.Term.Value, 1_000])
            {
                var other = TestNetwork.KeyOf((node.Id.Value % 5) + 1);
                watch.Step(new Message.LeaderInquiry { From = other, To = node.Key, Term = new Term(term) }, core);
                watch.Step(
                    new Message.LeaderNews
                    {
                        From = other,
                        To = node.Key,
                        Term = new Term(term),
                        Leader = new NodeId(leader),
                        SilentTicks = 0,
                    },
                    core);
                watch.Tick(core);
            }

            Assert.Equal(
                before, (core.Role, core.Term, core.Leader, core.LastIndex, core.CommitIndex, core.HasReady));
        }
    }

    private static bool Nothing(int from, int to) => false;

    private static RaftOptions OptionsOf(TestNode node) =>
        TestNetwork.OptionsOf(node.Id) with { Incarnation = node.Key.Incarnation };

    private static void ForEachSeed(Action<ulong> run)
    {
        for (var seed = 1UL; seed <= 20; seed++)
        {
            run(seed);
        }
    }

    /// <summary>Five cores with a watch each, and one network for the messages of both.</summary>
    private sealed class WatchedNetwork
    {
        private readonly Dictionary<int, LeaderWatch> watches = [];

        public WatchedNetwork(ulong seed)
        {
            Network = new TestNetwork(5, seed: seed) { IsLost = IsLost };
            foreach (var node in Network.Nodes)
            {
                watches.Add(node.Id.Value, new LeaderWatch(OptionsOf(node)));
            }
        }

        public TestNetwork Network { get; }

        public IEnumerable<int> Ids => watches.Keys;

        public Func<int, int, bool> IsCut { get; set; } = Nothing;

        public CutOff? CutOffOf(int id) => watches[id].CutOff;

        /// <summary>Returns who leads.</summary>
        public int Settle()
        {
            Network.ElectAny();
            Tick(20);
            AssertCutOff([]);
            return Network.Leader!.Id.Value;
        }

        public void Tick(int ticks, Action? after = null)
        {
            for (var tick = 0; tick < ticks; tick++)
            {
                Network.Tick();
                foreach (var node in Network.Nodes.Where(node => node.IsUp))
                {
                    foreach (var question in watches[node.Id.Value].Tick(node.Core))
                    {
                        Deliver(question);
                    }
                }

                after?.Invoke();
            }
        }

        /// <summary>Returns at which tick each knew; nobody else may think so, and nobody before the time that a late
        /// heartbeat may take.</summary>
        public Dictionary<int, int> TickUntilCutOff(IReadOnlyCollection<int> expected, int ticks)
        {
            var since = new Dictionary<int, int>();
            for (var tick = 1; tick <= ticks && since.Count < expected.Count; tick++)
            {
                Tick(1);
                foreach (var id in Ids.Where(id => Network[id].IsUp && CutOffOf(id) is not null))
                {
                    Assert.Contains(id, expected);
                    Assert.InRange(tick, 12, ticks);
                    since.TryAdd(id, tick);
                }
            }

            Assert.Equal(expected.Order(), since.Keys.Order());
            return since;
        }

        public void AssertCutOff(IEnumerable<int> expected) => Assert.Equal(
            expected.Order(), Ids.Where(id => Network[id].IsUp && CutOffOf(id) is not null).Order());

        private bool IsLost(Message message) => IsCut(message.From.Id.Value, message.To.Id.Value);

        private void Deliver(Message message)
        {
            var receiver = Network[message.To.Id.Value];
            if (receiver.IsUp && !IsLost(message)
                && watches[receiver.Id.Value].Step(message, receiver.Core) is { } answer)
            {
                Deliver(answer);
            }
        }
    }
}
