using Parley.Core;
using Parley.Core.Agreement;
using Parley.Raft;
using Parley.Simulation.Checks;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Machines;

/// <summary>The applier, and the making of snapshots behind it.</summary>
internal sealed partial class NodeProcess
{
    private readonly Queue<Entry> applyQueue = new();
    private readonly List<(long Index, Action Action)> waitingForApplied = [];
    private bool applierIsBusy;
    private long lastSnapshotIndex;

    private void ApplyLater(IReadOnlyList<Entry> entries)
    {
        foreach (var entry in entries)
        {
            applyQueue.Enqueue(entry);
        }

        ApplyNext();
    }

    private void ApplyNext()
    {
        if (applierIsBusy || applyQueue.Count == 0)
        {
            return;
        }

        applierIsBusy = true;
        world.Time.After(world.Random.Exponential(world.Scenario.Node.ApplyMeanUs), () => WhenAwake(ApplyBatch));
    }

    private void ApplyBatch()
    {
        applierIsBusy = false;
        var batch = new List<Entry>();
        var most = world.Random.Between(1, Math.Max(1, applyQueue.Count));
        while (batch.Count < most && applyQueue.TryDequeue(out var entry))
        {
            if (entry.Index.Value <= state.AppliedIndex)
            {
                continue;
            }

            batch.Add(entry);
            if (DigestMarks.IsAfter(entry.Index.Value, entry.TimeUs, lastTimeUs))
            {
                break; // A digest is known where a batch ends.
            }

            lastTimeUs = entry.TimeUs;
        }

        if (batch.Count > 0 && !isInstalling)
        {
            Apply(batch);
            NoteMark(batch[^1]);
        }

        ApplyNext();
    }

    private void Apply(IReadOnlyList<Entry> entries)
    {
        world.Consensus.Applying(this, entries);
        foreach (var entry in entries.Where(entry => entry.Kind == EntryKind.Membership))
        {
            appliedMembership = MembershipCodec.Decode(entry.Payload.Span);
            tenure.Tell(entry.Index, appliedMembership);
        }

        var result = state.Apply([.. entries.Select(Committed)]);
        world.Trace.Mix(TraceKind.Applied, world.Time.NowUs, Machine.Id.Value, result.AppliedIndex);
        world.Consensus.StateAt(this, state.AppliedIndex, state.Digest);
        Core.Applied(new LogIndex(state.AppliedIndex));
        NoteRefusals(result);
        Settle(result);
        Ring(result);
        RunWaitingForApplied();
        if (world.Scenario.Node.SnapshotEveryEntries > 0
            && state.AppliedIndex - lastSnapshotIndex >= world.Scenario.Node.SnapshotEveryEntries)
        {
            MakeSnapshot();
        }

        PumpSoon();
    }

    private void NoteRefusals(ApplyResult result)
    {
        foreach (var command in result.Commands)
        {
            switch (command.Outcome)
            {
                case Outcome.Rejected { Reason: Rejection.TooLate }:
                    world.Hit(Failpoint.CommandTooLate);
                    break;
                case Outcome.Rejected { Reason: Rejection.StreamReplaced }:
                    world.Hit(Failpoint.StreamReplaced);
                    break;
                default:
                    break;
            }
        }
    }

    private void NoteMark(Entry last)
    {
        if (DigestMarks.IsAfter(last.Index.Value, last.TimeUs, lastTimeUs))
        {
            lastTimeUs = last.TimeUs;
            digests.Noted(state.AppliedIndex, state.Digest);
        }
    }

    private CommittedEntry Committed(Entry entry)
    {
        var payload = entry.Kind == EntryKind.Command ? entry.Payload : default;
        if (world.Plant == Plant.StateAltered && world.Minority.Count > 0 && Machine == world.Minority[0])
        {
            payload = Commands.WithLongerLease(payload);
        }

        if (world.Plant == Plant.EntrySkipped && world.Random.Chance(0.01))
        {
            payload = default;
        }

        if (world.Plant == Plant.ChangeDoneAgain)
        {
            payload = Commands.WithRequestOfItsOwn(payload, entry.Index.Value);
        }

        var timeUs = world.Plant == Plant.ClockInApply ? Machine.ClockUs : entry.TimeUs;
        return new CommittedEntry(entry.Index.Value, entry.Term.Value, timeUs, payload);
    }

    /// <summary>Runs it once the state has applied the index, or the other when that takes too long.</summary>
    private void WhenApplied(long index, long timeoutUs, Action action, Action? tooLate)
    {
        if (state.AppliedIndex >= index)
        {
            action();
            return;
        }

        var isSettled = false;
        waitingForApplied.Add((index, () => Settle(action)));
        world.Time.After(timeoutUs, () => WhenAwake(() => Settle(tooLate)));

        void Settle(Action? what)
        {
            if (!isSettled)
            {
                isSettled = true;
                what?.Invoke();
            }
        }
    }

    private void RunWaitingForApplied()
    {
        if (waitingForApplied.Count == 0)
        {
            return;
        }

        var due = waitingForApplied.FindAll(w => w.Index <= state.AppliedIndex);
        waitingForApplied.RemoveAll(w => w.Index <= state.AppliedIndex);
        foreach (var (_, action) in due)
        {
            action();
        }
    }

    private void MakeNeededSnapshot()
    {
        if (Core.NeedsSnapshot && state.AppliedIndex > lastSnapshotIndex && !isInstalling)
        {
            MakeSnapshot();
        }
    }

    /// <summary>What an earlier life made can still be handed to followers.</summary>
    private void OfferCheckpoint()
    {
        if (Machine.Files.Checkpoint is { } snapshot)
        {
            lastSnapshotIndex = snapshot.Facts.AppliedIndex;
            Core.SnapshotMade(snapshot.Mark.Index, snapshot.Mark.Term);
        }
    }

    /// <summary>A checkpoint of the state; the log in front of it may go.</summary>
    private void MakeSnapshot()
    {
        var ruling = world.Plant == Plant.SnapshotNamesFounders ? world.Membership : appliedMembership;
        var snapshot = Machine.Files.MakeSnapshot(state, ruling);
        lastSnapshotIndex = snapshot.Facts.AppliedIndex;
        digests.Noted(snapshot.Facts.AppliedIndex, snapshot.Facts.Digest);
        if (snapshot.Facts.AppliedIndex != state.AppliedIndex || snapshot.Facts.Digest != state.Digest)
        {
            throw new PropertyBrokenException(
                Properties.SnapshotMatchesMark, $"{Machine.Id} snapshot at {snapshot.Facts.AppliedIndex}");
        }

        Core.SnapshotMade(snapshot.Mark.Index, snapshot.Mark.Term);
        Enqueue(new DiskJob { CutTo = snapshot.Mark.Index });
        PumpSoon();
    }
}
