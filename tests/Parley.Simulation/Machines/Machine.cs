using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Checks;
using Parley.Simulation.Disk;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>What of a node outlives its process: disk, clock, and the knowledge of what must be on that disk.</summary>
internal sealed class Machine(World world, NodeId id) : IDisposable
{
    private SimulatedDirectory disk = new();
    private long boots;
    private int disks;
    private long clockOffsetUs;
    private bool startIsDue;
    private bool isFounder = true;

    public NodeId Id { get; } = id;

    /// <summary>Another one for each disk.</summary>
    public ulong Incarnation { get; private set; } = (ulong)(1000 + id.Value);

    public NodeKey Key => new(Id, Incarnation);

    /// <summary>Not one that waits to be needed, or was removed.</summary>
    public bool IsInService { get; private set; } = id.Value <= world.Scenario.Nodes;

    /// <summary>What the disk must hold: everything whose sync has returned.</summary>
    public LogView Synced { get; private set; } = LogView.Begun(world.Formed);

    /// <summary>What a crash may have left on the disk beyond that, in writing order.</summary>
    public List<DiskJob> BeingWritten { get; } = [];

    public StateFiles Files { get; private set; } = new(
        Path.Combine(world.Folder, $"{id}"), world.Scenario.Node.StateIsOnFiles);

    /// <summary>Null while it is down.</summary>
    public NodeProcess? Process { get; private set; }

    public bool IsUp => Process is not null;

    /// <summary>Its wall clock, microseconds since 1970-01-01T00:00:00Z; wrong by what faults made of it.</summary>
    public long ClockUs => World.EpochUs + world.Time.NowUs + clockOffsetUs;

    /// <summary>Something in its log or its snapshot is not as it was written.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>It is not started for now.</summary>
    public bool IsHeldDown { get; private set; }

    /// <summary>It found so and never starts again.</summary>
    public bool IsLost { get; private set; }

    /// <summary>What the last process had applied.</summary>
    public long AppliedBefore { get; set; }

    public double TickScale { get; set; } = 1;

    public void SetClock(long offsetUs) => clockOffsetUs = offsetUs;

    public void Start()
    {
        startIsDue = false;
        if (IsUp || IsLost || IsHeldDown || !IsInService)
        {
            return;
        }

        var files = new FaultyDirectory(disk, world.Random) { SyncsLie = world.Plant == Plant.SyncLies };
        if (!world.IsHealed && world.Random.Chance(world.Scenario.Machine.CrashAtStartRate))
        {
            files.CrashAt(world.Random.Between(0, 4));
        }

        try
        {
            var log = DurableLog.Open(files, world.LogOptions, isFounder ? world.Formed : world.Joining);
            files.CrashAt(-1);
            Boot(log, files);
        }
        catch (LogDamagedException found) when (IsDamaged)
        {
            world.Hit(Failpoint.DamageRefused);
            Lose(found.Message);
        }
        catch (Exception found) when (IsDamaged && found is StateDamagedException or UnknownStateVersionException)
        {
            world.Hit(Failpoint.StateDamageRefused);
            Lose(found.Message);
        }
        catch (CrashedException)
        {
            world.Hit(Failpoint.CrashedWhileRecovering);
            Fell(world.Random.Chance(world.Scenario.Machine.PowerLossShare));
        }
    }

    /// <summary>Its disk is lost with all that is on it; it comes back with an empty one, as somebody else.</summary>
    public void Replace()
    {
        world.Note($"{Key} gets an empty disk");
        world.Hit(Failpoint.DiskReplaced);
        Retire();
        world.Lost[Key] = Synced;
        disk = new SimulatedDirectory();
        Files.Dispose();
        Files = new StateFiles(
            Path.Combine(world.Folder, $"{Id}.{++disks}"), world.Scenario.Node.StateIsOnFiles);
        Synced = LogView.Begun(world.Joining);
        BeingWritten.Clear();
        Incarnation += world.Plant == Plant.LostDiskKeepsIncarnation ? 0UL : 1000;
        AppliedBefore = 0;
        isFounder = false;
        IsDamaged = false;
        IsLost = false;
        IsInService = true;
        world.Time.After(world.Random.Between(1, 2_000) * VirtualTime.Millisecond, Start);
    }

    /// <summary>Switched off for good, or until it gets another disk.</summary>
    public void Retire()
    {
        IsInService = false;
        if (Process is { } process)
        {
            Process = null;
            process.Die(survives: false, isTold: true);
        }
    }

    /// <summary>The process dies; the operating system keeps what was written and closes its connections.</summary>
    public void Kill() => Crash(losesPower: false);

