using Parley.Raft;
using Parley.Raft.Formation;

namespace Parley.Tests.Formation;

/// <summary>
/// Nodes that form a cluster over a network which delays, loses, doubles and reorders, on disks that keep what was
/// synced, with crashes between any two steps. What happens next is drawn from a seed.
/// </summary>
internal sealed class FormationWorld
{
    private readonly Random random;
    private readonly SortedDictionary<int, Machine> machines = [];
    private readonly List<Action> network = [];
    private readonly HashSet<(string Cluster, NodeId Node, ulong Incarnation)> everFormed = [];
    private readonly Dictionary<long, Action<FormationReply>> pendingReplies = [];
    private readonly int size;
    private int drawn;
    private long calls;

    public FormationWorld(int seed, int size)
    {
        random = new Random(seed);
        this.size = size;
        for (var id = 1; id <= size; id++)
        {
            var members = Enumerable.Range(1, size).Select(MemberOf).ToArray();
            machines[id] = new Machine(this, id, members);
        }
    }

    public IEnumerable<FormationCore> Cores => machines.Values.Select(machine => machine.Core).OfType<FormationCore>();

    public IEnumerable<NodeStamp> Stamps => machines.Values.Select(machine => machine.Disk);

    public static ConfiguredMember MemberOf(int id) => new(new NodeId(id), $"127.0.0.1:{7500 + id}");

    public FormationCore Core(int id) => machines[id].Core!;

    public void StartAll(params int[] ids)
    {
        foreach (var id in ids.Length > 0 ? ids : [.. machines.Keys])
        {
            machines[id].Start();
        }
    }

    public void Crash(int id) => machines[id].Crash();

    /// <summary>Crashes, loses its directory, and comes back with an empty one.</summary>
    public void Wipe(int id)
    {
        machines[id].Crash();
        machines[id].Wipe();
    }

    public void Restart(int id, ConfiguredMember[] members)
    {
        machines[id].Crash();
        machines[id].Members = members;
        machines[id].Start();
    }

    /// <summary>One thing happens.</summary>
    /// <param name="chaos">Whether messages get lost or doubled and nodes crash.</param>
    public void Step(bool chaos)
    {
        var machine = machines[random.Next(size) + 1];
        switch (random.Next(chaos ? 20 : 14))
        {
            case < 5:
                machine.Poll();
                break;
            case < 9:
                machine.Work();
                break;
            case < 14:
                Deliver(chaos);
                break;
            case < 16:
                machine.Crash();
                break;
            default:
                machine.Start();
                break;
        }

        Check();
    }

    /// <summary>One thing happens, but what is down stays down.</summary>
    public void StepWithoutStarts() => Step(chaos: false);

    /// <summary>All run, nothing gets lost any more.</summary>
    public void Settle()
    {
        StartAll();
        Array.ForEach([.. machines.Values], machine => machine.TimeOutAll());
        for (var round = 0; round < 12 * size; round++)
        {
            foreach (var machine in machines.Values)
            {
                machine.PollAll();
            }

            while (network.Count > 0 || machines.Values.Any(machine => machine.Work()))
            {
                if (network.Count > 0)
                {
                    Deliver(chaos: false);
                }
            }
        }

        Check();
    }

    private void Deliver(bool chaos)
    {
        if (network.Count == 0)
        {
            return;
        }

        var at = random.Next(network.Count);
        var message = network[at];
        var fate = chaos ? random.Next(10) : 9;
        if (fate != 0)
        {
            network.RemoveAt(at);
        }

        if (fate != 1)
        {
            message();
        }
    }

    private void Check()
    {
        foreach (var stamp in Stamps.Where(stamp => stamp.Stage == FormationStage.Formed))
        {
            everFormed.Add((stamp.ClusterId, stamp.Self, stamp.Incarnation));
        }

        var clusters = Stamps.Where(stamp => stamp.Stage == FormationStage.Formed)
            .Select(stamp => stamp.ClusterId)
            .Distinct(StringComparer.Ordinal);
        Assert.True(clusters.Count() <= 1, "two clusters are formed");
        foreach (var core in Cores.Where(core => core.Notice.State == FormationState.WipedMidway
            && core.Notice.Text.EndsWith("nothing was stored", StringComparison.Ordinal)))
        {
            // A cluster of which every directory is gone is another story.
            var served = everFormed.GroupBy(item => item.Cluster, StringComparer.Ordinal)
                .Any(cluster => cluster.Count() > size / 2
                    && Stamps.Any(stamp => string.Equals(stamp.ClusterId, cluster.Key, StringComparison.Ordinal)));
            Assert.False(served, $"a majority was formed, but: {core.Notice.Text}");
        }
    }

