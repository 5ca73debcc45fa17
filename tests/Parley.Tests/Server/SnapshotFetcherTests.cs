using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parley.Local;
using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>A download and the removal of the one before never meet, and the loop waits for neither.</summary>
public sealed class SnapshotFetcherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly SnapshotMark Mark = new()
    {
        Index = new LogIndex(7),
        Term = new Term(2),
        TimeUs = 1_000,
        Membership = new Membership { Members = [] },
    };

    private static readonly Message.SnapshotOffer Offer = new()
    {
        From = new NodeKey(new NodeId(1), 0xA1),
        To = new NodeKey(new NodeId(2), 0xA2),
        Term = new Term(2),
        Index = Mark.Index,
        SnapshotTerm = Mark.Term,
    };

    private readonly Mailbox<LoopInput> loop = new(100);
    private readonly FakeTimeProvider time = new();
    private readonly TaskCompletionSource mayRemove = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private readonly List<string> done = [];
    private readonly SnapshotFetcher fetcher;
    private Exception? failure;

    public SnapshotFetcherTests() =>
        fetcher = new SnapshotFetcher(DownloadAsync, Remove, loop, time, NullLogger.Instance);

    private string Done
    {
        get
        {
            lock (gate)
            {
                return string.Join(", ", done);
            }
        }
    }

    public void Dispose()
    {
        mayRemove.TrySetResult();
        fetcher.Dispose();
    }

    [Fact]
    public async Task While_a_download_is_removed_the_loop_goes_on_and_none_of_its_name_begins()
    {
        fetcher.Fetch(Offer);
        await FetchedAsync();

        fetcher.Fetch(Offer);
        fetcher.Discard(Mark);
        await UntilAsync("downloaded, removing");
        fetcher.Fetch(Offer);
        mayRemove.SetResult();
        await Until.TrueAsync(
            _ =>
            {
                fetcher.Fetch(Offer);
                return Task.FromResult(Done != "downloaded, removing" && Done != "downloaded, removing, removed");
            },
            Patience,
            () => $"no other began: {Done}",
            TestContext.Current.CancellationToken);
        await FetchedAsync();

        Assert.Equal("downloaded, removing, removed, downloaded", Done);
    }

    [Fact]
    public async Task Until_it_is_in_place_no_other_is_fetched()
    {
        fetcher.Fetch(Offer);
        await FetchedAsync();
        fetcher.Fetch(Offer);
        fetcher.Fetch(Offer);

        fetcher.Settled();
        fetcher.Fetch(Offer);
        await FetchedAsync();

        Assert.Equal("downloaded, downloaded", Done);
    }

    [Fact]
    public async Task What_failed_is_fetched_at_the_next_offer_and_for_want_of_room_after_a_pause()
    {
        failure = new IOException("the connection was reset");
        await FetchOnceAsync("failed");
        failure = new NoRoomException("100 bytes needed, 10 free");
        await FetchOnceAsync("failed, failed");
        failure = null;

        fetcher.Fetch(Offer);
        Assert.False(fetcher.IsUnderWay);
        time.Advance(TimeSpan.FromSeconds(31));
        fetcher.Fetch(Offer);
        await FetchedAsync();

        Assert.Equal("failed, failed, downloaded", Done);
    }

    private Task<SnapshotMark> DownloadAsync(Message.SnapshotOffer offer, CancellationToken cancellationToken)
    {
        var fails = failure;
        Note(fails is null ? "downloaded" : "failed");
        return fails is null ? Task.FromResult(Mark) : Task.FromException<SnapshotMark>(fails);
    }

    private void Remove(SnapshotMark mark)
    {
        Note("removing");
        mayRemove.Task.Wait(CancellationToken.None);
        Note("removed");
    }

    private void Note(string what)
    {
        lock (gate)
        {
            done.Add(what);
        }
    }

    private Task FetchedAsync() => Until.TrueAsync(
        _ => Task.FromResult(loop.TakeAll(TimeSpan.Zero).OfType<LoopInput.SnapshotFetched>().Any()),
        Patience,
        () => "nothing was fetched",
        TestContext.Current.CancellationToken);

    /// <summary>An offer is taken at once, and has failed when the next may be.</summary>
    private async Task FetchOnceAsync(string expected)
    {
        fetcher.Fetch(Offer);
        await Until.TrueAsync(
            _ => Task.FromResult(!fetcher.IsUnderWay),
            Patience,
            () => "it is still under way",
            TestContext.Current.CancellationToken);
        Assert.Equal(expected, Done);
    }

    private Task UntilAsync(string expected) => Until.TrueAsync(
        _ => Task.FromResult(Done == expected),
        Patience,
        () => $"'{expected}' expected, '{Done}' found",
        TestContext.Current.CancellationToken);
}
