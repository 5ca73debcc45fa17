using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>
/// Copies of the stamp, the state and the log of a node whose process is stopped: its directory is locked while this
/// lives, and not changed. The copies are a data directory themselves, and go with this.
/// </summary>
internal sealed class CopiedNode : IDisposable
{
    private const string CopyName = "node";
    private const int ReadBytesMax = 4 << 20;

    private readonly PosixDataDirectory locked;
    private readonly ScratchFolder scratch;

    private CopiedNode(PosixDataDirectory locked, ScratchFolder scratch)
    {
        this.locked = locked;
        this.scratch = scratch;
        Log = DurableLog.Open(
            new PosixStorageDirectory(PosixDataDirectory.LogFolderOf(Directory)), new DurableLogOptions(),
            locked.Stamp.InitialMark());
        AppliedIndex = ChatState.ReadAppliedIndex(StatePath);
    }

    public NodeStamp Stamp => locked.Stamp;

    /// <summary>Of the copies.</summary>
    public DurableLog Log { get; }

    /// <summary>What its state holds, and what was certainly committed.</summary>
    public long AppliedIndex { get; }

    /// <summary>Where the copies are.</summary>
    public string Directory => scratch.PathOf(CopyName);

    public string StatePath => Path.Combine(Directory, SnapshotFiles.StateName);

    /// <param name="dataDirectory">The node's.</param>
    /// <param name="scratchIn">A folder with room for the copies.</param>
    /// <param name="stateCopies">For how many times the state there must be room.</param>
    /// <param name="refuse">Looks at the directory once it is locked, before anything is copied.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="DataDirectoryRefusedException">The node runs, or the directory is of no use.</exception>
    /// <exception cref="LogDamagedException">See above; as the next one.</exception>
    /// <exception cref="StateDamagedException">See above.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static CopiedNode Open(
        string dataDirectory,
        string scratchIn,
        int stateCopies,
        Action<NodeStamp> refuse,
        CancellationToken cancellationToken)
    {
        var stamp = NodeStamps.Read(dataDirectory);
        var directory = PosixDataDirectory.Open(dataDirectory, stamp.Self, RandomNumbers.Draw);
        ScratchFolder? copies = null;
        try
        {
            refuse(stamp);
            copies = CopyInto(dataDirectory, scratchIn, stateCopies, cancellationToken);
            var copied = new CopiedNode(directory, copies);
            copied.RequireWhole(dataDirectory);
            return copied;
        }
        catch
        {
            copies?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>A file or folder that goes with the copies.</summary>
    public string ScratchPathOf(string name) => scratch.PathOf(name);

    /// <summary>Goes on with a state by the entries that come next, as many as fit into memory.</summary>
    /// <param name="state">That holds all up to an entry of the log, or up to its begin.</param>
    /// <param name="last">The last entry to be applied; one after the state's.</param>
    /// <exception cref="UnknownStateVersionException">An entry needs a newer program.</exception>
    public void ApplyNext(ChatState state, long last)
    {
        var entries = Log.ReadEntries(new LogIndex(state.AppliedIndex + 1), new LogIndex(last), ReadBytesMax);
        Raft.Invariant.Holds(entries.Count > 0);
        state.Apply([.. entries.Select(entry => new CommittedEntry(
            entry.Index.Value, entry.Term.Value, entry.TimeUs,
            entry.Kind == EntryKind.Command ? entry.Payload : default))]);
    }

    public void Dispose()
    {
        Log.Dispose();
        scratch.Dispose();
        locked.Dispose();
    }

    private static ScratchFolder CopyInto(
        string dataDirectory, string scratchIn, int stateCopies, CancellationToken cancellationToken)
    {
        var statePath = Path.Combine(dataDirectory, SnapshotFiles.StateName);
        var logFolder = PosixDataDirectory.LogFolderOf(dataDirectory);
        string[] segments = System.IO.Directory.Exists(logFolder) ? System.IO.Directory.GetFiles(logFolder) : [];
        if (!File.Exists(statePath) || segments.Length == 0)
        {
            throw new DataDirectoryRefusedException($"{dataDirectory}: a state and a log expected, one is gone");
        }

        var copies = ScratchFolder.In(
            scratchIn,
            (ChatState.MeasureBytes(statePath) * stateCopies) + segments.Sum(path => new FileInfo(path).Length));
        try
        {
            var copy = copies.PathOf(CopyName);
            var folder = PosixDataDirectory.LogFolderOf(copy);
            const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            System.IO.Directory.CreateDirectory(copy, OwnerOnly);
            System.IO.Directory.CreateDirectory(folder, OwnerOnly);
            ChatState.CopyFile(statePath, Path.Combine(copy, SnapshotFiles.StateName), cancellationToken);
            File.Copy(Path.Combine(dataDirectory, StampFile.Name), Path.Combine(copy, StampFile.Name));
            foreach (var path in segments)
            {
                cancellationToken.ThrowIfCancellationRequested();
                File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
            }

            return copies;
        }
        catch
        {
            copies.Dispose();
            throw;
        }
    }

    /// <summary>State and log meet.</summary>
    private void RequireWhole(string dataDirectory)
    {
        if (AppliedIndex < Log.Base.Index.Value || AppliedIndex > Log.LastIndex.Value)
        {
            Log.Dispose();
            throw new DataDirectoryRefusedException(
                $"{dataDirectory}: its state ends at #{AppliedIndex}, its log has {Log.Base.Index} to {Log.LastIndex}: "
                + "what is between them is gone. What to do: if the node was being given a snapshot, start it once and "
                + "stop it again; else take another node's directory");
        }
    }
}
