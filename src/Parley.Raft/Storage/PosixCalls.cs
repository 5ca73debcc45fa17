using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]

namespace Parley.Raft.Storage;

/// <summary>The calls .NET has no equal for: its flush is fsync, and it syncs no directory. Linux, 64 bits.</summary>
internal static partial class PosixCalls
{
    public const int ReadWrite = 0x2;
    public const int ReadOnly = 0x0;
    public const int CreateNew = 0x40 | 0x80;
    public const int CreateOrOpen = 0x40;
    public const int OwnerReadWrite = 0x180;
    public const int LockExclusiveNow = 2 | 4;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;

    private const int CloseOnExec = 0x80000;
    private const string C = "libc";

    /// <exception cref="StorageFailedException">It failed.</exception>
    public static SafeFileHandle Open(string path, int flags)
    {
        while (true)
        {
            var descriptor = OpenRaw(path, flags | CloseOnExec, OwnerReadWrite);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            ThrowUnlessInterrupted("open", path);
        }
    }

    /// <summary>Continues after a short write.</summary>
    public static void WriteAll(SafeFileHandle file, string path, long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = WriteRaw(file, bytes, (nuint)bytes.Length, offset);
            if (written < 0)
            {
                ThrowUnlessInterrupted("write", path);
                continue;
            }

            if (written == 0)
            {
                throw new StorageFailedException($"write {path}: nothing was written");
            }

            bytes = bytes[(int)written..];
            offset += written;
        }
    }

    /// <summary>Fewer bytes than asked only at the end of the file.</summary>
    public static int Read(SafeFileHandle file, string path, long offset, Span<byte> bytes)
    {
        var total = 0;
        while (total < bytes.Length)
        {
            var rest = bytes[total..];
            var read = ReadRaw(file, rest, (nuint)rest.Length, offset + total);
            if (read < 0)
            {
                ThrowUnlessInterrupted("read", path);
                continue;
            }

            if (read == 0)
            {
                break;
            }

            total += (int)read;
        }

        return total;
    }

    public static void SyncData(SafeFileHandle file, string path)
    {
        while (SyncDataRaw(file) != 0)
        {
            ThrowUnlessInterrupted("fdatasync", path);
        }
    }

    public static void SyncDirectory(string path)
    {
        using var directory = Open(path, ReadOnly);
        while (SyncRaw(directory) != 0)
        {
            ThrowUnlessInterrupted("fsync", path);
        }
    }

    public static void Allocate(SafeFileHandle file, string path, long bytes)
    {
        // Unlike the others it returns the error.
        int error;
        do
        {
            error = AllocateRaw(file, 0, bytes);
        }
        while (error == Interrupted);
        if (error != 0)
        {
            throw Failed("allocate", path, error);
        }
    }

    public static void Rename(string from, string to)
    {
        if (RenameRaw(from, to) != 0)
        {
            throw Failed("rename", from, Marshal.GetLastPInvokeError());
        }
    }

    public static void Delete(string path)
    {
        if (UnlinkRaw(path) != 0)
        {
            throw Failed("unlink", path, Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>False when another process has it.</summary>
    public static bool TryLock(SafeFileHandle file, string path)
    {
        while (LockRaw(file, LockExclusiveNow) != 0)
        {
            if (Marshal.GetLastPInvokeError() == WouldBlock)
            {
                return false;
            }

            ThrowUnlessInterrupted("flock", path);
        }

        return true;
    }

    private static void ThrowUnlessInterrupted(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (error != Interrupted)
        {
            throw Failed(call, path, error);
        }
    }

    private static StorageFailedException Failed(string call, string path, int error) =>
        new($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})");

    [LibraryImport(C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenRaw(string path, int flags, int mode);

    [LibraryImport(C, EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint WriteRaw(SafeFileHandle file, ReadOnlySpan<byte> bytes, nuint count, long offset);

    [LibraryImport(C, EntryPoint = "pread", SetLastError = true)]
    private static partial nint ReadRaw(SafeFileHandle file, Span<byte> bytes, nuint count, long offset);

    [LibraryImport(C, EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncDataRaw(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncRaw(SafeFileHandle file);

    [LibraryImport(C, EntryPoint = "posix_fallocate")]
    private static partial int AllocateRaw(SafeFileHandle file, long offset, long length);

    [LibraryImport(C, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameRaw(string from, string to);

    [LibraryImport(C, EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnlinkRaw(string path);

    [LibraryImport(C, EntryPoint = "flock", SetLastError = true)]
    private static partial int LockRaw(SafeFileHandle file, int operation);
}
