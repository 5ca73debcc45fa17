using Parley.Server.Consensus;

namespace Parley.Server.Backup;

/// <summary>The state of a backup as a file, verified by a full scan; it goes when this is disposed.</summary>
internal sealed class UnpackedState : IDisposable
{
    private readonly ScratchFolder scratch;

    private UnpackedState(ScratchFolder scratch) => this.scratch = scratch;

    public string Path => scratch.PathOf(SnapshotFiles.StateName);

    /// <exception cref="BackupRefusedException">The backup is not what it says, or there is no room.</exception>
    public static UnpackedState Of(
        BackupFile backup, string scratchIn, CancellationToken cancellationToken)
    {
        backup.Check(cancellationToken);
        var unpacked = new UnpackedState(ScratchFolder.In(scratchIn, backup.Manifest.StateBytes));
        try
        {
            backup.UnpackVerified(unpacked.Path, cancellationToken);
            return unpacked;
        }
        catch
        {
            unpacked.Dispose();
            throw;
        }
    }

    public void Dispose() => scratch.Dispose();
}
