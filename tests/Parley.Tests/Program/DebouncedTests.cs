using Microsoft.Extensions.Time.Testing;
using Parley.Local;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What is asked for often and done seldom.</summary>
public sealed class DebouncedTests
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider time = new();
    private int done;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task However_often_it_is_asked_for_it_is_done_at_once_and_once_more()
    {
        var debounced = new Debounced(Count, Pause, time);
        var first = debounced.AskAsync(Stop);
        for (var again = 0; again < 50; again++)
        {
            await debounced.AskAsync(Stop);
        }

        Assert.Equal(1, done);
        await PassAsync(first);
        Assert.Equal(2, done);

        _ = debounced.AskAsync(Stop);
        Assert.Equal(3, done);
    }

    [Fact]
    public async Task After_a_failure_it_can_be_asked_for_again()
    {
        var debounced = new Debounced(FailOnce, Pause, time);

        await Assert.ThrowsAsync<TimeoutException>(() => debounced.AskAsync(Stop));
        var again = debounced.AskAsync(Stop);

        Assert.Equal(2, done);
        Assert.False(again.IsCompleted);
    }

    /// <summary>Pause after pause, until nothing more is to be done.</summary>
    private Task PassAsync(Task underway) => Until.TrueAsync(
        _ =>
        {
            time.Advance(Pause);
            return Task.FromResult(underway.IsCompleted);
        },
        TimeSpan.FromSeconds(30),
        () => "it goes on",
        Stop);

    private Task Count(CancellationToken cancellationToken)
    {
        done++;
        return Task.CompletedTask;
    }

    private Task FailOnce(CancellationToken cancellationToken) =>
        ++done == 1 ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
}
