namespace Parley.Raft;

/// <summary>
/// The part of the log that is on disk, as RaftCore reads it back when its own window of recent entries does not reach
/// far enough. Implemented by <c>DurableLog</c>, in the program and in the simulator. Reads may come while another
/// thread appends.
/// </summary>
internal interface IStoredLog
{
    /// <summary>What comes before the first entry kept; index 0 in a fresh log.</summary>
    SnapshotMark Base { get; }

    /// <summary>The last entry written; <see cref="Base"/>'s index when there is none.</summary>
    LogIndex LastIndex { get; }

    /// <summary>The newest membership in the log, or that of <see cref="Base"/>.</summary>
    Membership Membership { get; }

    /// <summary>The memberships that stand in the log after <see cref="Base"/>, in order.</summary>
    IReadOnlyList<(LogIndex Index, Membership Membership)> Memberships { get; }

    /// <summary>The term of an entry, also at the base; null when it is not there (compacted, or not yet
    /// written).</summary>
    Term? FindTerm(LogIndex index);

    /// <summary>Entries from <paramref name="first"/> on, at least one when it exists, ending at
    /// <paramref name="last"/> or when <paramref name="bytesMax"/> of payload are reached; empty when
    /// compacted.</summary>
    IReadOnlyList<Entry> ReadEntries(LogIndex first, LogIndex last, int bytesMax);
}
