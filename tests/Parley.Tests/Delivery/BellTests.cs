using Parley.Core;
using Parley.Server.Delivery;

namespace Parley.Tests.Delivery;

/// <summary>The bell: no ring is lost, and a doubled one costs a look.</summary>
public sealed class BellTests
{
    private const long Alice = 1;
    private const long Bob = 2;
    private const long AlicesSession = 11;
    private const long BobsSession = 12;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Bell bell = new();

    [Fact]
    public async Task A_new_rope_was_rung_once()
    {
        using var rope = bell.Hang(Alice, AlicesSession);

        var news = await rope.NextRingAsync();

        Assert.Equal(BellNews.Messages | BellNews.Session | BellNews.Cluster, news);
        Assert.False(rope.NextRingAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task Rings_before_the_wait_are_found_together()
    {
        using var rope = await HangQuietlyAsync(Alice, AlicesSession);

        bell.Applied(Result(accounts: [Alice]));
        bell.Applied(Result(accounts: [Alice], ended: [AlicesSession]));

        Assert.Equal(BellNews.Messages | BellNews.Session, await rope.NextRingAsync());
        Assert.False(rope.NextRingAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task A_ring_during_the_wait_ends_it()
    {
        using var rope = await HangQuietlyAsync(Alice, AlicesSession);
        var ring = rope.NextRingAsync().AsTask();

        bell.StateReplaced();

        Assert.Equal(BellNews.Replaced, await ring.WaitAsync(Deadline));
    }

    [Fact]
    public async Task Only_who_is_meant_is_woken()
    {
        using var alices = await HangQuietlyAsync(Alice, AlicesSession);
        using var bobs = await HangQuietlyAsync(Bob, BobsSession);
        var waiting = bobs.NextRingAsync().AsTask();

        bell.Applied(Result(accounts: [Alice], opened: [new OpenedStream(AlicesSession, 2)]));

        Assert.Equal(BellNews.Messages | BellNews.Session, await alices.NextRingAsync());
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Two_streams_of_one_session_are_both_woken_and_a_closed_one_is_forgotten()
    {
        using var first = await HangQuietlyAsync(Alice, AlicesSession);
        var second = await HangQuietlyAsync(Alice, AlicesSession);

        bell.Applied(Result(accounts: [Alice]));
        Assert.Equal(BellNews.Messages, await first.NextRingAsync());
        Assert.Equal(BellNews.Messages, await second.NextRingAsync());

        second.Dispose();
        bell.Applied(Result(accounts: [Alice]));
        Assert.Equal(BellNews.Messages, await first.NextRingAsync());
        Assert.False(second.NextRingAsync().AsTask().IsCompleted);
    }

    [Fact]
    public async Task Whatever_is_written_before_a_ring_is_read_after_it()
    {
        const int Writers = 3;
        const int WritesEach = 40_000;
        using var rope = await HangQuietlyAsync(Alice, AlicesSession);
        long written = 0;
        long read = 0;

        // The model of a stream: it takes the news, then reads everything there is, and waits again.
        async Task ReadAllAsync()
        {
            while (read < Writers * WritesEach)
            {
                await rope.NextRingAsync();
                read = Volatile.Read(ref written);
            }
        }

        void Write()
        {
            for (var i = 0; i < WritesEach; i++)
            {
                Interlocked.Increment(ref written);
                bell.Applied(Result(accounts: [Alice]));
            }
        }

        var reader = Task.Run(ReadAllAsync);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(Write)));

        await reader.WaitAsync(Deadline);
        Assert.Equal(Writers * WritesEach, read);
    }

    private static ApplyResult Result(
        IReadOnlyCollection<long>? accounts = null,
        IReadOnlyCollection<long>? ended = null,
        IReadOnlyCollection<OpenedStream>? opened = null) => new()
        {
            AppliedIndex = 1,
            Commands = [],
            AccountsToRing = accounts ?? [],
            EndedSessions = ended ?? [],
            OpenedStreams = opened ?? [],
            DroppedMessages = [],
        };

    private async Task<BellRope> HangQuietlyAsync(long account, long session)
    {
        var rope = bell.Hang(account, session);
        await rope.NextRingAsync();
        return rope;
    }
}
