using Parley.Simulation.Time;

namespace Parley.Simulation.Faults;

/// <summary>
/// The measures of one run, drawn from its seed. Swarm style: a run has a random subset of the faults, at random rates,
/// because what hides behind one fault is often undone by another. 0 means never.
/// </summary>
internal sealed partial record Scenario
{
    public required ulong Seed { get; init; }

    public required int Nodes { get; init; }

    public required int Clients { get; init; }

    /// <summary>How long faults happen; then everything is healed and must converge.</summary>
    public required long FaultyUs { get; init; }

    public required NetworkFaults Network { get; init; }

    public required MachineFaults Machine { get; init; }

    public required DiskFaults Disk { get; init; }

    public required ClientHabits Client { get; init; }

    public required NodeMeasures Node { get; init; }

    public OperatorPlan Operator { get; init; } = OperatorPlan.Nothing(0);

    /// <param name="seed">Which scenario.</param>
    /// <param name="isStorm">Whether elections are what it is about; else some seeds draw that, too.</param>
    /// <param name="isShort">Whether the same faults come in a quarter of the time.</param>
    /// <param name="isOverload">Whether it is about more lines than disks can take; else some seeds draw that, too.
    /// </param>
    public static Scenario Draw(ulong seed, bool isStorm = false, bool isShort = false, bool isOverload = false)
    {
        var random = new SeededRandom(seed ^ 0xA5A5_0000_5A5A_FFFF);
        var drawn = DrawAll(seed, random);
        if (drawn.Disk.DamageStateRate > 0)
        {
            drawn = drawn with { Node = drawn.Node with { StateIsOnFiles = true, SnapshotEveryEntries = 20 } };
        }

        drawn = random.Chance(0.12) || isStorm
            ? InElectionStorm(drawn, random) : drawn with { Operator = OperatorPlan.Draw(seed, drawn.Nodes) };
        drawn = drawn with
        {
            Network = drawn.Network with { TransferLossRate = random.Chance(0.3) ? 0.95 : 0 },
            Node = drawn.Node with { RaiseVersionEveryUs = Every(random, 2, 20) },
        };
        drawn = WithChanges(drawn, random);
        drawn = random.Chance(0.03) || isOverload ? InOverload(drawn) : drawn;
        return isShort ? InShort(drawn) : drawn;
    }

    /// <summary>Lines are edited and deleted, mostly in a cluster that soon can.</summary>
    private static Scenario WithChanges(Scenario drawn, SeededRandom random)
    {
        var everyUs = Every(random, 1, 3);
        return everyUs == 0 ? drawn : drawn with
        {
            Client = drawn.Client with { ChangeEveryUs = everyUs },
            Node = random.Chance(0.3) ? drawn.Node : drawn.Node with { RaiseVersionEveryUs = VirtualTime.Second },
        };
    }

    private static Scenario DrawAll(ulong seed, SeededRandom random) => new()
    {
        Seed = seed,
        Nodes = random.Pick([1, 3, 3, 3, 5, 5, 5]),
        Clients = random.Between(2, 4),
        FaultyUs = random.Between(20, 90) * VirtualTime.Second,
        Network = DrawNetwork(random),
        Machine = DrawMachine(random),
        Disk = DrawDisk(random),
        Client = DrawClient(random),
        Node = DrawNode(random),
    };

    private static NetworkFaults DrawNetwork(SeededRandom random) => new()
    {
        DelayMinUs = random.Between(20, 500),
        DelayMeanUs = random.Pick([50, 200, 1_000, 10_000]),
        DropRate = Sometimes(random, 0.0, 0.15),
        DuplicateRate = Sometimes(random, 0.0, 0.1),
        LateRate = Sometimes(random, 0.0, 0.05),
        LateUs = random.Between(20, 1_500) * VirtualTime.Millisecond,
        PartitionEveryUs = Every(random, 3, 15),
        PartitionUs = random.Between(200, 8_000) * VirtualTime.Millisecond,
        FalseResetEveryUs = Every(random, 1, 10),
        TransferLossRate = 0,
    };

    private static MachineFaults DrawMachine(SeededRandom random) => new()
    {
        KillEveryUs = Every(random, 2, 15),
        PowerLossShare = random.Pick([0.0, 0.3, 1.0]),
        AllLosePowerEveryUs = Every(random, 8, 30),
        DownMeanUs = random.Between(20, 4_000) * VirtualTime.Millisecond,
        CrashAtSyncRate = Sometimes(random, 0.0, 0.01),
        CrashAtAnswerRate = Sometimes(random, 0.0, 0.02),
        CrashAtStartRate = Sometimes(random, 0.0, 0.3),
        CrashAtVoteRate = random.Pick([0.0, 0.0, 0.2, 0.5]),
        PauseEveryUs = Every(random, 3, 15),
        PauseUs = random.Between(50, 6_000) * VirtualTime.Millisecond,
        StateSurvivesKill = random.Pick([0.0, 0.5, 1.0]),
        ClockSkewUs = random.Pick([0, 5_000, 2_000_000, 60_000_000]),
        ClockJumpEveryUs = Every(random, 4, 20),
        TickSkew = random.Pick([0.0, 0.02, 0.3]),
        TransferEveryUs = Every(random, 3, 15),
        LeaveBehindEveryUs = Every(random, 5, 20),
        LeaveBehindUs = random.Between(2, 20) * VirtualTime.Second,
        CrashAtInstallRate = random.Pick([0.0, 0.0, 0.3]),
    };