    /// <summary>The machine dies: what was not synced is lost, sector by sector, and nobody is told.</summary>
    public void LosePower()
    {
        Crash(losesPower: true);
        startIsDue = startIsDue || !IsUp;
    }

    /// <param name="losesPower">Whether what was not synced is lost.</param>
    /// <param name="downUs">How long it stays down; null: drawn.</param>
    public void Crash(bool losesPower, long? downUs = null)
    {
        if (!IsInService)
        {
            return;
        }

        if (Process is { } process)
        {
            Process = null;
            var survives = !losesPower && world.Random.Chance(world.Scenario.Machine.StateSurvivesKill);
            process.Die(survives, isTold: !losesPower);
        }

        Fell(losesPower, downUs);
    }

    /// <summary>Bits of old, synced sectors flip, up or down; the machine may be lost for it.</summary>
    public void Damage()
    {
        if (world.Operator.MayBeDamaged(this) && DiskDamage.TryFlip(disk, world.Random))
        {
            IsDamaged = true;
            world.Hit(Failpoint.LogDamaged);
            world.Note($"{Id} has a damaged log");
        }
    }

    /// <summary>Stays down until it is told otherwise.</summary>
    public void HoldDown()
    {
        Crash(losesPower: false);
        IsHeldDown = true;
    }

    public void LetUp()
    {
        IsHeldDown = false;
        Start();
    }

    /// <summary>The process ends and refuses to start for good: its files are damaged.</summary>
    public void Lose(string why)
    {
        IsLost = true;
        world.Note($"{Id} is lost: {why}");
        if (Process is { } process)
        {
            Process = null;
            process.Die(survives: false, isTold: true);
        }
    }

    public void Dispose()
    {
        Process?.Die(survives: false, isTold: false);
        Process = null;
        Files.Dispose();
    }

    private void Boot(DurableLog log, FaultyDirectory files)
    {
        var recovered = RecoveredLog.Read(log);
        RecoveredLog.Check(this, recovered);
        NoteRecovery(recovered);
        Synced = recovered;
        BeingWritten.Clear();
        boots++;
        world.Trace.Mix(TraceKind.Started, world.Time.NowUs, Id.Value, recovered.LastIndex);
        var state = Files.Open(log.Base.Index, () => world.Hit(Failpoint.InstallFinishedAtStart));
        if (state.AppliedIndex < AppliedBefore)
        {
            world.Hit(Failpoint.StateFellBack);
        }

        if (state.AppliedIndex < log.Base.Index.Value || state.AppliedIndex > recovered.LastIndex)
        {
            throw new PropertyBrokenException(Properties.DiskKeepsSynced,
                $"{Id} state at {state.AppliedIndex}, log from {log.Base.Index} to {recovered.LastIndex}");
        }

        Process = new NodeProcess(world, this, log, files, state, boots);
        Process.Begin();
    }

    private void NoteRecovery(LogView recovered)
    {
        if (BeingWritten.Any(job => job.Entries.Count > 0))
        {
            world.Hit(recovered.LastIndex != Synced.LastIndex || recovered.LastTerm != Synced.LastTerm
                ? Failpoint.UnsyncedSurvived
                : Failpoint.UnsyncedLost);
        }
    }

    private void Fell(bool losesPower, long? downUs = null)
    {
        world.Trace.Mix(TraceKind.Crashed, world.Time.NowUs, Id.Value, losesPower ? 1 : 0);
        world.Note($"{Id} {(losesPower ? "loses power" : "dies")}");
        if (losesPower)
        {
            if (BeingWritten.Count > 0)
            {
                world.Hit(Failpoint.PowerLostUnsynced);
            }

            disk.PowerLoss((_, _) => world.Random.Chance(0.5), _ => world.Random.Chance(0.5));
            Files.LosePower();
        }

        if (!world.IsHealed && world.Operator.MayBeDamaged(this)
            && world.Random.Chance(world.Scenario.Disk.DamageStateRate))
        {
            DamageState();
        }

        if (!startIsDue)
        {
            startIsDue = true;
            var drawn = world.IsHealed ? 0 : world.Random.Exponential(world.Scenario.Machine.DownMeanUs);
            world.Time.After((downUs ?? drawn) + VirtualTime.Millisecond, Start);
        }
    }

    /// <summary>A bit of the snapshot that a start begins from flips; while it runs, nobody would look.</summary>
    private void DamageState()
    {
        if (Files.TryDamage(world.Random))
        {
            IsDamaged = true;
            world.Note($"{Id} has a damaged snapshot");
        }
    }
}
