namespace Parley.Raft.Storage;

/// <summary>The writing of a new file's zeros, on a thread of its own when there is time.</summary>
internal sealed class PosixPreparation
{
    private const int ChunkBytes = 1 << 20;

    private readonly string path;
    private readonly long bytes;
    private readonly PosixStorageFile file;
    private Thread? thread;
    private StorageFailedException? failure;
    private volatile bool isAbandoned;

    public PosixPreparation(string path, long bytes)
    {
        this.path = path;
        this.bytes = bytes;
        file = new PosixStorageFile(
            PosixCalls.Open(path, PosixCalls.ReadWrite | PosixCalls.CreateNew), path);
    }

    public bool IsOf(string otherPath, long otherBytes) =>
        string.Equals(path, otherPath, StringComparison.Ordinal) && bytes == otherBytes;

    public void Start()
    {
        thread = new Thread(Run) { IsBackground = true, Name = "log preparation" };
        thread.Start();
    }

    /// <summary>Waits for the rest, or does it.</summary>
    public PosixStorageFile Finish()
    {
        if (thread is null)
        {
            Run();
        }
        else
        {
            thread.Join();
        }

        if (failure is not null)
        {
            file.Dispose();
            throw new StorageFailedException(failure.Message, failure);
        }

        return file;
    }

    /// <summary>Another file is wanted under this name.</summary>
    public void Abandon()
    {
        isAbandoned = true;
        thread?.Join();
        file.Dispose();
        PosixCalls.Delete(path);
    }

    private void Run()
    {
        try
        {
            file.Allocate(bytes);
            var zeros = new byte[Math.Min(bytes, ChunkBytes)];
            for (long offset = 0; offset < bytes && !isAbandoned; offset += zeros.Length)
            {
                file.Write(offset, zeros.AsSpan(0, (int)Math.Min(zeros.Length, bytes - offset)));
                if (thread is not null)
                {
                    // In small steps: the log's own syncs go on meanwhile and must not wait for 16 MiB.
                    file.Sync();
                }
            }

            file.Sync();
        }
        catch (StorageFailedException e)
        {
            failure = e;
        }
    }
}
