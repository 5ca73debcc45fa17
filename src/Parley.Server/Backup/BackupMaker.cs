using Parley.Core;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>Makes a backup of a node's state, whether the node runs or not; locks nothing and writes nothing to its
/// files.</summary>
/// <param name="dataDirectory">The node's.</param>
/// <param name="time">Whose clock dates the backup.</param>
internal sealed class BackupMaker(string dataDirectory, TimeProvider time)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(50);

    private string StatePath => Path.Combine(dataDirectory, SnapshotFiles.StateName);

    /// <summary>The id of the cluster that the directory's node belongs to.</summary>
    /// <exception cref="DataDirectoryRefusedException">It is no data directory of a node of a cluster, or of one whose
    /// state was found to be wrong, or that was removed.</exception>
    public string ReadCluster() => ReadStamp().ClusterId;

    /// <exception cref="BackupRefusedException">The name is taken.</exception>
    public static void RequireFree(string path)
    {
        if (Path.Exists(path))
        {
            throw new BackupRefusedException($"{path} is there already: give another name; backups are not replaced");
        }
    }

    /// <summary>Waits until the node's state holds this entry.</summary>
    /// <exception cref="BackupRefusedException">It does not in time.</exception>
    public async Task WaitForAppliedAsync(long index, TimeSpan atMost, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        long applied;
        while ((applied = Refusals.Run(() => ChatState.ReadAppliedIndex(StatePath))) < index)
        {
            if (time.GetElapsedTime(started) > atMost)
            {
                throw new BackupRefusedException(
                    $"{dataDirectory}: its state ends at #{applied}, the cluster's at #{index}: the node does not run, "
                    + "or is behind; start it, make the backup on another node, or give --as-it-is");
            }

            await Task.Delay(LookInterval, time, cancellationToken);
        }
    }

    /// <summary>Copies the state, verifies the copy by a full scan, and writes the backup.</summary>
    /// <param name="path">Where to; must not be there.</param>
    /// <param name="isConfirmed">It was waited for.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="BackupRefusedException">The file is there, there is no room, or the state is not whole.
    /// </exception>
    /// <exception cref="DataDirectoryRefusedException">As <see cref="ReadCluster"/>.</exception>
    /// <exception cref="OperationCanceledException">It was given up; nothing is left of it.</exception>
    public BackupManifest Write(string path, bool isConfirmed, CancellationToken cancellationToken)
    {
        var stamp = ReadStamp();
        RequireFree(path);

        // For the copy, and for the backup while that is there.
        using var scratch = ScratchFolder.In(ScratchFolder.Beside(path), ChatState.MeasureBytes(StatePath) * 2);
        var copy = scratch.PathOf(SnapshotFiles.StateName);
        var facts = Copy(copy, cancellationToken);
        var counts = ChatState.Count(copy);
        return BackupFile.Write(path, scratch.PathOf("backup"), copy, new BackupManifest
        {
            Cluster = stamp.ClusterId,
            Node = stamp.Self.Value,
            AppliedIndex = facts.AppliedIndex,
            Term = facts.AppliedTerm,
            LogTime = DateTimeOffset.UnixEpoch.AddMicroseconds(facts.LastTimeUs),
            StateVersion = facts.StateVersion,
            FileFormat = ChatState.FormatOf(copy),
            Digest = facts.Digest.ToString(),
            Accounts = counts.Accounts,
            Conversations = counts.Conversations,
            Messages = counts.Messages,
            CreatedAt = time.GetUtcNow(),
            Program = ProgramVersion.Text,
            IsConfirmed = isConfirmed,
            StateBytes = 0,
            StateSha256 = "",
        }, cancellationToken);
    }

    /// <summary>What is known to be wrong, or of long ago, would be restored months later.</summary>
    private NodeStamp ReadStamp()
    {
        var stamp = NodeStamps.Read(dataDirectory);
        DivergenceFile.Refuse(dataDirectory, stamp.Self.Value);
        RemovalFile.Refuse(dataDirectory);
        return stamp;
    }

    private SnapshotFacts Copy(string copy, CancellationToken cancellationToken)
    {
        try
        {
            if (ChatState.ReadAppliedIndex(StatePath) == 0)
            {
                throw new BackupRefusedException($"{dataDirectory}: its state is empty: there is nothing to back up");
            }

            ChatState.CopyFile(StatePath, copy, cancellationToken);
            return ChatState.VerifySnapshot(copy);
        }
        catch (StateDamagedException damage)
        {
            throw new BackupRefusedException(
                $"{dataDirectory}: its state cannot be copied whole: {damage.Found}; if the node is being given a "
                + "snapshot at this moment, try again; else make the backup on another node");
        }
        catch (StateStorageException failure)
        {
            throw new BackupRefusedException($"{dataDirectory}: its state cannot be copied: {failure.Message}");
        }
    }
}
