using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parley.Local.Disks;

/// <summary>
/// A disk that one node has for itself and that can lose power: an ext4 file system in a file, mounted through a loop
/// device. Its journal is committed by syncs alone (<c>commit=300</c>), so that what nobody synced is really lost.
/// </summary>
internal sealed partial class LoopDisk
{
    /// <summary>What <see cref="CutPower"/> writes last, to be missed.</summary>
    public const string UnsyncedText = "written and never synced";

    private const string SyncedText = "written and synced when this disk was made";

    /// <summary>EXT4_IOC_SHUTDOWN of Linux (fs/ext4/ext4.h).</summary>
    private const nuint ShutdownRequest = 0x8004587D;

    /// <summary>EXT4_GOING_FLAGS_NOLOGFLUSH: neither data nor journal reach the disk any more.</summary>
    private const uint WithoutFlush = 2;

    private static readonly TimeSpan DetachMax = TimeSpan.FromSeconds(20);
    private readonly string image;
    private readonly string synced;
    private int losses;

    private LoopDisk(string image, string mountPoint)
    {
        this.image = image;
        MountPoint = mountPoint;
        synced = Path.Combine(mountPoint, "synced");
    }

    public string MountPoint { get; }

    /// <summary>A new name each time: rewriting a file would make ext4 allocate it at once.</summary>
    private string Unsynced => Path.Combine(MountPoint, $"unsynced-{losses}");

    /// <summary>Makes the file system and mounts it; who calls has a <see cref="MountGuard"/> over the place.
    /// </summary>
    /// <exception cref="SystemCommandException">This machine or user cannot.</exception>
    public static async Task<LoopDisk> MakeAsync(string image, string mountPoint, long bytes)
    {
        await using (var file = File.Create(image))
        {
            file.SetLength(bytes); // A sparse file: only what is written takes space.
        }

        await SystemCommand.RunAsync(
            "mkfs.ext4",
            "-q", "-F", "-m", "0", "-i", "65536", "-J", "size=4", "-E", "lazy_itable_init=0,nodiscard", image);
        Directory.CreateDirectory(mountPoint);
        var disk = new LoopDisk(image, mountPoint);
        await disk.MountAsync();
        await File.WriteAllTextAsync(disk.synced, SyncedText);
        await SystemCommand.RunAsync("sync", disk.synced);
        return disk;
    }

    /// <summary>What is unsynced is gone, and nothing is written any more: each call fails with EIO. Quick.</summary>
    /// <exception cref="Win32Exception">The file system does not take it.</exception>
    public void CutPower()
    {
        // To be missed afterwards: a loss that lost nothing was none.
        losses++;
        File.WriteAllText(Unsynced, UnsyncedText);
        using var any = File.OpenHandle(synced);
        var how = WithoutFlush;
        if (Control(any, ShutdownRequest, ref how) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Power is back: unmounts and mounts again, which replays the journal. Nobody may use it.</summary>
    /// <returns>Null when the loss hit: what was unsynced is gone, what was synced is there. Else what is wrong.
    /// </returns>
    public async Task<string?> RestorePowerAsync()
    {
        await SystemCommand.RunAsync("umount", MountPoint);
        await DetachedAsync();
        await MountAsync();
        if (TextOf(Unsynced) == UnsyncedText)
        {
            return $"{MountPoint}: what was never synced survived the loss of power; it was none";
        }

        return TextOf(synced) == SyncedText ? null : $"{MountPoint}: what was synced did not survive the loss of power";
    }

    /// <summary>A process with a mount namespace of its own (as <c>ip netns exec</c> makes) may hold the file system
    /// after it was unmounted here; two of them over one image would destroy it.</summary>
    private async Task DetachedAsync()
    {
        try
        {
            await Until.TrueAsync(
                async _ => (await SystemCommand.RunAsync("losetup", "-j", image)).Length == 0,
                DetachMax,
                () => $"{image} was not released",
                CancellationToken.None);
        }
        catch (TimeoutException late)
        {
            throw new SystemCommandException($"{late.Message}: another mount namespace holds it", late);
        }
    }

    private static string? TextOf(string file) => File.Exists(file) ? File.ReadAllText(file) : null;

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle file, nuint request, ref uint argument);

    private Task<string> MountAsync() => SystemCommand.RunAsync("mount", "-o", "loop,commit=300", image, MountPoint);
}
