namespace Parley.Server.Backup;

/// <summary>A folder for its owner alone, which goes when it is disposed: what lies in it is as secret as a state.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>What must stay free, for a node may live on that file system: it would end for want of room.</summary>
    private const long RoomLeft = 256L << 20;

    private ScratchFolder(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes one in a folder that must be there, and have room for so many bytes.</summary>
    /// <exception cref="BackupRefusedException">It is not, or has not.</exception>
    public static ScratchFolder In(string folder, long bytes)
    {
        if (!Directory.Exists(folder))
        {
            throw new BackupRefusedException($"{folder}: a folder expected, none found");
        }

        var (needed, room) = (bytes + RoomLeft, new DriveInfo(folder).AvailableFreeSpace);
        if (room < needed)
        {
            throw new BackupRefusedException(
                $"{folder}: {needed} bytes free expected, {room} found; take a folder on another disk");
        }

        var name = $".parley-{Guid.NewGuid():N}";
        var made = Directory.CreateDirectory(
            System.IO.Path.Combine(folder, name),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return new ScratchFolder(made.FullName);
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
