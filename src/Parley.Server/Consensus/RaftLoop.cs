using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// The thread that owns RaftCore: takes what waits, steps, then does what the Readys say. It never blocks: disk, state
/// and network have threads of their own behind it. Starts before anything is in its mailbox is lost.
/// </summary>
internal sealed partial class RaftLoop : IProposalDoor
{
    /// <summary>A tick of RaftCore.</summary>
    public static readonly TimeSpan TickLength = TimeSpan.FromMilliseconds(10);

    /// <summary>After a gap (a pause of the process, a starved machine) time goes on, but does not catch up: others'
    /// messages come first, and an election must not begin for want of reading them.</summary>
    private const int TicksAtOnceMax = 3;
    private const int TicksPerPicture = 10;

    /// <summary>A node whose disk takes longer than this for what it was handed, or that is not given for so long what
    /// it hears of, does not serve; a leader with such a disk lets another lead: its own clients would wait for it, and
    /// in the end nobody could send.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly NodeParts parts;
    private readonly RaftCore core;
    private readonly LeaderWatch watch;
    private readonly LogClock clock;
    private readonly UnappliedTags tags = new();
    private readonly SnapshotMaker snapshots;
    private readonly SnapshotFetcher fetcher;
    private readonly NodePictures pictures;
    private long lastTick;
    private int writesUnderWay;
    private long writtenAt;
    private long progressedAt;
    private int ticksToPicture;
    private LogIndex applied;
    private bool isInstalling;
    private bool isHandingOver;
    private bool isStopped;

    public RaftLoop(
        NodeParts parts,
        RaftCore core,
        LeaderWatch watch,
        SnapshotMaker snapshots,
        SnapshotFetcher fetcher,
        NodePictures pictures)
    {
        this.parts = parts;
        this.core = core;
        this.watch = watch;
        this.snapshots = snapshots;
        this.fetcher = fetcher;
        this.pictures = pictures;
        clock = new LogClock(parts.Self, parts.Time, parts.Options.ElectionTimeout * 2);
        applied = new LogIndex(parts.State.AppliedIndex);
        ReadTags();
    }

    public void Run()
    {
        lastTick = parts.Time.GetTimestamp();
        progressedAt = lastTick;
        parts.Peers.MembersAre(core.Membership);
        parts.Proposer.Attach(this);
        parts.Reads.Attach(number => parts.Mail.Loop.Post(new LoopInput.ReadIndex(number)));
        while (!isStopped)
        {
            foreach (var input in parts.Mail.Loop.TakeAll(UntilNextTick()))
            {
                Handle(input);
            }

            ProposeOwn();
            Tick();
            HandleReadys();
            TellChanges();
            TellLeader();
        }
    }

    /// <summary>It hears of entries, and for some time has applied none: they do not come, or a snapshot must come
    /// first.</summary>
    private bool IsBehind => applied < core.CommitHeard && parts.Time.GetElapsedTime(progressedAt) > Patience;

    private bool IsDiskLate => writesUnderWay > 0 && parts.Time.GetElapsedTime(writtenAt) > Patience;

    private TimeSpan UntilNextTick() => TickLength - parts.Time.GetElapsedTime(lastTick);

    private void Tick()
    {
        var due = (int)Math.Min(parts.Time.GetElapsedTime(lastTick) / TickLength, TicksAtOnceMax);
        if (due == 0)
        {
            return;
        }

        lastTick = due == TicksAtOnceMax
            ? parts.Time.GetTimestamp()
            : lastTick + (long)(due * TickLength.TotalSeconds * parts.Time.TimestampFrequency);
        for (var i = 0; i < due; i++)
        {
            core.Tick();
            TickWatch();
        }

        if (applied >= core.CommitHeard)
        {
            progressedAt = parts.Time.GetTimestamp();
        }

        if (core.Role == RaftRole.Leader && IsDiskLate)
        {
            core.TransferLeadership();
        }

        parts.Proposer.Tick();
        if (--ticksToPicture <= 0)
        {
            ticksToPicture = TicksPerPicture;
            TellPicture();
        }
    }

