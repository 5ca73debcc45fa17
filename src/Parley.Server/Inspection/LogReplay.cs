using System.Globalization;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Backup;

namespace Parley.Server.Inspection;

/// <summary>A digest that a replay came to.</summary>
/// <param name="Index">The last entry applied; 0: none.</param>
/// <param name="Term">That entry's term.</param>
/// <param name="Digest">32 hexadecimal digits.</param>
internal sealed record ReplayMark(long Index, long Term, string Digest);

/// <summary>
/// Applies the entries of a stopped node's log once more, on copies: from a state of before them to the end of the log.
/// Where the node's own state ends, both must have one digest. The same copies can be given to another program.
/// </summary>
internal sealed class LogReplay : IDisposable
{
    /// <summary>The copy for others, one that is opened here, the state that is replayed, and room for it to grow.
    /// </summary>
    private const int StateCopies = 4;

    private const long CheckpointEntries = 16_384;

    private readonly CopiedNode node;
    private readonly string statePath;

    private LogReplay(CopiedNode node) => (this.node, statePath) = (node, node.ScratchPathOf("replayed.db"));

    /// <summary>A data directory with what is replayed, which nobody else uses.</summary>
    public string CopyDirectory => node.Directory;

    /// <summary>A folder that goes with this.</summary>
    public string ScratchPath => node.ScratchPathOf("");

    /// <summary>The node's own state ends there.</summary>
    public long AppliedIndex => node.AppliedIndex;

    public long LastIndex => node.Log.LastIndex.Value;

    /// <summary>The node's own state is one that the replay comes by, and was found to be the same.</summary>
    public bool IsCompared { get; private set; }

    /// <summary>Copies what the node has, and puts the state there that the replay begins with.</summary>
    /// <param name="dataDirectory">The node's, which is stopped.</param>
    /// <param name="backupPath">A backup of its cluster; null: begin with the first entry.</param>
    /// <param name="scratchIn">A folder with room for the copies.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="BackupRefusedException">There is no state to begin with, or no room.</exception>
    /// <exception cref="DataDirectoryRefusedException">The node runs, or the directory is of no use.</exception>
    /// <exception cref="LogDamagedException">See above.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static LogReplay Open(
        string dataDirectory, string? backupPath, string scratchIn, CancellationToken cancellationToken)
    {
        var backup = backupPath is null ? null : BackupFile.Open(backupPath);

        // One whose state differs, or that was removed, is as good as others to look at.
        var replay = new LogReplay(
            CopiedNode.Open(dataDirectory, scratchIn, StateCopies, refuse: _ => { }, cancellationToken));
        try
        {
            if (backup is null)
            {
                replay.RequireFirstEntry(dataDirectory);
            }
            else
            {
                replay.RequireToFit(backup.Manifest, dataDirectory, backupPath!);
                backup.UnpackVerified(replay.statePath, cancellationToken);
            }

            return replay;
        }
        catch
        {
            replay.Dispose();
            throw;
        }
    }

    /// <summary>Replays everything.</summary>
    /// <param name="every">A mark after each entry whose index is a multiple of it.</param>
    /// <param name="tell">Told of the state that it begins with, of each mark, of where the node's own state ends, and
    /// of the end.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="BackupRefusedException">The digest is not that of the node's own state.</exception>
    /// <exception cref="UnknownStateVersionException">An entry needs a newer program.</exception>
    public void Run(long every, Action<ReplayMark> tell, CancellationToken cancellationToken)
    {
        var own = FindOwn();
        using var state = ChatState.Open(statePath);
        var checkpointed = state.AppliedIndex;
        tell(MarkOf(state));
        while (state.AppliedIndex < LastIndex)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = EndAfter(state.AppliedIndex, every);
            node.ApplyNext(state, end);
            if (state.AppliedIndex == end)
            {
                tell(MarkOf(state));
            }

            if (state.AppliedIndex == own?.Index)
            {
                Compare(own, MarkOf(state));
            }

            if (state.AppliedIndex - checkpointed >= CheckpointEntries)
            {
                checkpointed = state.Checkpoint();
            }
        }
    }

    public void Dispose() => node.Dispose();

    private static ReplayMark MarkOf(ChatState state) =>
        new(state.AppliedIndex, state.AppliedTerm, state.Digest.ToString());

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private long EndAfter(long index, long every)
    {
        var end = Math.Min(((index / every) + 1) * every, LastIndex);
        return index < AppliedIndex ? Math.Min(end, AppliedIndex) : end;
    }

    /// <summary>The node's own state, opened as this program opens one at its start; null: it has nothing.</summary>
    private ReplayMark? FindOwn()
    {
        if (AppliedIndex == 0)
        {
            return null;
        }

        // Opening it brings it up to this program's format: another program is given it as it was.
        var path = node.ScratchPathOf("own.db");
        File.Copy(node.StatePath, path);
        using var state = ChatState.Open(path);
        return MarkOf(state);
    }

    private void Compare(ReplayMark own, ReplayMark replayed)
    {
        if (own != replayed)
        {
            throw new BackupRefusedException(
                Say($"at #{own.Index} of term {replayed.Term} the replay comes to digest {replayed.Digest}, the ")
                + $"node's own state has {own.Digest}: this program and those that ran there decide differently, or "
                + "the state was changed. What to do: keep the data directory, and report it with the versions of "
                + "both");
        }

        IsCompared = true;
    }

    private void RequireFirstEntry(string dataDirectory)
    {
        if (node.Log.Base.Index != LogIndex.None)
        {
            throw new BackupRefusedException(
                $"{dataDirectory}: its log begins after {node.Log.Base.Index}, and no state of then is there. What to "
                + $"do: give a backup of this cluster as --from that ends at {node.Log.Base.Index} or later; without "
                + "one make it now (parley backup create), and replay when more has come after it");
        }
    }

    private void RequireToFit(BackupManifest manifest, string dataDirectory, string backupPath)
    {
        if (!string.Equals(manifest.Cluster, node.Stamp.ClusterId, StringComparison.Ordinal))
        {
            throw new BackupRefusedException(
                $"{backupPath}: a backup of cluster {node.Stamp.ClusterId} expected, one of {manifest.Cluster} found");
        }

        var index = new LogIndex(manifest.AppliedIndex);
        if (index < node.Log.Base.Index || index > node.Log.LastIndex)
        {
            throw new BackupRefusedException(
                $"{backupPath}: it ends at {index}; {dataDirectory} has the entries after {node.Log.Base.Index} up to "
                + $"{node.Log.LastIndex}: give a backup that ends there");
        }

        if (node.Log.FindTerm(index)?.Value != manifest.Term)
        {
            throw new BackupRefusedException(
                Say($"{backupPath}: entry {index} is of term {manifest.Term} there, of another in {dataDirectory}: ")
                + "they are not of one history");
        }
    }
}
