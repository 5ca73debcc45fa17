namespace Parley.Raft;

/// <summary>
/// What RaftCore wants done. Duties of the caller, in this order for each Ready and Readys in order:
/// (1) send <see cref="MessagesNow"/> at any time;
/// (2) write <see cref="HardState"/> and <see cref="EntriesToPersist"/> to the log, sync once, and only then
/// (3) send <see cref="MessagesAfterPersist"/> and call <c>RaftCore.Persisted</c>;
/// (4) a failed write or sync stops the process: what the page cache holds then is unknown;
/// (5) apply <see cref="Committed"/> in order (they are committed and synced in the own log) and call
/// <c>RaftCore.Applied</c>. (1)–(3) and (5) may run on different threads; the core is only ever called from its loop.
/// </summary>
internal sealed class Ready
{
    /// <summary>To be synced before anything of <see cref="MessagesAfterPersist"/> leaves; null when
    /// unchanged.</summary>
    public HardState? HardState { get; init; }

    /// <summary>Ascending, without gap; the first may be at or below the last one written: it replaces it and all
    /// after it (only ever at a conflict, dissertation §3.5).</summary>
    public IReadOnlyList<Entry> EntriesToPersist { get; init; } = [];

    /// <summary>The leader's appends among them: its disk and the network work in parallel (dissertation
    /// §10.2.1).</summary>
    public IReadOnlyList<Message> MessagesNow { get; init; } = [];

    /// <summary>Votes, and successes of appends.</summary>
    public IReadOnlyList<Message> MessagesAfterPersist { get; init; } = [];

    /// <summary>Next entries for the state machine, ascending, without gap.</summary>
    public IReadOnlyList<Entry> Committed { get; init; } = [];

    /// <summary>Read indexes that were confirmed or given up.</summary>
    public IReadOnlyList<ReadOutcome> Reads { get; init; } = [];

    /// <summary>A snapshot to be fetched from the leader; answered by <c>RaftCore.SnapshotInstalled</c> or nothing
    /// (the leader offers again).</summary>
    public Message.SnapshotOffer? SnapshotToFetch { get; init; }
}

/// <summary>The end of a read-index request.</summary>
/// <param name="Number">The number given to <c>RaftCore.ReadIndex</c>.</param>
/// <param name="Index">A state that has applied this index answers linearizably; null: no leader confirmed it, ask
/// again.</param>
internal readonly record struct ReadOutcome(long Number, LogIndex? Index);
