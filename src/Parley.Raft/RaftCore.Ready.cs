namespace Parley.Raft;

/// <content>What goes out: the <see cref="Ready"/>, and what the state machine gets.</content>
internal sealed partial class RaftCore
{
    /// <summary>Committed entries in one Ready.</summary>
    private const int CommittedEntriesMax = 4096;

    // What was handed out and is not applied: the last index and the bytes of each batch.
    private readonly Queue<(LogIndex Last, long Bytes)> handedBatches = new();
    private LogIndex handedToApply;
    private LogIndex applied;
    private long handedBytes;

    public bool HasReady =>
        isHardStateNew
        || messagesNow.Count > 0
        || messagesLater.Count > 0
        || log.HandedOut < log.Last
        || readOutcomes.Count > 0
        || snapshotToFetch is not null
        || CanHandToApply
        || (Role == RaftRole.Leader
            ? isReplicationDue || IsReadRoundStartable
            : waitingReads.Count > 0 && Leader != NodeId.None);

    /// <summary>A single voter has won its election before its own vote is synced; nobody (no learner either) may hear
    /// of the term before that, or a crash could let it lead the same term twice.</summary>
    private bool LeadsUnsynced => Role == RaftRole.Leader && voters.Count == 1 && !HasCommittedInTerm;

    /// <summary>Committed and synced here, not handed out, and the state machine is not too far behind.</summary>
    private bool CanHandToApply =>
        handedToApply < LogIndex.Min(CommitIndex, log.Persisted)
        && (handedBatches.Count == 0
            || (handedBytes < options.RecentBytesMax
                && handedToApply.Value - applied.Value < options.UncommittedEntriesMax));

    /// <summary>The state machine has applied (and committed to its file) everything up to here.</summary>
    public void Applied(LogIndex index)
    {
        Invariant.Holds(index <= handedToApply);
        if (index <= applied)
        {
            return;
        }

        applied = index;
        while (handedBatches.TryPeek(out var batch) && batch.Last <= index)
        {
            handedBatches.Dequeue();
            handedBytes -= batch.Bytes;
        }

        log.Trim(applied);
    }

    /// <summary>Takes what is to be done; see <see cref="Ready"/>.</summary>
    public Ready TakeReady()
    {
        if (Role == RaftRole.Leader)
        {
            StartReadRound();
            if (isReplicationDue)
            {
                Replicate();
            }
        }
        else
        {
            SendWaitingReads();
        }

        if (isHardStateNew || LeadsUnsynced)
        {
            // A message that carries a new term or vote leaves after these are synced (dissertation §3.8).
            messagesLater.InsertRange(0, messagesNow);
            messagesNow.Clear();
        }

        var ready = new Ready
        {
            HardState = isHardStateNew ? new HardState(Term, votedFor) : null,
            EntriesToPersist = log.TakeUnwritten(),
            MessagesNow = TakeAll(messagesNow),
            MessagesAfterPersist = TakeAll(messagesLater),
            Committed = TakeCommitted(),
            Reads = TakeAll(readOutcomes),
            SnapshotToFetch = snapshotToFetch,
        };
        isHardStateNew = false;
        snapshotToFetch = null;
        return ready;
    }

    private IReadOnlyList<Entry> TakeCommitted()
    {
        if (!CanHandToApply)
        {
            return [];
        }

        var last = LogIndex.Min(CommitIndex, log.Persisted);
        var entries = log.Read(handedToApply.Next, last, CommittedEntriesMax, options.AppendBytesMax);
        Invariant.Holds(entries.Count > 0 && entries[0].Index == handedToApply.Next);
        handedToApply = entries[^1].Index;
        Invariant.Holds(handedToApply <= last);
        var bytes = 0L;
        for (var i = 0; i < entries.Count; i++)
        {
            bytes += EntryRing.CostOf(entries[i]);
        }

        handedBytes += bytes;
        handedBatches.Enqueue((handedToApply, bytes));
        return entries;
    }

    private static T[] TakeAll<T>(List<T> items)
    {
        if (items.Count == 0)
        {
            return [];
        }

        var taken = items.ToArray();
        items.Clear();
        return taken;
    }
}
