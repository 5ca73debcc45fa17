using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Checks;
using Parley.Simulation.Clients;
using Parley.Simulation.Faults;
using Parley.Simulation.Machines;
using Parley.Simulation.Network;
using Parley.Simulation.Time;

namespace Parley.Simulation;

/// <summary>Everything of one run: a pure function of seed and plant.</summary>
internal sealed class World : IDisposable
{
    /// <summary>When a run begins: 2026-01-01T00:00:00Z in microseconds.</summary>
    public const long EpochUs = 1_767_225_600_000_000;

    public World(Scenario scenario, Plant plant, TextWriter? trace, string folder)
    {
        Scenario = scenario;
        Plant = plant;
        Folder = folder;
        Trace = new Trace(trace);
        Random = new SeededRandom(scenario.Seed);
        Network = new SimulatedNetwork(Time, Random, scenario.Network);
        Membership = new Membership
        {
            Members = [.. Enumerable.Range(1, scenario.Nodes).Select(
                n => new Member(new NodeId(n), IsVoter: true, (ulong)(1000 + n), $"node{n}:7000"))],
        };
        Formed = new SnapshotMark { Index = LogIndex.None, Term = Term.None, TimeUs = 0, Membership = Membership };
        LogOptions = new DurableLogOptions { SegmentBytes = scenario.Node.SegmentBytes };
        Watch = new FailpointWatch(Failpoints);
        Consensus = new ConsensusChecks(this);
        Chat = new ChatBook();
        Machines = [.. Enumerable.Range(1, scenario.Operator.Machines).Select(n => new Machine(this, new NodeId(n)))];
        Operator = new Operator(this);
        Clients = [.. Enumerable.Range(0, scenario.Clients).Select(n => new SimulatedClient(this, n))];
        Minority = DrawMinority();
    }

    public Scenario Scenario { get; }

    public Plant Plant { get; }

    /// <summary>Whether disks and messages are looked into, or only what nodes do in the end; the same run otherwise.
    /// </summary>
    public bool LooksInside { get; init; } = true;

    /// <summary>A folder of this run alone, for snapshot files.</summary>
    public string Folder { get; }

    public SeededRandom Random { get; }

    public VirtualTime Time { get; } = new();

    public Trace Trace { get; }

    public SimulatedNetwork Network { get; }

    public ConsensusChecks Consensus { get; }

    public ChatBook Chat { get; }

    public FailpointCounts Failpoints { get; } = new();

    public FailpointWatch Watch { get; }

    /// <summary>In order of their ids; the first of them found the cluster, the others wait to be needed.</summary>
    public IReadOnlyList<Machine> Machines { get; }

    /// <summary>Fewer than half: only these may be lost for good (see <see cref="Faults.Operator"/>).</summary>
    public IReadOnlyList<Machine> Minority { get; }

    /// <summary>The voters that are wanted, but for those that were lost for good.</summary>
    public IEnumerable<Machine> Living => Machines.Where(machine => Operator.Wants(machine) && !machine.IsLost);

    public Operator Operator { get; }

    /// <summary>What lost disks had synced.</summary>
    public Dictionary<NodeKey, LogView> Lost { get; } = [];

    public IReadOnlyList<SimulatedClient> Clients { get; }

    /// <summary>The founders.</summary>
    public Membership Membership { get; }

    /// <summary>What founders' logs begin at.</summary>
    public SnapshotMark Formed { get; }

    /// <summary>What the logs of those that join begin at: they know of nobody.</summary>
    public SnapshotMark Joining { get; } = new()
    {
        Index = LogIndex.None,
        Term = Term.None,
        TimeUs = 0,
        Membership = new Membership { Members = [] },
    };

    public DurableLogOptions LogOptions { get; }

    /// <summary>No more faults; what remains is to converge.</summary>
    public bool IsHealed { get; set; }

    public void Hit(Failpoint point) => Failpoints.Hit(point);

    public Machine MachineOf(NodeId id) => Machines[id.Value - 1];

    /// <summary>What this data directory has, or had, synced.</summary>
    public LogView? SyncedBy(NodeKey key) =>
        MachineOf(key.Id).Key == key ? MachineOf(key.Id).Synced : Lost.GetValueOrDefault(key);

    public RaftOptions RaftOptionsFor(NodeKey self) => new()
    {
        Self = self.Id,
        Incarnation = self.Incarnation,
        LearnerLagMax = Scenario.Operator.LearnerLagMax,
        Seed = Random.Next(),
        ElectionTicks = Scenario.Node.ElectionTicks,
        HeartbeatTicks = Scenario.Node.ElectionTicks / 5,
        AppendEntriesMax = Scenario.Node.AppendEntriesMax,
        AppendsInFlightMax = Scenario.Node.AppendsInFlightMax,
        RecentBytesMax = Scenario.Node.RecentBytesMax,
        AppendTimeoutTicks = Scenario.Node.AppendTimeoutTicks,
        UncommittedEntriesMax = Scenario.Node.UncommittedEntriesMax,
        AppliedWithinTicks = Plant == Plant.QueueOfAnyAge ? 100_000 : 50,
        SnapshotTimeoutTicks = 200,
        TransferTicks = Scenario.Node.TransferTicks,
    };

    public long DrawSyncTime()
    {
        var disk = Scenario.Disk;
        var slow = !IsHealed && Random.Chance(disk.SlowRate) ? Random.Between(0, disk.SlowUs) : 0;
        return disk.SyncMinUs + Random.Exponential(disk.SyncMeanUs) + slow;
    }

    /// <summary>A killed process closes its connections: its peers see a reset, and that a reconnect fails.</summary>
    public void TellOfReset(Machine dead)
    {
        foreach (var peer in Machines)
        {
            if (peer != dead && Network.IsOpen(dead.Id.Value, peer.Id.Value))
            {
                Time.After(Network.DrawDelay() + Random.Between(500, 5_000), () =>
                {
                    if (!dead.IsUp)
                    {
                        peer.Process?.ConnectionReset(dead.Id);
                    }
                });
            }
        }
    }

    public void Note(string line)
    {
        if (Trace.IsVerbose)
        {
            Trace.Write(Time.NowUs, line);
        }
    }

    public void Dispose()
    {
        foreach (var machine in Machines)
        {
            machine.Dispose();
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private List<Machine> DrawMinority()
    {
        var rest = Machines.ToList();
        for (var count = Random.Between(0, (Machines.Count - 1) / 2); count > 0; count--)
        {
            rest.Remove(Random.Pick(rest));
        }

        return [.. Machines.Except(rest)];
    }
}
