using Parley.Raft.Storage;
using Parley.Simulation.Checks;
using Parley.Simulation.Time;

namespace Parley.Simulation.Disk;

/// <summary>
/// Stands between the log and its disk: fails an operation, or lets the process die in the middle of one. After that
/// nothing of this process reaches the disk any more.
/// </summary>
internal sealed class FaultyDirectory(IStorageDirectory inner, SeededRandom random) : IStorageDirectory
{
    private int operationsUntilCrash = -1;
    private int operationsUntilFailure = -1;
    private bool isDead;

    /// <summary>A planted bug: syncs return without having synced.</summary>
    public bool SyncsLie { get; init; }

    /// <summary>The process dies at this operation from now, 0 being the next; -1: not.</summary>
    public void CrashAt(int operations) => operationsUntilCrash = operations;

    /// <summary>An input/output error at this operation from now; -1: none.</summary>
    public void FailAt(int operations) => operationsUntilFailure = operations;

    public IReadOnlyList<string> ListFiles() => inner.ListFiles();

    public IStorageFile Create(string name, long bytes)
    {
        Operate(Failpoint.CrashedAtNames);
        return new FaultyFile(this, inner.Create(name, bytes));
    }

    public IStorageFile Open(string name) => new FaultyFile(this, inner.Open(name));

    public void Rename(string from, string to)
    {
        Operate(Failpoint.CrashedAtNames);
        inner.Rename(from, to);
    }

    public void Delete(string name)
    {
        Operate(Failpoint.CrashedAtNames);
        inner.Delete(name);
    }

    public void SyncDirectory()
    {
        Operate(Failpoint.CrashedAtNames);
        inner.SyncDirectory();
    }

    private void Operate(Failpoint during)
    {
        if (isDead)
        {
            throw new CrashedException(during);
        }

        if (operationsUntilCrash-- == 0)
        {
            isDead = true;
            throw new CrashedException(during);
        }

        if (operationsUntilFailure-- == 0)
        {
            isDead = true;
            throw new StorageFailedException("simulated input/output error");
        }
    }

    /// <summary>How much of a write comes through: whole sectors only.</summary>
    private int DrawLength(long offset, int length)
    {
        var end = offset + random.Between(0, length);
        return (int)Math.Max(0, end - (end % SimulatedDirectory.SectorBytes) - offset);
    }

    /// <summary>A file whose writes may end in the middle.</summary>
    private sealed class FaultyFile(FaultyDirectory directory, IStorageFile inner) : IStorageFile
    {
        public long Length => inner.Length;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            try
            {
                directory.Operate(Failpoint.CrashedInWrite);
            }
            catch (Exception) when (bytes.Length > 0)
            {
                inner.Write(offset, bytes[..directory.DrawLength(offset, bytes.Length)]);
                throw;
            }

            inner.Write(offset, bytes);
        }

        public int Read(long offset, Span<byte> bytes) => inner.Read(offset, bytes);

        public void Sync()
        {
            directory.Operate(Failpoint.CrashedBeforeSync);
            if (!directory.SyncsLie)
            {
                inner.Sync();
            }
        }

        public void Dispose() => inner.Dispose();
    }

}

/// <summary>The simulated process died inside a disk operation.</summary>
internal sealed class CrashedException(Failpoint during) : Exception("crashed inside a disk operation")
{
    /// <summary>Which kind of operation.</summary>
    public Failpoint During { get; } = during;
}
