using Parley.Core;
using Parley.Core.Agreement;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Checks;
using Parley.Simulation.Disk;
using Parley.Simulation.Faults;
using Parley.Simulation.Time;

namespace Parley.Simulation.Machines;

/// <summary>
/// One life of a node: drives RaftCore by the duties of <see cref="Ready"/>, with a disk thread, an applier and clients
/// that all take their virtual time. Everything in it is gone when it dies.
/// </summary>
internal sealed partial class NodeProcess
{
    private readonly World world;
    private readonly DurableLog log;
    private readonly FaultyDirectory disk;
    private readonly LogClock logClock;
    private readonly List<Action> sleeping = [];

    private ChatState state;
    private bool isDead;
    private bool isPumpDue;
    private long pausedUntilUs;
    private bool ledAtLastStep;
    private long notedTerm;

    public NodeProcess(
        World world, Machine machine, DurableLog log, FaultyDirectory disk, ChatState state, long boot)
    {
        this.world = world;
        this.log = log;
        this.disk = disk;
        this.state = state;
        Machine = machine;
        Boot = boot;
        View = machine.Synced.Copy();
        var applied = new LogIndex(state.AppliedIndex);
        appliedMembership = log.MembershipAt(applied);
        tenure = new Tenure(machine.Key, applied, appliedMembership);
        LastCommitIndex = state.AppliedIndex;
        LastTerm = machine.Synced.HardState.Term.Value;
        lastTimeUs = state.LastTimeUs;
        digests = new DigestBook(machine.Id.Value);
        logClock = new LogClock(30 * TickUs);
        var hardState = world.Plant switch
        {
            Plant.HardStateLostAtRestart => default,
            Plant.VoteForgottenAtRestart => log.HardState with { VotedFor = NodeId.None },
            _ => log.HardState,
        };
        Core = new RaftCore(world.RaftOptionsFor(machine.Key), log, hardState, new LogIndex(state.AppliedIndex));
    }

    public Machine Machine { get; }

    /// <summary>Counts the machine's processes.</summary>
    public long Boot { get; }

    public RaftCore Core { get; }

    /// <summary>What the log holds once everything handed out is written.</summary>
    public LogView View { get; }

    public long LastTerm { get; private set; }

    public long LastCommitIndex { get; private set; }

    public ChatState State => state;

    public bool IsPaused => pausedUntilUs > world.Time.NowUs;

    private static long TickUs => 10 * VirtualTime.Millisecond;

    public bool LedAtLastStep(long term) => ledAtLastStep && LastTerm == term;

    /// <summary>True once in a term, when it leads and its own vote is synced: a single voter's win is nobody's
    /// business before that.</summary>
    public bool NoteLeading(long term)
    {
        if (notedTerm == term || Machine.Synced.HardState.Term.Value < term)
        {
            return false;
        }

        notedTerm = term;
        return true;
    }

    public void Remember(long term, bool leads, long commitIndex)
    {
        LastTerm = term;
        ledAtLastStep = leads;
        LastCommitIndex = commitIndex;
        commits.Clear();
    }

    public void Note(string line) => world.Note($"{Machine.Id} {line}");

    public void Begin()
    {
        Note($"starts at term {Core.Term}, log to {View.LastIndex}, state at {state.AppliedIndex}");
        world.Consensus.StateAt(this, state.AppliedIndex, state.Digest);
        world.Consensus.AfterStep(this);
        OfferCheckpoint();
        world.Time.After(world.Random.Between(0, TickUs), Tick);
        world.Time.After(ForwardAgainUs, ForwardAgainLater);
        world.Time.After(DigestsUs, CompareDigests);
    }

    /// <summary>Stops (SIGSTOP) until then; what arrives meanwhile waits.</summary>
    public void Pause(long untilUs) => pausedUntilUs = Math.Max(pausedUntilUs, untilUs);

    /// <summary>Now, or in the order of arrival when it wakes up; never when it is dead.</summary>
    public void WhenAwake(Action action)
    {
        if (isDead)
        {
            return;
        }

        if (!IsPaused && sleeping.Count == 0)
        {
            Run(action);
            return;
        }

        sleeping.Add(action);
        if (sleeping.Count == 1)
        {
            world.Time.After(pausedUntilUs - world.Time.NowUs, WakeUp);
        }
    }

    /// <summary>A message of another node, with its sender's clock.</summary>
    public void Receive(Message message, long clockUs) => WhenAwake(() =>
    {
        world.Trace.Mix(TraceKind.Received, world.Time.NowUs, Machine.Id.Value, message.Term.Value);
        logClock.Heard(message.From.Id, clockUs, world.Time.NowUs);
        if (isReplaced)
        {
            return;
        }

        world.Watch.Receiving(this, message);
        Core.Step(message);
        NoteCommit();
        PumpSoon();
    });

    public void ConnectionReset(NodeId peer) => WhenAwake(() =>
    {
        if (peer == Core.Leader)
        {
            world.Hit(Failpoint.LeaderConnectionReset);
        }

        Core.ConnectionReset(peer);
        PumpSoon();
    });

