using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>
/// The data directory of a node that a lost cluster left, whose process is stopped: it is locked while this lives, and
/// not changed. State and log are copied, and the copies looked at.
/// </summary>
internal sealed class Survivor : IDisposable
{
    private const int ReadBytesMax = 4 << 20;

    private readonly PosixDataDirectory locked;
    private readonly ScratchFolder scratch;
    private readonly DurableLog log;

    private Survivor(PosixDataDirectory locked, ScratchFolder scratch, DurableLog log, long appliedIndex)
    {
        this.locked = locked;
        this.scratch = scratch;
        this.log = log;
        AppliedIndex = appliedIndex;
    }

    /// <summary>The id of the lost cluster.</summary>
    public string Cluster => locked.Stamp.ClusterId;

    public int Node => locked.Stamp.Self.Value;

    /// <summary>What its state holds, and what was certainly committed.</summary>
    public long AppliedIndex { get; }

    /// <summary>The last entry in its log. Of those after <see cref="AppliedIndex"/> nobody knows whether they were
    /// committed.</summary>
    public long LastIndex => log.LastIndex.Value;

    /// <summary>That entry's term.</summary>
    public long LastTerm => (log.FindTerm(log.LastIndex) ?? Term.None).Value;

    /// <summary>That entry's stamp.</summary>
    public DateTimeOffset LastTime => DateTimeOffset.UnixEpoch.AddMicroseconds(
        log.LastIndex == log.Base.Index
            ? log.Base.TimeUs
            : log.ReadEntries(log.LastIndex, log.LastIndex, ReadBytesMax)[0].TimeUs);

    /// <summary>How many nodes voted, by the newest membership in its log.</summary>
    public int Voters => log.Membership.Members.Count(member => member.IsVoter);

    private string StatePath => scratch.PathOf(SnapshotFiles.StateName);

    /// <param name="dataDirectory">The node's.</param>
    /// <param name="scratchIn">A folder with room for copies of state and log.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="DataDirectoryRefusedException">The node runs, or the directory is of no use.</exception>
    /// <exception cref="LogDamagedException">See above; as the next one.</exception>
    /// <exception cref="StateDamagedException">See above.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static Survivor Open(string dataDirectory, string scratchIn, CancellationToken cancellationToken)
    {
        var stamp = NodeStamps.Read(dataDirectory);
        var directory = PosixDataDirectory.Open(dataDirectory, stamp.Self, RandomNumbers.Draw);
        ScratchFolder? copies = null;
        try
        {
            DivergenceFile.Refuse(dataDirectory, stamp.Self.Value);
            RemovalFile.Refuse(dataDirectory);
            copies = CopyInto(dataDirectory, scratchIn, cancellationToken);
            var copiedLog = DurableLog.Open(
                new PosixStorageDirectory(PosixDataDirectory.LogFolderOf(copies.Path)), new DurableLogOptions(),
                stamp.InitialMark());
            var applied = ChatState.ReadAppliedIndex(copies.PathOf(SnapshotFiles.StateName));
            var survivor = new Survivor(directory, copies, copiedLog, applied);
            survivor.RequireWhole(dataDirectory);
            return survivor;
        }
        catch
        {
            copies?.Dispose();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Begins a new cluster with its state and all entries of its log.</summary>
    /// <exception cref="DataDirectoryRefusedException">The directory is not empty, not one's own, or in use.
    /// </exception>
    /// <exception cref="UnknownStateVersionException">An entry needs a newer program.</exception>
    public FoundedCluster Found(string dataDirectory, FirstMember self)
    {
        using (var state = ChatState.Open(StatePath))
        {
            while (state.AppliedIndex < log.LastIndex.Value)
            {
                var entries = log.ReadEntries(new LogIndex(state.AppliedIndex + 1), log.LastIndex, ReadBytesMax);
                Raft.Invariant.Holds(entries.Count > 0);
                state.Apply([.. entries.Select(entry => new CommittedEntry(
                    entry.Index.Value, entry.Term.Value, entry.TimeUs,
                    entry.Kind == EntryKind.Command ? entry.Payload : default))]);
            }

            Raft.Invariant.Holds(state.Checkpoint() == state.AppliedIndex);
        }

        return new ClusterOfOne(dataDirectory, self).Found(path =>
        {
            File.Copy(StatePath, path);
            ChatState.VerifySnapshot(path);
        });
    }

    public void Dispose()
    {
        log.Dispose();
        scratch.Dispose();
        locked.Dispose();
    }

    private static ScratchFolder CopyInto(
        string dataDirectory, string scratchIn, CancellationToken cancellationToken)
    {
        var statePath = Path.Combine(dataDirectory, SnapshotFiles.StateName);
        var logFolder = PosixDataDirectory.LogFolderOf(dataDirectory);
        string[] segments = Directory.Exists(logFolder) ? Directory.GetFiles(logFolder) : [];
        if (!File.Exists(statePath) || segments.Length == 0)
        {
            throw new DataDirectoryRefusedException($"{dataDirectory}: a state and a log expected, one is gone");
        }

        var copies = ScratchFolder.In(
            scratchIn, (ChatState.MeasureBytes(statePath) * 2) + segments.Sum(path => new FileInfo(path).Length));
        try
        {
            ChatState.CopyFile(statePath, copies.PathOf(SnapshotFiles.StateName), cancellationToken);
            var folder = PosixDataDirectory.LogFolderOf(copies.Path);
            Directory.CreateDirectory(folder);
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
        if (AppliedIndex < log.Base.Index.Value || AppliedIndex > log.LastIndex.Value)
        {
            log.Dispose();
            throw new DataDirectoryRefusedException(
                $"{dataDirectory}: its state ends at #{AppliedIndex}, its log has {log.Base.Index} to {log.LastIndex}: "
                + "what is between them is gone. What to do: if the node was being given a snapshot, start it once and "
                + "stop it again; else take another node's directory");
        }
    }
}
