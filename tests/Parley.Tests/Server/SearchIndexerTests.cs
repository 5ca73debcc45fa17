using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Parley.Core;
using Parley.Core.Search;
using Parley.Core.Storage;
using Parley.Local;
using Parley.Server.Consensus;
using Parley.Server.Search;
using Parley.Tests.Core;
using RefusedException = Parley.Server.Api.RefusedException;

namespace Parley.Tests.Server;

/// <summary>The index follows the state, whatever became of the file while nobody looked.</summary>
public sealed class SearchIndexerTests : IDisposable
{
    private const string Owner = "cluster 1 7";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string folder = Directory.CreateTempSubdirectory("parley-indexer-").FullName;
    private readonly TestChat chat;
    private readonly StateAccess state;
    private readonly Person alice;
    private readonly Person bob;
    private long room = long.MaxValue;

    public SearchIndexerTests()
    {
        chat = new TestChat(ChatState.Open(Path.Combine(folder, "state.db")));
        state = new StateAccess(chat.State, TimeProvider.System);
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        for (var number = 0; number < 50; number++)
        {
            chat.Stored(alice, bob, $"word {number}");
        }

        state.Publish();
    }

    private string IndexPath => Path.Combine(folder, SearchIndexer.FileName);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        state.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task It_makes_one_and_follows_what_is_applied()
    {
        var indexer = NewIndexer();
        Assert.False(indexer.Covers(state.AppliedIndex));
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);