    private static DiskFaults DrawDisk(SeededRandom random) => new()
    {
        SyncMinUs = random.Between(20, 500),
        SyncMeanUs = random.Pick([50, 300, 2_000, 20_000]),
        SlowRate = Sometimes(random, 0.0, 0.03),
        SlowUs = random.Between(20, 2_000) * VirtualTime.Millisecond,
        IoErrorRate = Sometimes(random, 0.0, 0.003),
        DamageEveryUs = random.Chance(0.6) ? 0 : random.Between(3, 20) * VirtualTime.Second,
        DamageStateRate = random.Chance(0.8) ? 0 : 0.5,
    };

    private static ClientHabits DrawClient(SeededRandom random) => new()
    {
        InFlightMax = random.Pick([1, 4, 32, 256]),
        ThinkMeanUs = random.Pick([1, 4, 15]) * VirtualTime.Second,
        BurstMax = random.Pick([1, 3, 20]),
        LateRepeatEveryUs = Every(random, 1, 10),
        WalkEveryUs = Every(random, 2, 15),
        RestartEveryUs = Every(random, 5, 20),
        LoginAgainEveryUs = Every(random, 8, 30),
        ReadEveryUs = Every(random, 1, 5),
        AcknowledgeMeanUs = random.Between(1, 500) * VirtualTime.Millisecond,
        HangEveryUs = Every(random, 4, 20),
        HangUs = random.Between(100, 8_000) * VirtualTime.Millisecond,
        MischiefEveryUs = Every(random, 1, 5),
        StormEveryUs = Every(random, 5, 20),
        FirstNeverAcknowledges = random.Chance(0.15),
    };

    private static NodeMeasures DrawNode(SeededRandom random) => new()
    {
        LoopDelayUs = random.Pick([0, 100, 2_000]),
        ApplyMeanUs = random.Pick([50, 1_000, 20_000]),
        ElectionTicks = random.Pick([8, 30, 30]),
        SnapshotEveryEntries = random.Pick([0, 20, 50, 200]),
        SegmentBytes = random.Pick([4 << 10, 16 << 10, 64 << 10]),
        AppendEntriesMax = random.Pick([8, 64, 1024]),
        AppendsInFlightMax = random.Pick([1, 3, 16]),
        RecentBytesMax = random.Pick([0, 2_000, 1 << 20]),
        AppendTimeoutTicks = random.Pick([10, 30, 100]),
        LeaderHoldsCopies = random.Chance(0.5),
        ProposalsMax = random.Pick([4, 64, 1024]),
        UncommittedEntriesMax = random.Pick([100, 1_000]),
        StateIsOnFiles = random.Chance(0.05),
        TransferTicks = random.Pick([10, 100]),
        NotAfterUs = random.Pick([60, 60, 1]) * VirtualTime.Second,
    };

    private static double Sometimes(SeededRandom random, double min, double max) =>
        random.Chance(0.5) ? 0 : min + (random.Fraction() * random.Fraction() * (max - min));

    private static long Every(SeededRandom random, int minSeconds, int maxSeconds) =>
        random.Chance(0.4) ? 0 : random.Between(minSeconds, maxSeconds) * VirtualTime.Second;
}

/// <summary>What the network does to messages between nodes, and how long they take.</summary>
internal sealed record NetworkFaults
{
    public required long DelayMinUs { get; init; }

    public required long DelayMeanUs { get; init; }

    public required double DropRate { get; init; }

    public required double DuplicateRate { get; init; }

    /// <summary>Messages that come much later than their successors.</summary>
    public required double LateRate { get; init; }

    public required long LateUs { get; init; }

    /// <summary>Mean time between partitions, of any shape and also one-way.</summary>
    public required long PartitionEveryUs { get; init; }

    public required long PartitionUs { get; init; }

    /// <summary>Mean time between connections reset though the other end lives.</summary>
    public required long FalseResetEveryUs { get; init; }

    /// <summary>The share of requests to take leadership over that are lost, so that transfers are given up.</summary>
    public required double TransferLossRate { get; init; }
}

/// <summary>What happens to machines and their processes.</summary>
internal sealed record MachineFaults
{
    public required long KillEveryUs { get; init; }

    /// <summary>The share of crashes in which the machine loses what it had not synced.</summary>
    public required double PowerLossShare { get; init; }

