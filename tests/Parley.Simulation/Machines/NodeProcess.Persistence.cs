using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Checks;
using Parley.Simulation.Disk;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Machines;

/// <summary>The disk thread: takes what waits, writes it, syncs once, then lets out what rests on it.</summary>
internal sealed partial class NodeProcess
{
    private readonly List<DiskJob> diskQueue = [];
    private bool diskIsBusy;

    private bool DiskIsIdle => !diskIsBusy && diskQueue.Count == 0;

    private void Persist(Ready ready)
    {
        if (ready.HardState is null && ready.EntriesToPersist.Count == 0 && ready.MessagesAfterPersist.Count == 0)
        {
            return;
        }

        AnswerBeforeSync(ready);
        Enqueue(DiskJob.Of(ready));
    }

    private void Enqueue(DiskJob job)
    {
        diskQueue.Add(job);
        WriteNext();
    }

    private void WriteNext()
    {
        if (diskIsBusy || diskQueue.Count == 0)
        {
            return;
        }

        diskIsBusy = true;
        DiskJob[] jobs = [.. diskQueue];
        diskQueue.Clear();
        world.Time.After(world.DrawSyncTime(), () => WhenAwake(() => Write(jobs)));
    }

    private void Write(DiskJob[] jobs)
    {
        try
        {
            DrawDiskFaults();
            foreach (var job in jobs)
            {
                Machine.BeingWritten.Add(job);
                WriteOne(job);
            }

            SyncIfNeeded(jobs);
            disk.CrashAt(-1);
            disk.FailAt(-1);
        }
        catch (CrashedException died)
        {
            world.Hit(died.During);
            Machine.Crash(world.Random.Chance(world.Scenario.Machine.PowerLossShare));
            return;
        }
        catch (StorageFailedException)
        {
            world.Hit(Failpoint.StorageFailed);

            // What is on disk after a failed write or sync is unknown: as after a loss of power.
            Machine.Crash(losesPower: true);
            return;
        }

        diskIsBusy = false;
        Synced(jobs);
        WriteNext();
        PumpSoon();
    }

    private void DrawDiskFaults()
    {
        if (world.IsHealed)
        {
            return;
        }

        if (world.Random.Chance(world.Scenario.Machine.CrashAtSyncRate))
        {
            disk.CrashAt(world.Random.Between(0, 3));
        }

        if (world.Random.Chance(world.Scenario.Disk.IoErrorRate))
        {
            disk.FailAt(world.Random.Between(0, 2));
        }
    }

    private void WriteOne(DiskJob job)
    {
        if (job.Install is { } mark)
        {
            log.InstallSnapshot(mark);
        }
        else if (job.CutTo is { } index)
        {
            log.CutTo(index);
            world.Hit(Failpoint.LogCut);
        }
        else if (job.HardState is not null || job.Entries.Count > 0)
        {
            log.Append(job.HardState, WithoutForgotten(job.Entries));
        }
    }

    private void SyncIfNeeded(DiskJob[] jobs)
    {
        foreach (var job in jobs)
        {
            if (job.HardState is not null || job.Entries.Count > 0)
            {
                log.Sync();
                return;
            }
        }
    }

    private void Synced(DiskJob[] jobs)
    {
        foreach (var job in jobs)
        {
            Remember(job);
        }

        Machine.BeingWritten.Clear();
        CheckLog();
        foreach (var job in jobs)
        {
            foreach (var message in job.Messages)
            {
                Send(message);
                CrashAfterVote(message);
            }

            if (job.Entries.Count > 0)
            {
                world.Trace.Mix(
                    TraceKind.Synced, world.Time.NowUs, Machine.Id.Value, job.Entries[^1].Index.Value);
                Core.Persisted(job.Entries[^1].Index, job.Entries[^1].Term);
                NoteCommit();
            }

            if (job.Install is { } mark)
            {
                isReplaced = true;
                CrashInInstall();
                world.Time.After(world.DrawSyncTime(), () => WhenAwake(() => Installed(mark)));
            }
        }

        InstallWhenIdle();
    }

    private void CrashInInstall()
    {
        if (!world.IsHealed && world.Random.Chance(world.Scenario.Machine.CrashAtInstallRate))
        {
            var losesPower = world.Random.Chance(world.Scenario.Machine.PowerLossShare);
            world.Time.After(0, () => WhenAwake(() => Machine.Crash(losesPower)));
        }
    }

    private void CrashAfterVote(Message message)
    {
        if (message is Message.VoteResponse { IsPreVote: false, Granted: true } && !world.IsHealed
            && world.Random.Chance(world.Scenario.Machine.CrashAtVoteRate))
        {
            world.Hit(Failpoint.VoteSyncedThenCrash);
            var losesPower = world.Random.Chance(world.Scenario.Machine.PowerLossShare);
            var downUs = world.Random.Between(0, 20_000);
            world.Time.After(0, () => WhenAwake(() => Machine.Crash(losesPower, downUs)));
        }
    }

    private void Remember(DiskJob job)
    {
        var synced = Machine.Synced;
        world.Consensus.Voting(this, job.HardState);
        synced.HardState = job.HardState ?? synced.HardState;
        synced.Replace(job.Entries);
        if (job.Install is { } mark)
        {
            synced.Install(mark);
            View.Install(mark);
        }

        if (job.CutTo is not null)
        {
            synced.Install(log.Base);
            View.Install(log.Base);
        }
    }

    private void CheckLog()
    {
        var synced = Machine.Synced;
        var term = log.FindTerm(log.LastIndex);
        if (log.LastIndex.Value != synced.LastIndex || term?.Value != synced.LastTerm
            || !log.Membership.Members.SequenceEqual(synced.Membership.Members))
        {
            throw new PropertyBrokenException(
                Properties.DiskHoldsTheLog,
                $"{Machine.Id} log ends at {log.LastIndex} of {term}, "
                + $"handed to it were {synced.LastIndex} of t{synced.LastTerm}");
        }
    }

    /// <summary>Planted bugs: what rests on a sync leaves before it.</summary>
    private void AnswerBeforeSync(Ready ready)
    {
        foreach (var message in ready.MessagesAfterPersist)
        {
            if ((world.Plant == Plant.AppendAnsweredBeforeSync && message is Message.AppendResponse)
                || (world.Plant == Plant.VoteAnsweredBeforeSync && message is Message.VoteResponse))
            {
                Send(message);
            }
        }

        if (world.Plant == Plant.LeaderCountsUnsynced && ready.EntriesToPersist.Count > 0)
        {
            var last = ready.EntriesToPersist[^1];
            world.Time.After(0, () => WhenAwake(() =>
            {
                Core.Persisted(last.Index, last.Term);
                NoteCommit();
                PumpSoon();
            }));
        }
    }

    /// <summary>Planted bug: the disk keeps its old entries where the leader's differ.</summary>
    private IReadOnlyList<Entry> WithoutForgotten(IReadOnlyList<Entry> entries) =>
        world.Plant != Plant.TruncationForgotten ? entries : [.. entries.Where(e => e.Index > log.LastIndex)];
}
