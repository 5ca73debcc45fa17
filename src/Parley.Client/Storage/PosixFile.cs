using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parley.Client.Storage;

/// <summary>What .NET does not offer of files: a sync that reaches the disk, of directories too, and a lock to wait
/// for. Linux is what is promised.</summary>
internal static partial class PosixFile
{
    private const int OpenReadOnly = 0;
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
        if (!OperatingSystem.IsWindows())
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
        using var directory = Native.Open(path, OpenReadOnly);
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

    private static FileStream? TryLock(string path, int how)
    {
        var file = Open(path, FileMode.OpenOrCreate);
        if (Native.Lock(file.SafeFileHandle, how) == 0)
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
        internal static partial SafeFileHandle Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static partial int Lock(SafeFileHandle file, int operation);
    }
}
