namespace Parley.Server.Backup;

/// <summary>A folder for its owner alone, which goes when it is disposed: what lies in it is as secret as a state. One
/// that a process which was killed left behind goes when the next one is made beside it.</summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>What must stay free, for a node may live on that file system: it would end for want of room.</summary>
    private const long RoomLeft = 256L << 20;

    private const string Prefix = ".parley-";
    private const string LockName = "lock";

    private readonly FileStream inUse;

    private ScratchFolder(string path, FileStream inUse)
    {
        Path = path;
        this.inUse = inUse;
    }

    public string Path { get; }

    /// <summary>Makes one in a folder that must be there, and have room for so many bytes.</summary>
    /// <exception cref="BackupRefusedException">It is not, or has not.</exception>
    public static ScratchFolder In(string folder, long bytes)
    {
        if (!Directory.Exists(folder))
        {
            throw new BackupRefusedException($"{folder}: a folder expected, none found");
        }

        RemoveLeftIn(folder);
        var (needed, room) = (bytes + RoomLeft, new DriveInfo(folder).AvailableFreeSpace);
        if (room < needed)
        {
            throw new BackupRefusedException(
                $"{folder}: {needed} bytes free expected, {room} found; take a folder on another disk");
        }

        var name = $"{Prefix}{Guid.NewGuid():N}";
        var made = Directory.CreateDirectory(
            System.IO.Path.Combine(folder, name),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ScratchFolder(
            made.FullName,
            new FileStream(
                System.IO.Path.Combine(made.FullName, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None));
    }

    /// <summary>The folder that a file or folder lies in, or would: where its scratch folder goes.</summary>
    public static string Beside(string path)
    {
        var whole = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        return System.IO.Path.GetDirectoryName(whole) ?? whole;
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        inUse.Dispose();
    }

    /// <summary>A lock goes with its process. What is another user's, or is being made or removed at this moment, is
    /// left alone.</summary>
    private static void RemoveLeftIn(string folder)
    {
        foreach (var left in Directory.GetDirectories(folder, $"{Prefix}*"))
        {
            try
            {
                using var unused = new FileStream(
                    System.IO.Path.Combine(left, LockName), FileMode.Open, FileAccess.Write, FileShare.None);
                Directory.Delete(left, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                continue;
            }
        }
    }
}
