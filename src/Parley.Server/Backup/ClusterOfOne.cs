using System.Globalization;
using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Backup;

/// <summary>Makes of an empty directory a new cluster of one node, which begins with a state that was: with an id drawn
/// here, and nobody logged in (docs/decisions/0024-backup.md).</summary>
internal sealed class ClusterOfOne(string dataDirectory, FirstMember self)
{
    private string StatePath => Path.Combine(dataDirectory, SnapshotFiles.StateName);

    /// <summary>What was begun and cannot be finished is removed.</summary>
    /// <param name="putState">Makes a file of the state, whole and verified, where it is told to.</param>
    /// <exception cref="DataDirectoryRefusedException">The directory is not empty, not one's own, or in use.
    /// </exception>
    public FoundedCluster Found(Action<string> putState)
    {
        var incarnation = RandomNumbers.Draw();
        var stamp = new NodeStamp
        {
            Self = new NodeId(self.Id),
            Incarnation = incarnation,
            Stage = FormationStage.Formed,
            ClusterId = RandomNumbers.DrawClusterId(),
            Members = [new FoundingMember(new NodeId(self.Id), incarnation, self.Address)],
            HasLog = true,
        };
        var (mark, sessions) = (stamp.InitialMark(), 0);
        PosixDataDirectory.Found(dataDirectory, stamp, () =>
        {
            putState(StatePath);
            (mark, sessions) = EndSessions(mark);
            return mark;
        });
        return new FoundedCluster(stamp.ClusterId, self, mark.Index.Value, sessions);
    }

    /// <summary>The state file is whole and synced when this returns.</summary>
    private (SnapshotMark Mark, int Sessions) EndSessions(SnapshotMark initial)
    {
        int sessions;
        SnapshotMark mark;
        using (var state = ChatState.OpenVerified(StatePath))
        {
            sessions = state.EndSessions();
            mark = initial with
            {
                Index = new LogIndex(state.AppliedIndex),
                Term = new Term(state.AppliedTerm),
                TimeUs = state.LastTimeUs,
            };
            var checkpointed = state.Checkpoint();
            Raft.Invariant.Holds(checkpointed == state.AppliedIndex);
        }

        var files = new PosixStorageDirectory(dataDirectory);
        using (var file = files.Open(SnapshotFiles.StateName))
        {
            file.Sync();
        }

        files.SyncDirectory();
        return (mark, sessions);
    }
}

/// <summary>A cluster of one that was made of a state.</summary>
/// <param name="Id">Its own.</param>
/// <param name="Node">Its only member.</param>
/// <param name="AppliedIndex">What its log begins after.</param>
/// <param name="SessionsEnded">How many were logged in.</param>
internal sealed record FoundedCluster(string Id, FirstMember Node, long AppliedIndex, int SessionsEnded);

/// <summary>The node that a cluster begins with.</summary>
/// <param name="Id">From 1.</param>
/// <param name="Address">Where other nodes will reach it: HOST:PORT.</param>
internal sealed record FirstMember(int Id, string Address)
{
    private const int IdMax = 1_000;

    /// <summary>As its bundle says.</summary>
    /// <exception cref="BackupRefusedException">That is of no use.</exception>
    public static FirstMember OfBundle(string path)
    {
        var self = Refusals.Run(() => NodeBundle.Load(path)).Self;
        return new FirstMember(self.Id, self.Node);
    }

    /// <summary>From ID=HOST:PORT; null when it is something else.</summary>
    public static FirstMember? Find(string text) =>
        text.Split('=', 2) is [var number, var address]
        && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && id is >= 1 and <= IdMax
        && HostPort.TryParse(address, out _)
            ? new FirstMember(id, address)
            : null;
}
