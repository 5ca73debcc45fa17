using Parley.Raft;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>
/// The thread that owns the log: writes all Readys that wait with one sync (group commit), and only then sends what
/// depends on it and reports it. A failure ends the process.
/// </summary>
internal sealed class LogWriter(NodeParts parts, DurableLog log)
{
    /// <summary>While a snapshot is fetched the log may grow to this many times what is kept otherwise.</summary>
    private const int GrowthMax = 4;

    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(1);

    private readonly List<Ready> unsynced = [];

    public void Run()
    {
        while (true)
        {
            foreach (var input in parts.Mail.Writer.TakeAll(WaitMax))
            {
                if (input is WriterInput.Write write)
                {
                    log.Append(write.Ready.HardState, write.Ready.EntriesToPersist);
                    unsynced.Add(write.Ready);
                    continue;
                }

                SyncAndTell();
                switch (input)
                {
                    case WriterInput.Checkpointed checkpointed:
                        Cut(checkpointed.Index);
                        break;
                    case WriterInput.Install install:
                        parts.Store.NoteIfRemoved(install.Mark.Index, install.Mark.Membership);
                        log.InstallSnapshot(install.Mark);
                        parts.Mail.Applier.Post(new ApplierInput.Replace(install.Mark));
                        break;
                    case WriterInput.Stop:
                        return;
                    default:
                        throw new InvariantBrokenException($"unknown input {input}");
                }
            }

            SyncAndTell();
        }
    }

    private void SyncAndTell()
    {
        if (unsynced.Count == 0)
        {
            return;
        }

        if (unsynced.Exists(ready => ready.HardState is not null || ready.EntriesToPersist.Count > 0))
        {
            var begin = parts.Time.GetTimestamp();
            log.Sync();
            parts.Metrics.Synced(parts.Time.GetElapsedTime(begin), unsynced.Sum(ready => ready.EntriesToPersist.Count));
        }

        List<(LogIndex, Term)>? ends = null;
        var isAwaited = false;
        foreach (var ready in unsynced)
        {
            foreach (var message in ready.MessagesAfterPersist)
            {
                parts.Peers.Send(message);
            }

            if (ready.EntriesToPersist.Count > 0)
            {
                var end = ready.EntriesToPersist[^1];
                (ends ??= []).Add((end.Index, end.Term));
                isAwaited |= ready.MessagesAfterPersist.Count == 0;
            }
        }

        unsynced.Clear();
        if (ends is null)
        {
            return;
        }

        if (isAwaited)
        {
            parts.Mail.Loop.Post(new LoopInput.Persisted(ends));
        }
        else
        {
            // A follower's loop can do nothing with them before the leader, who has just been told, says that they are
            // committed: that message wakes it.
            parts.Mail.Loop.PostQuietly(new LoopInput.Persisted(ends));
        }
    }

    /// <summary>Keeps a tail for followers that lag, so that few ever need a snapshot, and what a snapshot that is
    /// being fetched must be continued with.</summary>
    private void Cut(LogIndex checkpointed)
    {
        var kept = (long)parts.Options.LogKeptMib << 20;
        var entries = log.LastIndex.Value - log.Base.Index.Value;
        if (log.BytesOnDisk <= kept || entries == 0)
        {
            return;
        }

        // Half of it goes, by the average entry: then it grows again for a while without a cut.
        var tail = entries * (kept / 2) / log.BytesOnDisk;
        var index = Math.Min(checkpointed.Value, log.LastIndex.Value - tail);
        if (log.BytesOnDisk <= kept * GrowthMax && parts.Store.Snapshots.InUse is { } snapshot)
        {
            index = Math.Min(index, snapshot.Index.Value);
        }

        if (index > log.Base.Index.Value)
        {
            log.CutTo(new LogIndex(index));
        }
    }
}
