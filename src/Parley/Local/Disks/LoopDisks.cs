using System.ComponentModel;

namespace Parley.Local.Disks;

/// <summary>A disk for each node, under one guard. Disposing unmounts them; what is on them stays in the images.
/// </summary>
internal sealed class LoopDisks : IAsyncDisposable
{
    /// <summary>Sparse: so much a node may fill, not what it takes.</summary>
    private const long Bytes = 2L << 30;
    private const long TrialBytes = 16L << 20;
    private readonly MountGuard guard;
    private readonly List<LoopDisk> disks = [];

    private LoopDisks(MountGuard guard) => this.guard = guard;

    /// <summary>Makes one, cuts its power and looks: null when this machine really loses what was not synced, else why
    /// there can be no such disks.</summary>
    public static async Task<string?> FindReasonAgainstAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return "disks of their own for the nodes need root (mount)";
        }

        var folder = Directory.CreateTempSubdirectory("parley-disk-").FullName;
        try
        {
            await using var trial = await MakeAsync(folder, 1, TrialBytes, cancellationToken);
            trial.Of(1).CutPower();
            return await trial.Of(1).RestorePowerAsync();
        }
        catch (Exception failure) when (failure is SystemCommandException or Win32Exception or IOException)
        {
            return failure.Message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <exception cref="SystemCommandException">This machine or user cannot.</exception>
    public static Task<LoopDisks> MakeAsync(string folder, int count, CancellationToken cancellationToken) =>
        MakeAsync(folder, count, Bytes, cancellationToken);

    /// <param name="folder">Gets <c>disk-1.img</c>, mounted on <c>disk-1</c>, and so on.</param>
    /// <param name="count">Of nodes.</param>
    /// <param name="bytes">Of each.</param>
    /// <param name="cancellationToken">Stops the making.</param>
    public static async Task<LoopDisks> MakeAsync(
        string folder, int count, long bytes, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var places = Enumerable.Range(1, count).Select(id => Path.Combine(folder, $"disk-{id}")).ToList();
        var made = new LoopDisks(MountGuard.Over(places));
        try
        {
            foreach (var place in places)
            {
                cancellationToken.ThrowIfCancellationRequested();
                made.disks.Add(await LoopDisk.MakeAsync($"{place}.img", place, bytes));
            }

            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    public LoopDisk Of(int id) => disks[id - 1];

    public ValueTask DisposeAsync() => guard.DisposeAsync();
}
