using Parley.Raft.Formation;

namespace Parley.Raft.Storage;

/// <content>A cluster of one that begins with a state that was.</content>
internal sealed partial class PosixDataDirectory
{
    /// <summary>Makes of an empty directory, or of none, that of a new cluster's only member, whose log begins after a
    /// state. The stamp comes last: a directory where this was interrupted has none, and is refused.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="stamp">Formed, of the new cluster; its one founding member is itself.</param>
    /// <param name="putState">Puts the state into the directory, synced; the log begins after what it holds.</param>
    /// <exception cref="DataDirectoryRefusedException">It is not empty, not one's own, or in use.</exception>
    /// <exception cref="StorageFailedException">A write or sync failed; whatever <paramref name="putState"/> throws
    /// comes through as well. What was made is removed again.</exception>
    public static void Found(string path, NodeStamp stamp, Func<SnapshotMark> putState)
    {
        Invariant.Holds(stamp is { Stage: FormationStage.Formed, HasLog: true } && stamp.Members.Count == 1);
        var files = OpenFiles(path);
        RefuseOthersAccess(path);
        using var locked = Lock(path);
        var stamps = new StampFile(files);
        if (FindStamp(path, stamps) is { } other)
        {
            throw Refused(path, "an empty directory expected, "
                + (other.Stage == FormationStage.Empty
                    ? $"that of node {other.Self.Value} found"
                    : $"that of node {other.Self.Value} of cluster {other.ClusterId} found")
                + ". What to do: give another one (--data); this one was not touched");
        }

        RefuseRemains(path);
        try
        {
            var mark = putState();
            Invariant.Holds(mark.Membership.Members.Count == 1 && mark.Membership.Names(
                new NodeKey(stamp.Self, stamp.Incarnation)));
            using (var log = DurableLog.Open(
                new PosixStorageDirectory(LogFolderOf(path)), new DurableLogOptions(), mark))
            {
                // No term is used twice, though nobody is left who could have voted in this one.
                log.Append(new HardState(mark.Term, NodeId.None), []);
                log.Sync();
            }

            stamps.Write(stamp);
        }
        catch
        {
            RemoveAllFrom(path);
            throw;
        }
    }

    /// <summary>Everything there is this process's: it was empty under the lock that is held.</summary>
    private static void RemoveAllFrom(string path)
    {
        foreach (var folder in Directory.GetDirectories(path).Where(folder => !IsForeign(folder)))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.GetFiles(path).Where(file => !IsForeign(file)))
        {
            File.Delete(file);
        }
    }

    private static bool IsForeign(string entry) =>
        System.IO.Path.GetFileName(entry) is var name && (name == LockName || ForeignNames.Contains(name));
}