    /// <summary>As a leader does whose members all know more than the cluster does.</summary>
    public void RaiseVersion() => WhenAwake(() =>
    {
        if (Core.Role == RaftRole.Leader && state.StateVersion < StateVersions.Newest)
        {
            var raised = (uint)world.Random.Between(state.StateVersion + 1, StateVersions.Newest);
            Propose(
                new() { RaiseVersion = new() { StateVersion = raised } },
                copyKey: null,
                _ => world.Hit(Failpoint.VersionRaised));
        }
    });

    public void TransferLeadership() => WhenAwake(() =>
    {
        Core.TransferLeadership();
        PumpSoon();
    });

    /// <summary>The end of this life.</summary>
    public void Die(bool survives, bool isTold)
    {
        isDead = true;
        if (isReplaced)
        {
            world.Hit(Failpoint.CrashedInInstall);
        }

        Machine.AppliedBefore = state.AppliedIndex;
        BreakConnections(isTold);
        log.Dispose();
        DropReaders();
        Machine.Files.Leave(state, survives);
        if (isTold)
        {
            world.TellOfReset(Machine);
        }
    }

    /// <summary>What a damaged log does not give back ends the process, and its files are not used again.</summary>
    private void Run(Action action)
    {
        try
        {
            action();
        }
        catch (LogDamagedException found) when (Machine.IsDamaged)
        {
            world.Hit(Failpoint.DamageFoundReading);
            Machine.Lose(found.Message);
        }
    }

    private void WakeUp()
    {
        if (IsPaused && !isDead)
        {
            world.Time.After(pausedUntilUs - world.Time.NowUs, WakeUp);
            return;
        }

        var woken = sleeping.ToArray();
        sleeping.Clear();
        foreach (var action in woken)
        {
            WhenAwake(action);
        }
    }

    private void Tick()
    {
        if (isDead)
        {
            return;
        }

        if (!IsPaused)
        {
            Run(() =>
            {
                Core.Tick();
                PumpSoon();
            });
        }

        // One tick after a pause, not all that were missed: a timer coalesces them.
        var next = (long)(TickUs * Machine.TickScale);
        world.Time.After(Math.Max(next, pausedUntilUs - world.Time.NowUs), Tick);
    }

    /// <summary>The loop takes inputs for a while before it asks what is to be done.</summary>
    private void PumpSoon()
    {
        if (isPumpDue || !(Core.HasReady || HasChanged()))
        {
            return;
        }

        var delay = world.Scenario.Node.LoopDelayUs;
        if (delay == 0)
        {
            Pump();
            return;
        }

        isPumpDue = true;
        world.Time.After(world.Random.Between(0, delay), () => WhenAwake(() =>
        {
            isPumpDue = false;
            Pump();
        }));
    }

    private bool HasChanged() =>
        Core.CommitIndex.Value != LastCommitIndex || Core.Term.Value != LastTerm
        || (Core.Role == RaftRole.Leader) != ledAtLastStep || LeaderHasChanged() || Core.NeedsSnapshot;

    private void Pump()
    {
        while (Core.HasReady && !isInstalling)
        {
            Take(Core.TakeReady());
        }

        if (!isInstalling)
        {
            world.Consensus.AfterStep(this);
        }

        FollowLeader();
        MakeNeededSnapshot();
        StopIfRemoved();
    }

    private void Take(Ready ready)
    {
        world.Consensus.Handed(this, ready.EntriesToPersist);
        Persist(ready);
        foreach (var message in ready.MessagesNow)
        {
            Send(message);
        }

        ApplyLater(world.Plant == Plant.AppliedBeforeCommitted ? ready.EntriesToPersist : ready.Committed);
        foreach (var read in ready.Reads)
        {
            ReadConfirmed(read);
        }

        if (ready.SnapshotToFetch is { } offer)
        {
            Fetch(offer);
        }
    }

    private void Send(Message message)
    {
        world.Consensus.Sending(this, message);
        world.Watch.Sent(message);
        if (message is Message.TimeoutNow)
        {
            transferAskedInTerm = message.Term.Value;
            if (!world.IsHealed && world.Random.Chance(world.Scenario.Network.TransferLossRate))
            {
                return;
            }
        }

        var clockUs = Machine.ClockUs;
        var target = world.MachineOf(message.To.Id);
        if (world.Plant == Plant.MajorityOfTheReachable && message is Message.AppendRequest append)
        {
            AnswerForUnreachable(append, target);
        }

        world.Network.Send(Machine.Id.Value, message.To.Id.Value, () => target.Process?.Receive(message, clockUs));
    }

    /// <summary>The planted bug: who does not answer counts as if it had.</summary>
    private void AnswerForUnreachable(Message.AppendRequest append, Machine target)
    {
        if (target.IsUp && world.Network.IsOpen(Machine.Id.Value, append.To.Id.Value))
        {
            return;
        }

        var answer = new Message.AppendResponse
        {
            From = append.To,
            To = append.From,
            Term = append.Term,
            Success = true,
            MatchIndex = new LogIndex(append.PreviousIndex.Value + append.Entries.Count),
        };
        world.Time.After(VirtualTime.Millisecond, () => Receive(answer, Machine.ClockUs));
    }
}
