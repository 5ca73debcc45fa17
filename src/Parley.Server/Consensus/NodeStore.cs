using Parley.Core;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>What a node keeps on disk: the directory with its stamp, the log, the state and the snapshots.</summary>
internal sealed class NodeStore : IDisposable
{
    /// <summary>A snapshot is made of a state that was applied a moment ago.</summary>
    private const int MembershipsMax = 64;

    private const int SegmentBytesMin = 256 << 10;
    private const int SegmentBytesMax = 16 << 20;

    private readonly PosixDataDirectory directory;
    private readonly DurableLogOptions logOptions;
    private readonly NodeBundle? bundle;
    private DurableLog? log;
    private readonly Lock gate = new();
    private readonly List<(LogIndex Index, Membership Membership)> memberships = [];
    private Tenure? tenure;
    private readonly TaskCompletionSource<string> removed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private NodeStore(
        PosixDataDirectory directory, ServerOptions options, SnapshotFiles snapshots, ChatState state)
    {
        this.directory = directory;
        logOptions = LogOptionsOf(options);
        bundle = options.Bundle?.Content;
        Snapshots = snapshots;
        OpenedState = state;
    }

    public PosixDataDirectory Directory => directory;

    public SnapshotFiles Snapshots { get; }

    /// <summary>The state as it was opened; <see cref="StateAccess"/> owns it from then on.</summary>
    public ChatState OpenedState { get; }

    /// <summary>The node belongs to a cluster, and its log is open.</summary>
    public bool IsFormed => log is not null;

    /// <summary>Completes with a sentence when a committed membership names this data directory no more, and one
    /// before did.</summary>
    public Task<string> Removed => removed.Task;

    /// <summary>There is one once the node is formed.</summary>
    public DurableLog Log => log ?? throw new Raft.InvariantBrokenException("the log is not open");

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
            RemovalFile.Refuse(stamped.Path);
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

    /// <summary>A committed membership named this directory (<see cref="Tenure.WasNamed"/>).</summary>
    public bool WasMember
    {
        get
        {
            lock (gate)
            {
                return tenure?.WasNamed is true;
            }
        }
    }

    /// <summary>The cluster takes this directory in, which was no member yet; synced.</summary>
    /// <param name="index">What the cluster's log said up to here counts no more.</param>
    public void JoinsAfter(LogIndex index)
    {
        lock (gate)
        {
            JoinFile.Write(directory.Path, index);
            tenure?.JoinedAfter(index);
        }
    }

    /// <summary>An entry or snapshot that names the members is applied.</summary>
    public void MembershipApplied(LogIndex index, Membership applied)
    {
        lock (gate)
        {
            NoteIfRemoved(index, applied);
            memberships.Add((index, applied));
            if (memberships.Count > MembershipsMax)
            {
                memberships.RemoveAt(0);
            }
        }
    }

    /// <summary>The members as of an entry that was applied by this process, or before it started; null: it is too long
    /// ago.</summary>
    public Membership? FindMembership(LogIndex index)
    {
        lock (gate)
        {
            var at = memberships.FindLastIndex(applied => applied.Index <= index);
            return at < 0 ? null : memberships[at].Membership;
        }
    }

    /// <summary>This committed membership is about to be applied, or installed: written down before, if it removes this
    /// node. The writer's thread may tell a snapshot before the applier's tells what is older.</summary>
    public void NoteIfRemoved(LogIndex index, Membership committed)
    {
        lock (gate)
        {
            tenure!.Tell(index, committed);
            if (tenure.IsOver && !removed.Task.IsCompleted)
            {
                var stamp = directory.Stamp;
                removed.SetResult(RemovalFile.Write(directory.Path, stamp.Self.Value, stamp.ClusterId));
            }
        }
    }

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
        var applied = new LogIndex(OpenedState.AppliedIndex);
        var stamp = directory.Stamp;
        lock (gate)
        {
            tenure = new Tenure(
                new NodeKey(stamp.Self, stamp.Incarnation),
                applied,
                opened.MembershipAt(applied),
                JoinFile.Find(directory.Path));
        }

        MembershipApplied(applied, opened.MembershipAt(applied));
    }
}
