namespace Parley.Core;

/// <summary>
/// The replicated state of the chat: a deterministic function of the log, in one SQLite file. One applier thread calls
/// everything here but <see cref="Directory"/> and <see cref="OpenReader"/>, which any thread may use.
/// </summary>
internal sealed class ChatState : IDisposable
{
    /// <summary>The highest state version this program knows.</summary>
    public const int StateVersionMax = 1;

    public long AppliedIndex => throw new NotSupportedException("not built yet");

    public long AppliedTerm => throw new NotSupportedException("not built yet");

    /// <summary>Log time of the last entry applied, microseconds since 1970-01-01T00:00:00Z.</summary>
    public long LastTimeUs => throw new NotSupportedException("not built yet");

    /// <summary>The state version in force, from 1.</summary>
    public int StateVersion => throw new NotSupportedException("not built yet");

    /// <summary>Of everything up to <see cref="AppliedIndex"/>; equal on all nodes at equal index and version.</summary>
    public StateDigest Digest => throw new NotSupportedException("not built yet");

    /// <summary>Accounts and live sessions as of the last COMMIT; thread-safe, in memory.</summary>
    public ChatDirectory Directory => throw new NotSupportedException("not built yet");

    /// <summary>Opens or creates the file.</summary>
    public static ChatState Open(string path) => throw new NotSupportedException("not built yet");

    /// <summary>A state without a file, for tests and the simulator.</summary>
    public static ChatState OpenInMemory() => throw new NotSupportedException("not built yet");

    /// <summary>
    /// Applies entries in order (the first is <see cref="AppliedIndex"/> + 1; earlier ones are skipped without effect)
    /// in one transaction holding effects, outcomes and applied index.
    /// </summary>
    /// <exception cref="UnknownStateVersionException">An entry needs a version this program does not know; everything
    /// before it was applied.</exception>
    public ApplyResult Apply(IReadOnlyList<CommittedEntry> entries) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Checkpoints the WAL; the index up to which the Raft log may be cut now (an earlier one when readers
    /// were in the way).</summary>
    public long Checkpoint() => throw new NotSupportedException("not built yet");

    /// <summary>Writes a consistent copy to a new file (VACUUM INTO); not synced yet. May be called on a thread of its
    /// own while Apply goes on.</summary>
    public SnapshotFacts WriteSnapshot(string path) => throw new NotSupportedException("not built yet");

    /// <summary>Reads a snapshot file, checks it by full scan (integrity, digest) and says what it holds.</summary>
    /// <exception cref="StateDamagedException">It is not whole.</exception>
    public static SnapshotFacts VerifySnapshot(string path) => throw new NotSupportedException("not built yet");

    /// <summary>A reader with a connection of its own; one thread at a time; rent and return them.</summary>
    public ChatReader OpenReader() => throw new NotSupportedException("not built yet");

    public void Dispose() => throw new NotSupportedException("not built yet");
}

/// <summary>What a snapshot file holds.</summary>
internal sealed record SnapshotFacts(
    long AppliedIndex, long AppliedTerm, long LastTimeUs, int StateVersion, StateDigest Digest);

/// <summary>A sum of row hashes: equal states have equal digests.</summary>
internal readonly record struct StateDigest(UInt128 Value)
{
    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>The state file cannot be used: the node must be replaced or restored.</summary>
internal sealed class StateDamagedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An entry needs a newer program; the node stops before it.</summary>
internal sealed class UnknownStateVersionException(string message) : Exception(message);
