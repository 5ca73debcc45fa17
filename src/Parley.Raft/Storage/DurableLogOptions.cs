namespace Parley.Raft.Storage;

/// <summary>DurableLog's measures.</summary>
internal sealed record DurableLogOptions
{
    /// <summary>Length of a segment file, written with zeros ahead of need. A node's first start waits for one (16 MiB:
    /// some 50 ms); a batch that is larger gets a larger segment.</summary>
    public int SegmentBytes { get; init; } = 16 << 20;
}

/// <summary>A record before the durable end of the log is bad: nothing of the log may be used; the node must be
/// replaced.</summary>
internal sealed class LogDamagedException(string message) : Exception(message);

/// <summary>A write or sync failed: what is on disk is unknown, the process must end (exit code 11).</summary>
internal sealed class StorageFailedException(string message, Exception? inner = null) : Exception(message, inner);
