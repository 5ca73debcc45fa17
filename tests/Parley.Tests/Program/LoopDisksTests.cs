using System.Diagnostics;
using Parley.Local;
using Parley.Local.Disks;

namespace Parley.Tests.Program;

/// <summary>A disk of a node's own loses what nobody synced, keeps what was synced, and never stays mounted.</summary>
[Collection(Cluster.ClusterCollection.Name)]
public sealed class LoopDisksTests : IDisposable
{
    private const long Bytes = 16L << 20;
    private readonly string folder = Directory.CreateTempSubdirectory("parley-disks-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loss_of_power_takes_what_was_not_synced_and_nothing_else()
    {
        await SkipUnlessPossibleAsync();
        await using var disks = await LoopDisks.MakeAsync(folder, 2, Bytes, Stop);
        var disk = disks.Of(1);
        var (synced, unsynced) = (Path.Combine(disk.MountPoint, "alice"), Path.Combine(disk.MountPoint, "bob"));
        await File.WriteAllTextAsync(synced, "alice", Stop);
        await SystemCommand.RunAsync("sync", synced);
        await File.WriteAllTextAsync(unsynced, "bob", Stop);
        await File.AppendAllTextAsync(synced, " and bob", Stop);

        disk.CutPower();
        var afterwards = await Assert.ThrowsAsync<IOException>(() => File.WriteAllTextAsync(synced, "late", Stop));
        var wrong = await disk.RestorePowerAsync();

        Assert.Null(wrong);
        Assert.Equal("alice", await File.ReadAllTextAsync(synced, Stop));
        Assert.False(File.Exists(unsynced), "what was not synced is gone");
        Assert.Contains("error", afterwards.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_second_loss_hits_as_well()
    {
        await SkipUnlessPossibleAsync();
        await using var disks = await LoopDisks.MakeAsync(folder, 1, Bytes, Stop);

        for (var loss = 1; loss <= 3; loss++)
        {
            disks.Of(1).CutPower();
            Assert.Null(await disks.Of(1).RestorePowerAsync());
        }
    }

    [Fact]
    public async Task A_loss_that_lost_nothing_is_told()
    {
        await SkipUnlessPossibleAsync();
        await using var disks = await LoopDisks.MakeAsync(folder, 1, Bytes, Stop);
        var disk = disks.Of(1);
        disk.CutPower();
        await disk.RestorePowerAsync();

        // As a disk would that keeps what nobody synced.
        disk.CutPower();
        await SystemCommand.RunAsync("umount", disk.MountPoint);
        await SystemCommand.RunAsync("mount", "-o", "loop", $"{disk.MountPoint}.img", disk.MountPoint);
        await File.WriteAllTextAsync(Path.Combine(disk.MountPoint, "unsynced-2"), LoopDisk.UnsyncedText, Stop);

        Assert.Contains("survived", await disk.RestorePowerAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disks_are_unmounted_at_the_end_also_while_a_process_uses_them()
    {
        await SkipUnlessPossibleAsync();
        var disks = await LoopDisks.MakeAsync(folder, 2, Bytes, Stop);
        var busy = new ProcessStartInfo("sleep", ["2"]) { WorkingDirectory = disks.Of(2).MountPoint };
        using var user = Process.Start(busy)!;

        await disks.DisposeAsync();

        Assert.DoesNotContain(folder, await File.ReadAllTextAsync("/proc/mounts", Stop), StringComparison.Ordinal);
        Assert.DoesNotContain(folder, await SystemCommand.RunAsync("losetup", "-a"), StringComparison.Ordinal);
        await user.WaitForExitAsync(Stop);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task SkipUnlessPossibleAsync()
    {
        var reason = await LoopDisks.FindReasonAgainstAsync(Stop);
        Assert.SkipWhen(reason is not null, $"no disks of their own here: {reason}");
    }
}