    /// <summary>A node: what is on its disk, and its process, if it runs.</summary>
    private sealed class Machine(FormationWorld world, int id, ConfiguredMember[] members)
    {
        private readonly Dictionary<int, int> asked = [];
        private Action? afterSync;
        private int life;

        public ConfiguredMember[] Members { get; set; } = members;

        public NodeStamp Disk { get; private set; } = Empty(world, id);

        public FormationCore? Core { get; private set; }

        public void Start()
        {
            if (Core is null)
            {
                Core = new FormationCore(Disk, Members, $"{++world.drawn:x32}");
                asked.Clear();
                life++;
            }
        }

        public void Crash()
        {
            Core = null;
            asked.Clear();
            afterSync = null;
        }

        public void Wipe() => Disk = Empty(world, id);

        public void Poll()
        {
            var other = Members[world.random.Next(Members.Length)].Id.Value;
            if (world.random.Next(4) == 0)
            {
                TimeOut(other);
            }

            Ask(other);
        }

        public void TimeOutAll() => Array.ForEach(Members, member => TimeOut(member.Id.Value));

        public void PollAll() => Array.ForEach(Members, member => Ask(member.Id.Value));

        /// <summary>Does one step of what the core wants: a crash may come between any two.</summary>
        public bool Work()
        {
            if (afterSync is not null)
            {
                afterSync();
                afterSync = null;
                return true;
            }

            if (Core?.TakeReady() is not { } ready)
            {
                return false;
            }

            if (ready.StampToSync is { } stamp)
            {
                Disk = stamp;
                afterSync = Core.StampSynced;
            }

            foreach (var reply in ready.Replies)
            {
                Assert.True(!reply.Accepted || Disk == Core.Stamp);
                world.pendingReplies.Remove(reply.Call, out var answer);
                answer?.Invoke(reply);
            }

            foreach (var call in ready.Calls)
            {
                Send(call);
            }

            return true;
        }

        private static NodeStamp Empty(FormationWorld world, int id) => new()
        {
            Self = new NodeId(id),
            Incarnation = (ulong)++world.drawn,
            Stage = FormationStage.Empty,
        };

        /// <summary>One call at a time to each, as the core demands.</summary>
        private void Ask(int other)
        {
            var call = ++world.drawn;
            if (Core is null || other == id || !world.machines.TryGetValue(other, out var target)
                || !asked.TryAdd(other, call))
            {
                return;
            }

            world.network.Add(() =>
            {
                var answer = target.Core?.Identity;
                world.network.Add(() => Answered(other, answer, call));
            });
        }

        private void TimeOut(int other)
        {
            if (asked.Remove(other))
            {
                Core?.Unreachable(new NodeId(other));
            }
        }

        private void Answered(int other, FormationIdentity? answer, int call)
        {
            // A doubled or late answer belongs to a call that is over.
            if (Core is null || asked.GetValueOrDefault(other) != call)
            {
                return;
            }

            asked.Remove(other);

            if (answer is null)
            {
                Core.Unreachable(new NodeId(other));
            }
            else
            {
                Core.Identified(answer);
            }
        }

        private void Send(FormationCall call)
        {
            var caller = life;
            world.network.Add(() =>
            {
                if (world.machines[call.To.Value].Core is not { } target)
                {
                    return;
                }

                var number = ++world.calls;
                world.pendingReplies[number] = reply => world.network.Add(() =>
                {
                    if (caller == life)
                    {
                        Core?.OfferAnswered(call, reply.Accepted, reply.Reason);
                    }
                });
                target.OfferReceived(number, call.Offer);
            });
        }
    }
}