        Tell(indexer, () => chat.Stored(alice, bob, "word and more"));
        await AssertFindsAsync(indexer, 51);
        Tell(indexer, () => Purge(10));
        await AssertFindsAsync(indexer, 41);
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("other owner")]
    [InlineData("other version")]
    [InlineData("damaged")]
    [InlineData("another state's messages")]
    public async Task What_cannot_be_trusted_is_made_anew(string what)
    {
        await RunToEndAsync();
        switch (what)
        {
            case "garbage":
                File.WriteAllText(IndexPath, "not a database at all, but long enough to be looked at as one");
                break;
            case "other owner":
                Remake("another 1 7", through: state.AppliedIndex);
                break;
            case "other version":
                using (var database = Database.OpenForWriting(IndexPath))
                {
                    database.Execute("PRAGMA user_version = 2");
                }

                break;
            case "damaged":
                var bytes = File.ReadAllBytes(IndexPath);
                Array.Fill(bytes, (byte)0xFF, bytes.Length / 2, bytes.Length / 4);
                File.WriteAllBytes(IndexPath, bytes);
                break;
            default:
                Remake(Owner, through: state.AppliedIndex - 1);
                break;
        }

        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    [Fact]
    public async Task One_that_was_left_behind_catches_up_and_lets_go_what_was_dropped_meanwhile()
    {
        await RunToEndAsync();
        Purge(20);
        chat.Stored(bob, alice, "word at last");
        state.Publish();

        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 31);
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    /// <summary>A power loss may take the last of the state back, and not of the index: the log gives it again.
    /// </summary>
    [Fact]
    public async Task One_that_is_ahead_of_the_state_gives_nothing_that_is_not_there_and_nothing_twice()
    {
        await RunToEndAsync();
        var ahead = chat.State.AppliedIndex;
        using var shorter = ChatState.Open(Path.Combine(folder, "shorter.db"));
        shorter.Apply(chat.Log.GetRange(0, chat.Log.Count - 5));
        using var access = new StateAccess(shorter, TimeProvider.System);

        var indexer = NewIndexer(access);
        indexer.Start(Owner);
        await WaitAsync(() => indexer.Covers(access.AppliedIndex), "the index is looked through");
        Assert.Equal(45, Count(indexer, access));

        indexer.Applied(shorter.Apply(chat.Log));
        access.Publish();
        await indexer.WaitForAsync(ahead, Deadline, Stop);
        Assert.Equal(50, Count(indexer, access));
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    [Fact]
    public async Task A_state_that_was_replaced_is_compared_with()
    {
        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);

        Purge(30);
        chat.Stored(alice, bob, "word of the snapshot");
        state.Publish();
        indexer.StateReplaced();
        await AssertFindsAsync(indexer, 21);
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    [Fact]
    public async Task Found_damaged_by_who_asked_it_is_made_anew_while_searches_go_on()
    {
        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);
        using var search = new MessageSearch(state, indexer, new FakeTimeProvider()); // No search is cut.

        indexer.Report(new MessageIndexException("a page is not what it was", isDamaged: true));
        var page = await search.RunAsync(alice.Account, Wish(), Stop);
        Assert.True(page.IsIncomplete);

        await AssertFindsAsync(indexer, 50);
        page = await search.RunAsync(alice.Account, Wish(), Stop);
        Assert.False(page.IsIncomplete);
        Assert.Equal(50, page.Messages.Count);
        indexer.Stop();
    }

    /// <summary>Log and state lie on the same disk, and end the node when it is full.</summary>
    [Fact]
    public async Task Without_room_it_takes_nothing_and_without_much_less_it_gives_back_what_it_has()
    {
        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);

        Volatile.Write(ref room, SearchIndexer.RoomKept - 1);
        Tell(indexer, () => chat.Stored(alice, bob, "word too many"));
        Assert.Equal(50, Count(indexer, state));
        Volatile.Write(ref room, SearchIndexer.RoomAtLeast - 1);
        await WaitAsync(() => !File.Exists(IndexPath), "the file is given back");
        Assert.Null(indexer.Find(0).Index);

        Volatile.Write(ref room, SearchIndexer.RoomKept);
        await AssertFindsAsync(indexer, 51);
        indexer.Stop();

        AssertHoldsWhatTheStateHolds();
    }

    [Fact]
    public async Task One_account_searches_twice_at_a_time_and_no_more()
    {
        var indexer = NewIndexer();
        using var search = new MessageSearch(state, indexer, TimeProvider.System);
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);
        Volatile.Write(ref room, SearchIndexer.RoomKept - 1);
        Tell(indexer, () => chat.Stored(alice, bob, "word that waits"));

        var refused = await Until.FoundAsync(
            async _ =>
            {
                // Both wait a moment for the index, which does not come; longer than this takes, most of the time.
                var waiting = new[] { 1, 2 }.Select(_ => search.RunAsync(alice.Account, Wish(), Stop)).ToList();
                var third = await Record.ExceptionAsync(() => search.RunAsync(alice.Account, Wish(), Stop));
                Assert.All(await Task.WhenAll(waiting), page => Assert.True(page.IsIncomplete));
                return third as RefusedException;
            },
            Deadline,
            () => "a third search at a time was never refused",
            Stop);
        Assert.Equal("TOO_MANY_CALLS", refused.Reason.Name);
        Assert.True((await search.RunAsync(bob.Account, Wish(), Stop)).IsIncomplete);
        indexer.Stop();
    }

    /// <summary>A snapshot may come while a search has begun: what it brought is in no index, and the answer does not
    /// claim it.</summary>
    [Fact]
    public async Task An_answer_claims_no_more_than_was_applied_when_it_was_asked_for()
    {
        var indexer = NewIndexer();
        using var search = new MessageSearch(state, indexer, new FakeTimeProvider()); // No search is cut.
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);
        var asked = state.AppliedIndex;

        chat.Stored(alice, bob, "word of the snapshot"); // In the state; nobody was told yet.
        var page = await search.RunAsync(alice.Account, Wish(), Stop);

        Assert.True(chat.State.AppliedIndex > asked);
        Assert.Equal(asked, page.AppliedIndex);
        Assert.False(page.IsIncomplete);
        Assert.Equal(50, page.Messages.Count);
        indexer.Stop();
    }

    private static SearchWish Wish() => new(SearchQuery.Find("word", out _)!, null, long.MaxValue, 100, 1 << 20);

    private static async Task WaitAsync(Func<bool> condition, string what)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        deadline.CancelAfter(Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!condition())
        {
            Assert.False(deadline.IsCancellationRequested, $"not so in time: {what}");
            await timer.WaitForNextTickAsync(Stop);
        }
    }

    private SearchIndexer NewIndexer(StateAccess? access = null) =>
        new(access ?? state, IndexPath, () => room, TimeProvider.System, NullLogger<SearchIndexer>.Instance);

    private async Task RunToEndAsync()
    {
        var indexer = NewIndexer();
        indexer.Start(Owner);
        await AssertFindsAsync(indexer, 50);
        indexer.Stop();
    }

    private void Tell(SearchIndexer indexer, Action apply)
    {
        apply();
        state.Publish();
        indexer.Applied(chat.Last);
    }

    private void Purge(long through)
    {
        var conversation = chat.Reader.ReadHistory(alice.Account, "bob", 0, 1, 1).Conversation;
        chat.Acknowledge(bob, conversation, through);
        chat.Apply(Commands.Purge(forgetExpired: false, (conversation, through)));
    }

    private void Remake(string owner, long through)
    {
        File.Delete(IndexPath);
        using var index = MessageIndexFile.Create(IndexPath, owner);
        index.Write([new IndexedMessage(1, 1, "word of others")], [], through);
    }

    private int Count(SearchIndexer indexer, StateAccess access) =>
        access.Read(reader => reader.Search(alice.Account, Wish(), indexer.Index!, () => false)).Messages.Count;

    private async Task AssertFindsAsync(SearchIndexer indexer, int expected)
    {
        await WaitAsync(() => indexer.Covers(state.AppliedIndex), "the index covers what is applied");
        Assert.Equal(expected, Count(indexer, state));
    }

    private void AssertHoldsWhatTheStateHolds()
    {
        using var index = MessageIndexFile.Open(IndexPath, Owner);
        index.Check();
        using var reader = chat.State.OpenReader();
        Assert.Equal(chat.State.AppliedIndex, index.Through);
        Assert.Equal(reader.ReadPositions(0, long.MaxValue, 1_000), index.ListPositions(0, 1_000));
    }
}
