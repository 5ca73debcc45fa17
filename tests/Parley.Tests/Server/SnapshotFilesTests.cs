using Microsoft.Extensions.Time.Testing;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>What stays of snapshots beside the state file, on a real disk.</summary>
public sealed class SnapshotFilesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("parley-snapshots-").FullName;

    private SnapshotFiles Files => new(root, new PosixStorageDirectory(root), TimeProvider.System);

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void A_download_outlives_its_attempts_and_not_the_offer_of_another()
    {
        var files = Files;
        var old = files.UnfinishedFetchedPath(new LogIndex(10), new Term(1));
        var offered = files.UnfinishedFetchedPath(new LogIndex(20), new Term(1));
        File.WriteAllText(old, "half");
        File.WriteAllText(offered, "half");
        File.WriteAllText(files.FetchedPath(MarkAt(15)), "whole: the log may begin at it");

        files.RemoveOtherDownloads(offered);

        Assert.False(File.Exists(old));
        Assert.True(File.Exists(offered));
        Assert.True(files.HasFetched(MarkAt(15)));
    }

    [Fact]
    public void A_whole_download_that_came_too_late_goes()
    {
        var files = Files;
        File.WriteAllText(files.FetchedPath(MarkAt(15)), "whole");

        files.RemoveFetched(MarkAt(15));
        files.RemoveFetched(MarkAt(15));

        Assert.False(files.HasFetched(MarkAt(15)));
    }

    [Fact]
    public void A_made_snapshot_goes_for_the_next_once_nobody_fetches_it_any_more()
    {
        var time = new FakeTimeProvider();
        var files = new SnapshotFiles(root, new PosixStorageDirectory(root), time);
        File.WriteAllText(files.UnfinishedMadePath, "a copy");
        files.FinishMade(MarkAt(15), default);

        time.Advance(TimeSpan.FromMinutes(4));
        files.RemoveOutdated();
        Assert.NotNull(files.FindMade(new LogIndex(15), new Term(1)));
        time.Advance(TimeSpan.FromMinutes(5));
        files.RemoveOutdated();

        Assert.Null(files.FindMade(new LogIndex(15), new Term(1)));
        Assert.Empty(Directory.GetFiles(root));
    }

    [Fact]
    public void A_damaged_snapshot_is_dropped_once_and_not_the_one_that_took_its_place()
    {
        var files = Files;
        var damaged = Make(files, 15);
        Assert.True(files.Drop(damaged));
        Assert.False(files.Drop(damaged));
        Assert.Empty(Directory.GetFiles(root));

        var outdated = Make(files, 16);
        var current = Make(files, 17);

        Assert.False(files.Drop(outdated));
        Assert.Same(current, files.FindMade(new LogIndex(17), new Term(1)));
        Assert.True(File.Exists(current.Path));
    }

    [Fact]
    public void A_damaged_snapshot_is_dropped_even_where_its_file_cannot_go()
    {
        var files = Files;
        var damaged = Make(files, 15);
        File.Delete(damaged.Path);
        Directory.CreateDirectory(damaged.Path); // File.Delete refuses a directory.

        Assert.True(files.Drop(damaged));
        Assert.Null(files.FindMade(new LogIndex(15), new Term(1)));
    }

    private static MadeSnapshot Make(SnapshotFiles files, long index)
    {
        File.WriteAllText(files.UnfinishedMadePath, "a copy");
        files.FinishMade(MarkAt(index), default);
        return files.FindMade(new LogIndex(index), new Term(1))!;
    }

    private static SnapshotMark MarkAt(long index) => new()
    {
        Index = new LogIndex(index),
        Term = new Term(1),
        TimeUs = 0,
        Membership = new Membership { Members = [] },
    };
}
