using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>What a node keeps on disk: the directory with its stamp, the log, the state and the snapshots.</summary>
internal sealed class NodeStore : IDisposable
{
    private const int SegmentBytesMin = 256 << 10;
    private const int SegmentBytesMax = 16 << 20;

    private readonly PosixDataDirectory directory;
    private readonly DurableLogOptions logOptions;
    private readonly NodeBundle? bundle;
    private DurableLog? log;
    private volatile Membership membership;

    private NodeStore(
        PosixDataDirectory directory, ServerOptions options, SnapshotFiles snapshots, ChatState state)
    {
        this.directory = directory;
        logOptions = LogOptionsOf(options);
        bundle = options.Bundle?.Content;
        Snapshots = snapshots;
        OpenedState = state;
        membership = new Membership { Members = [] };
    }

    public PosixDataDirectory Directory => directory;

    public SnapshotFiles Snapshots { get; }

    /// <summary>The state as it was opened; <see cref="StateAccess"/> owns it from then on.</summary>
    public ChatState OpenedState { get; }

    /// <summary>The node belongs to a cluster, and its log is open.</summary>
    public bool IsFormed => log is not null;

    /// <summary>There is one once the node is formed.</summary>
    public DurableLog Log => log ?? throw new Raft.InvariantBrokenException("the log is not open");

    /// <summary>The members as of what is applied.</summary>
    public Membership Membership => membership;

    /// <summary>Opens everything there is, finishes an install that was interrupted, and refuses what does not fit.
    /// </summary>
    /// <exception cref="DataDirectoryRefusedException">Exit code 10, as for the next two.</exception>
    /// <exception cref="LogDamagedException">See above.</exception>
    /// <exception cref="StateDamagedException">See above.</exception>
    public static NodeStore Open(ServerOptions options, TimeProvider time)
    {
        var stamped = PosixDataDirectory.Open(options.DataDirectory, new NodeId(options.Id), RandomNumbers.Draw);
        try
        {
            DivergenceFile.Refuse(stamped.Path, options.Id);
            if (stamped.Stamp.Stage == Raft.Formation.FormationStage.Formed)
            {
                AuthorityMark.Keep(stamped.Path, options.Bundle?.Content);
            }

            var snapshots = new SnapshotFiles(stamped.Path, new PosixStorageDirectory(stamped.Path), time);
            var formedLog = stamped.Stamp.Stage == Raft.Formation.FormationStage.Formed
                ? stamped.OpenLog(LogOptionsOf(options))
                : null;
            var state = OpenState(snapshots, formedLog);
            var store = new NodeStore(stamped, options, snapshots, state);
            if (formedLog is not null)
            {
                store.Use(formedLog);
            }

            snapshots.RemoveLeftovers();
            return store;
        }
        catch
        {
            stamped.Dispose();
            throw;
        }
    }

    /// <summary>After formation: the log is created.</summary>
    public void CreateLog()
    {
        AuthorityMark.Keep(directory.Path, bundle);
        Use(directory.OpenLog(logOptions));
    }

    /// <summary>An entry or snapshot that names the members was applied.</summary>
    public void MembershipApplied(Membership applied) => membership = applied;

    public void Dispose()
    {
        log?.Dispose();
        directory.Dispose();
    }

    /// <summary>The log is cut by whole segments: some must fit into what is kept.</summary>
    private static DurableLogOptions LogOptionsOf(ServerOptions options) => new()
    {
        SegmentBytes = (int)Math.Clamp(((long)options.LogKeptMib << 20) / 4, SegmentBytesMin, SegmentBytesMax),
    };

    private static ChatState OpenState(SnapshotFiles snapshots, DurableLog? log)
    {
        var state = ChatState.Open(snapshots.StatePath);
        if (log is null)
        {
            return state;
        }

        if (state.AppliedIndex < log.Base.Index.Value && snapshots.HasFetched(log.Base))
        {
            // The log begins at a snapshot that was fetched and not yet put in place: the process ended in between.
            state.Dispose();
            ChatState.VerifySnapshot(snapshots.FetchedPath(log.Base));
            state = snapshots.PutInPlace(log.Base);
        }

        if (state.AppliedIndex < log.Base.Index.Value)
        {
            throw new DataDirectoryRefusedException(
                $"the log begins at {log.Base.Index}, the state ends at #{state.AppliedIndex}: what is between them is "
                + "gone; keep the directory for a look and treat the node as lost");
        }

        if (state.AppliedIndex > log.LastIndex.Value)
        {
            throw new DataDirectoryRefusedException(
                $"the log ends at {log.LastIndex}, but the state has applied #{state.AppliedIndex}: the log lost "
                + "entries (a directory put back from a copy?); keep the directory for a look and treat the node as "
                + "lost");
        }

        return state;
    }

    private void Use(DurableLog opened)
    {
        log = opened;
        membership = opened.Membership;
    }
}
