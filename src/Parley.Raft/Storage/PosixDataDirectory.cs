using Parley.Raft.Formation;

namespace Parley.Raft.Storage;

/// <summary>
/// A node's data directory: 0700, locked by one process, stamped with whose it is. First start and a wiped disk do not
/// look the same: a directory that has a log or a state but no stamp is refused.
/// </summary>
internal sealed class PosixDataDirectory : IDisposable
{
    private PosixDataDirectory()
    {
    }

    public string Path => throw new NotSupportedException("not built yet");

    /// <summary>As synced.</summary>
    public NodeStamp Stamp => throw new NotSupportedException("not built yet");

    /// <summary>Creates or opens, locks, reads or creates the stamp (synced).</summary>
    /// <exception cref="DataDirectoryRefusedException">Locked, of another node, damaged, wiped or open to others; the
    /// text says what to do; exit code 10.</exception>
    public static PosixDataDirectory Open(string path, NodeId self, Func<ulong> drawIncarnation) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Syncs another stamp of the same node and incarnation in the place of the old one.</summary>
    /// <exception cref="StorageFailedException">It failed: the process must end.</exception>
    public void WriteStamp(NodeStamp stamp) => throw new NotSupportedException("not built yet");

    /// <summary>Opens the log of a formed node; creates it at the first time, and never again.</summary>
    /// <exception cref="DataDirectoryRefusedException">There was a log and it is gone.</exception>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public DurableLog OpenLog(DurableLogOptions options) => throw new NotSupportedException("not built yet");

    public void Dispose() => throw new NotSupportedException("not built yet");
}

/// <summary>A data directory that must not be used by this process; the text says why and what to do (exit code 10).
/// </summary>
internal sealed class DataDirectoryRefusedException(string message) : Exception(message);
