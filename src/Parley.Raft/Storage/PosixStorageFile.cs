using Microsoft.Win32.SafeHandles;

namespace Parley.Raft.Storage;

/// <summary>A file of a real disk (0600).</summary>
internal sealed class PosixStorageFile(SafeFileHandle handle, string path) : IStorageFile
{
    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (IOException e)
            {
                throw new StorageFailedException($"length of {path}: {e.Message}", e);
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes) => PosixCalls.WriteAll(handle, path, offset, bytes);

    public int Read(long offset, Span<byte> bytes) => PosixCalls.Read(handle, path, offset, bytes);

    public void Sync() => PosixCalls.SyncData(handle, path);

    /// <summary>Reserves blocks, so that a full disk is noticed before they are needed.</summary>
    public void Allocate(long bytes) => PosixCalls.Allocate(handle, path, bytes);

    public bool TryLock() => PosixCalls.TryLock(handle, path);

    public void Dispose() => handle.Dispose();
}
