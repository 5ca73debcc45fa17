namespace Parley.Raft.Storage;

/// <summary>
/// The write-ahead log on disk: append-only checksummed segments holding entries, hard state and snapshot marks
/// (docs/log-format.md). One writer thread calls the mutating members; <see cref="IStoredLog"/> and the properties may
/// be read from any thread meanwhile, and show what is synced.
/// </summary>
internal sealed partial class DurableLog : IStoredLog, IDisposable
{
    private readonly Lock gate = new();
    private readonly LogFiles files;
    private readonly LogState state;
    private readonly BatchBuffer batch = new();
    private readonly List<PendingEntry> pendingEntries = [];
    private HardState? pendingHardState;
    private bool isDead;

    private DurableLog(LogFiles files, LogState state)
    {
        this.files = files;
        this.state = state;
    }

    public SnapshotMark Base
    {
        get
        {
            lock (gate)
            {
                return state.Base;
            }
        }
    }

    public LogIndex LastIndex
    {
        get
        {
            lock (gate)
            {
                return state.LastIndex;
            }
        }
    }

    public Membership Membership
    {
        get
        {
            lock (gate)
            {
                return state.Membership;
            }
        }
    }

    public IReadOnlyList<(LogIndex Index, Membership Membership)> Memberships
    {
        get
        {
            lock (gate)
            {
                return [.. state.Entries.Memberships];
            }
        }
    }

    /// <summary>The membership in force at an entry, from the base on; there are no later ones than the newest.
    /// </summary>
    public Membership MembershipAt(LogIndex index)
    {
        lock (gate)
        {
            return state.Entries.FindMembership(index) ?? state.Base.Membership;
        }
    }

    /// <summary>As recovered, then as last appended.</summary>
    public HardState HardState
    {
        get
        {
            lock (gate)
            {
                return pendingHardState ?? state.HardState;
            }
        }
    }

    /// <summary>Bytes of all segments.</summary>
    public long BytesOnDisk => files.BytesOnDisk;

    private LogIndex LastAppended => pendingEntries.Count > 0 ? pendingEntries[^1].Facts.Index : state.LastIndex;

    /// <summary>Opens (and repairs a torn tail of, or creates) the log in a directory.</summary>
    /// <exception cref="LogDamagedException">A record before the durable end is bad.</exception>
    /// <param name="files">The directory of the log.</param>
    /// <param name="options">Measures.</param>
    /// <param name="initial">What a fresh log begins at: index 0 and the formed membership; ignored otherwise.</param>
    public static DurableLog Open(IStorageDirectory files, DurableLogOptions options, SnapshotMark initial)
    {
        var recovered = LogRecovery.Recover(files);
        var logFiles = new LogFiles(files, options);
        if (recovered is not null)
        {
            logFiles.GoOn(recovered);
            return new DurableLog(logFiles, recovered.State);
        }

        var fresh = new LogState(initial, initial.Index, default, firstSegment: 1);
        logFiles.CreateFirst(fresh);
        return new DurableLog(logFiles, fresh);
    }

    /// <summary>Buffers; on disk, and seen by readers, only after <see cref="Sync"/>.</summary>
    /// <param name="hardState">null: unchanged.</param>
    /// <param name="entries">Ascending, without gap; the first at most one after the last appended. It supersedes what
    /// was there from it on.</param>
    public void Append(HardState? hardState, IReadOnlyList<Entry> entries)
    {
        Invariant.Holds(!isDead);
        if (hardState is not null)
        {
            LogRecord.AppendHardState(batch, hardState.Value);
            lock (gate)
            {
                pendingHardState = hardState;
            }
        }

        for (var i = 0; i < entries.Count; i++)
        {
            var entry = entries[i];
            Invariant.Holds(entry.Index > state.Base.Index && entry.Index <= LastAppended.Next);
            Invariant.Holds(i == 0 || entry.Index == LastAppended.Next);
            pendingEntries.Add(new PendingEntry(
                new EntryFacts(entry.Index, entry.Term, entry.Kind, entry.TimeUs),
                entry.Kind == EntryKind.Membership ? MembershipCodec.Decode(entry.Payload.Span) : null,
                batch.NextPlace));
            LogRecord.AppendEntry(batch, entry);
        }
    }

    /// <summary>Writes what is buffered and syncs once (fdatasync); nothing when nothing is buffered. A failure throws
    /// <see cref="StorageFailedException"/> and the log is dead: the process must end.</summary>
    public void Sync()
    {
        Invariant.Holds(!isDead);
        if (batch.IsEmpty)
        {
            return;
        }

        isDead = true;
        var start = files.Write(batch, state);
        var segment = files.Active.Number;
        lock (gate)
        {
            state.HardState = pendingHardState ?? state.HardState;
            pendingHardState = null;
            foreach (var entry in pendingEntries)
            {
                state.Entries.Add(entry.Facts, entry.Membership, new EntryPlace(segment, start + entry.Place));
            }
        }

        pendingEntries.Clear();
        batch.Clear();
        isDead = false;
    }

    public void Dispose() => files.Dispose();

    /// <summary>An entry in the buffer.</summary>
    /// <param name="Facts">What the table of entries needs.</param>
    /// <param name="Membership">Decoded, of an entry of that kind.</param>
    /// <param name="Place">Where its record begins, counted from the batch's begin.</param>
    private readonly record struct PendingEntry(EntryFacts Facts, Membership? Membership, int Place);
}
