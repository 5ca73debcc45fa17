using System.Diagnostics;

namespace Parley.Tests.Cluster;

/// <summary>How late this process's own thread pool was: a call that seems to hang may have waited for the test.
/// </summary>
internal sealed class PoolWatch : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource stop = new();
    private readonly Task running;
    private long longestTicks;

    public PoolWatch() => running = RunAsync();

    /// <summary>So far.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Volatile.Read(ref longestTicks));

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            await Task.Delay(Every, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var late = Stopwatch.GetElapsedTime(began) - Every;
            Volatile.Write(ref longestTicks, Math.Max(longestTicks, late.Ticks));
        }
    }
}
