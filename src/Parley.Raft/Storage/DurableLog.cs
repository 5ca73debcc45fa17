namespace Parley.Raft.Storage;

/// <summary>
/// The write-ahead log on disk: append-only checksummed segments holding entries, hard state and snapshot marks.
/// One writer thread calls the mutating members; <see cref="IStoredLog"/> may be read from the loop meanwhile.
/// </summary>
internal sealed class DurableLog : IStoredLog, IDisposable
{
    public SnapshotMark Base => throw new NotSupportedException("not built yet");

    public LogIndex LastIndex => throw new NotSupportedException("not built yet");

    public Membership Membership => throw new NotSupportedException("not built yet");

    /// <summary>As recovered, then as last appended.</summary>
    public HardState HardState => throw new NotSupportedException("not built yet");

    /// <summary>Bytes of all segments.</summary>
    public long BytesOnDisk => throw new NotSupportedException("not built yet");

    /// <summary>Opens (and repairs a torn tail of, or creates) the log in a directory.</summary>
    /// <exception cref="LogDamagedException">A record before the durable end is bad.</exception>
    /// <param name="files">The directory of the log.</param>
    /// <param name="options">Measures.</param>
    /// <param name="initial">What a fresh log begins at: index 0 and the formed membership; ignored otherwise.</param>
    public static DurableLog Open(IStorageDirectory files, DurableLogOptions options, SnapshotMark initial) =>
        throw new NotSupportedException("not built yet");

    public Term? FindTerm(LogIndex index) => throw new NotSupportedException("not built yet");

    public IReadOnlyList<Entry> ReadEntries(LogIndex first, LogIndex last, int bytesMax) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Buffers; on disk only after <see cref="Sync"/>.</summary>
    public void Append(HardState? hardState, IReadOnlyList<Entry> entries) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Writes what is buffered and syncs once (fdatasync). A failure throws
    /// <see cref="StorageFailedException"/> and the log is dead: the process must end.</summary>
    public void Sync() => throw new NotSupportedException("not built yet");

    /// <summary>Syncs a snapshot mark: the log begins there, and everything it had is void unless it goes beyond the
    /// mark and matches it.</summary>
    public void InstallSnapshot(SnapshotMark mark) => throw new NotSupportedException("not built yet");

    /// <summary>Removes whole segments that hold nothing after this index; <see cref="Base"/> moves up. The caller has a
    /// durable state up to it.</summary>
    public void CutTo(LogIndex index) => throw new NotSupportedException("not built yet");

    public void Dispose() => throw new NotSupportedException("not built yet");
}

/// <summary>DurableLog's measures.</summary>
internal sealed record DurableLogOptions
{
    public int SegmentBytes { get; init; } = 64 << 20;
}

/// <summary>A record before the durable end of the log is bad: nothing of the log may be used; the node must be
/// replaced.</summary>
internal sealed class LogDamagedException(string message) : Exception(message);

/// <summary>A write or sync failed: what is on disk is unknown, the process must end (exit code 11).</summary>
internal sealed class StorageFailedException(string message, Exception? inner = null) : Exception(message, inner);
