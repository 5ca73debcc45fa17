using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Parley.Client;
using Parley.Client.Receiving;
using Parley.Local;

namespace Parley.Tests.Client;

/// <summary>Marks of what was read go together: no call a message.</summary>
public sealed class ReadMarkerTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider time = new();
    private readonly ConcurrentQueue<string> calls = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_read_within_a_pause_is_one_call_with_the_highest_marks()
    {
        await using var marker = new ReadMarker(NoteAsync, Pause, time);
        marker.Mark("x", 1);
        await CallsAsync(1);
        for (var sequence = 2; sequence <= 500; sequence++)
        {
            marker.Mark("x", sequence);
            marker.Mark("y", 501 - sequence);
        }

        marker.Mark("x", 7);
        Assert.Single(calls);
        await CallsAsync(2);

        Assert.Equal(["x 1", "x 500 y 499"], calls);
    }

    [Fact]
    public async Task A_flush_waits_for_no_pause_and_leaves_nothing()
    {
        await using var marker = new ReadMarker(NoteAsync, Pause, time);
        await marker.FlushAsync(Stop);
        marker.Mark("x", 1);
        marker.Mark("x", 2);

        await marker.FlushAsync(Stop).WaitAsync(Deadline, Stop);

        Assert.EndsWith("x 2", calls.Last(), StringComparison.Ordinal);
        marker.Mark("x", 3);
        await marker.FlushAsync(Stop).WaitAsync(Deadline, Stop);
        Assert.EndsWith("x 3", calls.Last(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flush_that_was_given_up_leaves_the_pauses()
    {
        var held = new TaskCompletionSource();
        await using var marker = new ReadMarker(
            async (marks, cancellationToken) =>
            {
                await NoteAsync(marks, cancellationToken);
                await held.Task;
            },
            Pause, time);
        marker.Mark("x", 1);
        await CallsAsync(1);
        using var impatience = new CancellationTokenSource();
        var flush = marker.FlushAsync(impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);

        held.SetResult();
        marker.Mark("x", 2);
        marker.Mark("x", 3);
        await CallsAsync(2);

        Assert.Equal(["x 1", "x 3"], calls);
    }

    [Fact]
    public async Task One_that_is_refused_takes_none_with_it()
    {
        await using var marker = new ReadMarker(RefuseAsync, Pause, time);
        marker.Mark("gone", 1);
        await CallsAsync(1);
        marker.Mark("gone", 2);
        marker.Mark("x", 1);
        await CallsAsync(4);

        Assert.Equal(["gone 1", "gone 2 x 1", "gone 2", "x 1"], calls);
    }

    private Task NoteAsync(
        (string Conversation, long Sequence)[] marks, CancellationToken cancellationToken)
    {
        calls.Enqueue(string.Join(' ', marks.Select(mark => $"{mark.Conversation} {mark.Sequence}")));
        return Task.CompletedTask;
    }

    private async Task RefuseAsync(
        (string Conversation, long Sequence)[] marks, CancellationToken cancellationToken)
    {
        await NoteAsync(marks, cancellationToken);
        if (marks.Any(mark => mark.Conversation == "gone"))
        {
            throw new NotFoundException("NOT_FOUND", "gone");
        }
    }

    private Task CallsAsync(int count) => Until.TrueAsync(
        _ =>
        {
            time.Advance(Pause / 2);
            return Task.FromResult(calls.Count >= count);
        },
        Deadline,
        () => $"{count} calls expected, {calls.Count} came",
        Stop);
}
