using Microsoft.Extensions.Time.Testing;
using Parley.Core;
using Parley.Server.Delivery;
using Parley.Server.Guarding;

namespace Parley.Tests.Delivery;

/// <summary>A stream is told that its session has ended, whenever that was, and is cut when it stays.</summary>
public sealed class SessionWatchTests
{
    private const long Session = 7;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Bell bell = new();
    private readonly FakeTimeProvider time = new();
    private readonly TaskCompletionSource cut = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isLive = true;

    [Fact]
    public async Task A_session_that_ends_is_told_of_and_who_stays_is_cut()
    {
        await using var watch = NewWatch();
        Assert.False(watch.Ended.IsCancellationRequested);

        isLive = false;
        bell.Applied(Result(Session));
        await EndAsync(watch);
        Assert.False(cut.Task.IsCompleted);
        time.Advance(GuardLimits.CloseMax);

        await cut.Task.WaitAsync(Deadline);
    }

    [Fact]
    public async Task A_session_that_had_ended_before_is_told_of()
    {
        isLive = false;

        await using var watch = NewWatch();

        await EndAsync(watch);
    }

    [Fact]
    public async Task A_session_that_a_snapshot_has_not_is_told_of()
    {
        await using var watch = NewWatch();

        isLive = false;
        bell.StateReplaced();

        await EndAsync(watch);
    }

    [Fact]
    public async Task A_stream_that_ends_in_time_is_not_cut_and_leaves_no_rope()
    {
        var watch = NewWatch();
        isLive = false;
        bell.Applied(Result(Session));
        await EndAsync(watch);

        await watch.DisposeAsync();
        time.Advance(GuardLimits.CloseMax * 2);
        bell.Applied(Result(Session));

        Assert.False(cut.Task.IsCompleted);
    }

    private SessionWatch NewWatch() =>
        new(bell.Hang(account: 0, Session), () => isLive, () => cut.TrySetResult(), time);

    private static async Task EndAsync(SessionWatch watch)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = watch.Ended.Register(() => ended.TrySetResult());
        await ended.Task.WaitAsync(Deadline);
    }

    private static ApplyResult Result(long ended) => new()
    {
        AppliedIndex = 1,
        Commands = [],
        AccountsToRing = [],
        EndedSessions = [ended],
        OpenedStreams = [],
        DroppedMessages = [],
    };
}
