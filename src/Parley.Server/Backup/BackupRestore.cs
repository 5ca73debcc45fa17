using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>Begins a new cluster with a backup.</summary>
internal static class BackupRestore
{
    /// <summary>Of a rehearsal, which nobody ever starts.</summary>
    private static readonly FirstMember Nobody = new(1, "127.0.0.1:1");

    /// <summary>Reads the backup whole before anything is made.</summary>
    /// <exception cref="BackupRefusedException">The backup is not what it says.</exception>
    /// <exception cref="DataDirectoryRefusedException">The directory is not empty, not one's own, or in use.
    /// </exception>
    public static FoundedCluster Run(
        BackupFile backup,
        string dataDirectory,
        FirstMember self,
        CancellationToken cancellationToken)
    {
        backup.Check(cancellationToken);
        return new ClusterOfOne(dataDirectory, self).Found(
            path => backup.UnpackVerified(path, cancellationToken));
    }

    /// <summary>Restores a backup into a scratch folder, all of it, opens that as a node would, and forgets it again.
    /// </summary>
    /// <exception cref="BackupRefusedException">It cannot be restored.</exception>
    public static FoundedCluster Rehearse(
        BackupFile backup, string scratchIn, CancellationToken cancellationToken)
    {
        // Before any room is asked for.
        backup.Check(cancellationToken);
        using var scratch = ScratchFolder.In(scratchIn, backup.Manifest.StateBytes * 2);
        var directory = scratch.PathOf("data");
        var founded = Run(backup, directory, Nobody, cancellationToken);
        using var opened = PosixDataDirectory.Open(directory, new NodeId(Nobody.Id), RandomNumbers.Draw);
        using var log = opened.OpenLog(new DurableLogOptions());
        using var state = ChatState.Open(Path.Combine(directory, SnapshotFiles.StateName));
        var end = new LogIndex(founded.AppliedIndex);
        Raft.Invariant.Holds(
            log.Base.Index == end && log.LastIndex == end && state.AppliedIndex == founded.AppliedIndex);
        return founded;
    }
}
