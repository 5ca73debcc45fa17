namespace Parley.Raft.Storage;

/// <summary>
/// The few things the log asks of a directory on a disk. Implemented by POSIX calls and by the simulator's disk, which
/// loses what was not synced. Every failure is a <see cref="StorageFailedException"/>.
/// </summary>
internal interface IStorageDirectory
{
    /// <summary>Names of the files in it, ordinal order.</summary>
    IReadOnlyList<string> ListFiles();

    /// <summary>Creates a file of this many zero bytes; they are durable, its name only after
    /// <see cref="SyncDirectory"/>.</summary>
    IStorageFile Create(string name, long bytes);

    /// <summary>A hint: <see cref="Create"/> of this name and length will come soon; its zeros may be written
    /// meanwhile, and the file may show up under this name before.</summary>
    void Prepare(string name, long bytes)
    {
    }

    /// <summary>Opens an existing file for reading and writing.</summary>
    IStorageFile Open(string name);

    void Rename(string from, string to);

    void Delete(string name);

    /// <summary>Makes creations, renames and deletions durable (fsync of the directory).</summary>
    void SyncDirectory();
}

/// <summary>A file of an <see cref="IStorageDirectory"/>.</summary>
internal interface IStorageFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes all of it or throws.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Reads as much as there is; the count is smaller than asked only at the end of the file.</summary>
    int Read(long offset, Span<byte> bytes);

    /// <summary>Makes what was written durable (fdatasync).</summary>
    void Sync();
}