    private void Handle(LoopInput input)
    {
        switch (input)
        {
            case LoopInput.Received received:
                Receive(received);
                break;
            case LoopInput.Forwarded forwarded:
                ProposeForwarded(forwarded.Batch);
                break;
            case LoopInput.Persisted persisted:
                writesUnderWay -= persisted.Ends.Count;
                writtenAt = parts.Time.GetTimestamp();
                foreach (var (index, term) in persisted.Ends)
                {
                    core.Persisted(index, term);
                }

                break;
            case LoopInput.Applied up:
                AppliedUpTo(up.Index);
                break;
            case LoopInput.ReadIndex read:
                core.ReadIndex(read.Number);
                break;
            case LoopInput.ConnectionReset reset:
                Log.ConnectionReset(parts.Logger, reset.Member.Value);
                core.ConnectionReset(reset.Member);
                break;
            case LoopInput.HandOver:
                isHandingOver = true;
                core.TransferLeadership();
                break;
            case LoopInput.Transfer transfer:
                var refusal = core.TransferLeadership(transfer.To);
                transfer.Answer?.TrySetResult(refusal);
                break;
            case LoopInput.ChangeMembers asked:
                ChangeMembers(asked);
                break;
            case LoopInput.Stop:
                isStopped = true;
                break;
            default:
                HandleSnapshot(input);
                break;
        }
    }

    private void Receive(LoopInput.Received received)
    {
        if (received.ClockUs != 0)
        {
            clock.Heard(received.From, received.ClockUs, received.ReceivedAt);
        }

        if (isInstalling)
        {
            return; // As good as lost: the log under the core is being replaced.
        }

        for (var i = 0; i < received.Messages.Count; i++)
        {
            if (received.Messages[i] is Message.LeaderInquiry or Message.LeaderNews)
            {
                StepWatch(received.Messages[i]);
            }
            else
            {
                core.Step(received.Messages[i]);
            }
        }
    }

    private void AppliedUpTo(LogIndex index)
    {
        if (index > applied)
        {
            applied = index;
            progressedAt = parts.Time.GetTimestamp();
            tags.Applied(index);
            core.Applied(index);
        }
    }

    private void HandleSnapshot(LoopInput input)
    {
        switch (input)
        {
            case LoopInput.SnapshotMade made:
                core.SnapshotMade(made.Index, made.Term);
                snapshots.Told(isMade: true);
                break;
            case LoopInput.SnapshotNotMade:
                snapshots.Told(isMade: false);
                break;
            case LoopInput.SnapshotDamaged damaged:
                // Where one is still needed, the core asks for it from now on.
                core.SnapshotLost(damaged.Index, damaged.Term);
                snapshots.Damaged();
                break;
            case LoopInput.SnapshotFetched fetched:
                Invariant.Holds(!isInstalling, "one snapshot at a time is fetched, and none until it is in place");
                if (core.Role != RaftRole.Leader && fetched.Mark.Index > core.CommitIndex)
                {
                    // Everything taken so far is written before it; from here until it is in place nothing is taken.
                    HandleReadys();
                    isInstalling = true;
                    parts.Mail.Writer.Post(new WriterInput.Install(fetched.Mark));
                }
                else
                {
                    fetcher.Discard(fetched.Mark);
                }

                break;
            case LoopInput.SnapshotInstalled installed:
                isInstalling = false;
                applied = installed.Mark.Index;
                progressedAt = parts.Time.GetTimestamp();
                tags.Clear();
                core.SnapshotInstalled(installed.Mark);
                fetcher.Settled();
                parts.Proposer.ForwardAgain();
                break;
            default:
                throw new InvariantBrokenException($"unknown input {input}");
        }
    }

    private void HandleReadys()
    {
        while (!isInstalling && core.HasReady)
        {
            var ready = core.TakeReady();
            foreach (var message in ready.MessagesNow)
            {
                parts.Peers.Send(message);
            }

            for (var i = 0; i < ready.EntriesToPersist.Count; i++)
            {
                Track(ready.EntriesToPersist[i]);
            }

            if (ready.HardState is not null || ready.EntriesToPersist.Count > 0 || ready.MessagesAfterPersist.Count > 0)
            {
                if (ready.EntriesToPersist.Count > 0 && writesUnderWay++ == 0)
                {
                    writtenAt = parts.Time.GetTimestamp();
                }

                parts.Mail.Writer.Post(new WriterInput.Write(ready));
            }

            if (ready.Committed.Count > 0)
            {
                parts.Mail.Applier.Post(new ApplierInput.Apply(ready.Committed));
            }

            foreach (var read in ready.Reads)
            {
                parts.Reads.Answered(read);
            }

            if (ready.SnapshotToFetch is { } offer)
            {
                fetcher.Fetch(offer);
            }
        }

        if (core.NeedsSnapshot)
        {
            snapshots.Make();
        }
    }
}