    public required long AllLosePowerEveryUs { get; init; }

    public required long DownMeanUs { get; init; }

    /// <summary>Crashes somewhere between the writes and the sync of a batch.</summary>
    public required double CrashAtSyncRate { get; init; }

    /// <summary>Crashes of some or all machines at the very moment a client gets its answer.</summary>
    public required double CrashAtAnswerRate { get; init; }

    /// <summary>Crashes while the log is being recovered.</summary>
    public required double CrashAtStartRate { get; init; }

    /// <summary>Crashes of a voter right after its vote has left: it must come back knowing it.</summary>
    public required double CrashAtVoteRate { get; init; }

    public required long PauseEveryUs { get; init; }

    public required long PauseUs { get; init; }

    /// <summary>How probable it is that the state file holds everything after a kill (it is not synced).</summary>
    public required double StateSurvivesKill { get; init; }

    public required long ClockSkewUs { get; init; }

    public required long ClockJumpEveryUs { get; init; }

    /// <summary>Ticks are longer or shorter by up to this share.</summary>
    public required double TickSkew { get; init; }

    public required long TransferEveryUs { get; init; }

    /// <summary>Mean time between crashes after which a machine stays down until the others are far ahead.</summary>
    public required long LeaveBehindEveryUs { get; init; }

    public required long LeaveBehindUs { get; init; }

    /// <summary>Crashes when the log begins at a snapshot and the state does not yet.</summary>
    public required double CrashAtInstallRate { get; init; }
}

/// <summary>How long a disk takes and how it fails.</summary>
internal sealed record DiskFaults
{
    public required long SyncMinUs { get; init; }

    public required long SyncMeanUs { get; init; }

    public required double SlowRate { get; init; }

    public required long SlowUs { get; init; }

    /// <summary>Writes or syncs that fail; the process must end.</summary>
    public required double IoErrorRate { get; init; }

    /// <summary>Mean time between bits that flip in old sectors of a minority's logs.</summary>
    public required long DamageEveryUs { get; init; }

    /// <summary>The share of crashes of a minority's machines after which its snapshot is damaged.</summary>
    public required double DamageStateRate { get; init; }
}

/// <summary>How clients behave.</summary>
internal sealed record ClientHabits
{
    public required int InFlightMax { get; init; }

    public required long ThinkMeanUs { get; init; }

    public required int BurstMax { get; init; }

    public required long LateRepeatEveryUs { get; init; }

    public required long WalkEveryUs { get; init; }

    public required long RestartEveryUs { get; init; }

    public required long LoginAgainEveryUs { get; init; }

    public required long ReadEveryUs { get; init; }

    public required long AcknowledgeMeanUs { get; init; }

    /// <summary>Mean time between whiles in which a client takes nothing that comes.</summary>
    public required long HangEveryUs { get; init; }

    public required long HangUs { get; init; }

    /// <summary>Mean time between things a broken client would ask for.</summary>
    public required long MischiefEveryUs { get; init; }

    /// <summary>Mean time between edits, deletions, and repeats of these.</summary>
    public long ChangeEveryUs { get; init; }

    /// <summary>Mean time between moments at which all clients come to other nodes.</summary>
    public required long StormEveryUs { get; init; }

    /// <summary>The first client acknowledges nothing until all is healed.</summary>
    public required bool FirstNeverAcknowledges { get; init; }
}

/// <summary>How nodes are built and loaded.</summary>
internal sealed record NodeMeasures
{
    /// <summary>The loop takes what came meanwhile before it asks for a Ready.</summary>
    public required long LoopDelayUs { get; init; }

    public required long ApplyMeanUs { get; init; }

    /// <summary>Short ones make for elections with several candidates.</summary>
    public required int ElectionTicks { get; init; }

    /// <summary>A snapshot and a cut of the log after this many entries; 0 for never.</summary>
    public required int SnapshotEveryEntries { get; init; }

    public required int SegmentBytes { get; init; }

    public required int AppendEntriesMax { get; init; }

    public required int AppendsInFlightMax { get; init; }

    public required int RecentBytesMax { get; init; }

    public required int AppendTimeoutTicks { get; init; }

    /// <summary>A leader lets a copy wait while the id is in its log unapplied; else Apply sorts it out.</summary>
    public required bool LeaderHoldsCopies { get; init; }

    public required int ProposalsMax { get; init; }

    public required int UncommittedEntriesMax { get; init; }

    /// <summary>After so many ticks a transfer of leadership is given up.</summary>
    public required int TransferTicks { get; init; }

    /// <summary>A command decided later than this after its receipt is refused.</summary>
    public required long NotAfterUs { get; init; }

    /// <summary>Snapshots and what is opened from them are real files.</summary>
    public required bool StateIsOnFiles { get; init; }

    /// <summary>Mean time between moments at which leaders raise the state version; 0: it stays the first.</summary>
    public long RaiseVersionEveryUs { get; init; }
}
