using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parley.Client.Storage;

/// <summary>What .NET does not offer of files: a sync that reaches the disk, of directories too, and a lock to wait
/// for. Linux is what is promised.</summary>
internal static partial class PosixFile
{
    private const int OpenReadOnly = 0;
    private const int OpenReadWrite = 2;
    private const int OpenCreate = 0x40;
    private const int OpenCloseOnExec = 0x8_0000;
    private const int OwnerReadWrite = 0x180; // 0600
    private const int LockExclusive = 2;
    private const int LockNow = 4;

    /// <summary>Creates or opens a file that only its owner may read.</summary>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Creates a directory that only its owner may enter.</summary>
    public static void CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>What was written is on the disk when it returns.</summary>
    /// <exception cref="IOException">It is not, and what the disk holds is unknown.</exception>
    public static void Sync(SafeFileHandle file)
    {
        if (Native.Sync(file) != 0)
        {
            throw Failure("fsync");
        }
    }

    /// <summary>Makes a directory's new and renamed names durable.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = Native.Open(path, OpenReadOnly | OpenCloseOnExec, 0);
        if (directory.IsInvalid)
        {
            throw Failure($"open {path}");
        }

        Sync(directory);
    }

    /// <summary>Replaces a file as a whole: the old or the new one is there, whenever power goes.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var draft = path + ".new";
        using (var stream = Open(draft, FileMode.Create))
        {
            stream.Write(content);
            Sync(stream.SafeFileHandle);
        }

        File.Move(draft, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Locks a file between processes until it is disposed; waits for it.</summary>
    public static IDisposable Lock(string path) => TryLock(path, LockExclusive)!;

    /// <summary>As <see cref="Lock"/>; null when another process has it.</summary>
    public static IDisposable? FindLock(string path) => TryLock(path, LockExclusive | LockNow);

    /// <summary>Not by FileStream: it takes a shared lock of its own on what it opens, and fails where another has the
    /// exclusive one (.NET 10, FileShare.ReadWrite).</summary>
    private static SafeFileHandle? TryLock(string path, int how)
    {
        var file = Native.Open(path, OpenReadWrite | OpenCreate | OpenCloseOnExec, OwnerReadWrite);
        if (file.IsInvalid)
        {
            throw Failure($"open {path}");
        }

        if (Native.Lock(file, how) == 0)
        {
            return file;
        }

        file.Dispose();
        return (how & LockNow) != 0 ? null : throw Failure($"flock {path}");
    }

    private static IOException Failure(string what)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {new Win32Exception(error).Message} ({error})");
    }

    private static partial class Native
    {
        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int Sync(SafeFileHandle file);

        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial SafeFileHandle Open(string path, int flags, int mode);

        [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int Lock(SafeFileHandle file, int operation);
    }
}
