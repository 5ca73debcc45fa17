using Parley.Local;

namespace Parley.Verbs.Bench;

/// <summary>Keeps a number of chains busy for a time, and counts.</summary>
internal static class BenchMeter
{
    /// <summary>Costs are taken of the cluster's processes; without one they are null.</summary>
    public static async Task<ThroughputResult> RunAsync(
        IBenchLoad load, int inFlight, TimeSpan duration, LocalCluster? cluster, CancellationToken cancellationToken)
    {
        var histogram = new LatencyHistogram();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var before = cluster is null ? null : ProcessCosts.Of(cluster);
        var begin = TimeProvider.System.GetTimestamp();
        var chains = Enumerable.Range(0, inFlight)
            .Select(chain => Task.Run(() => RunChainAsync(load, chain, inFlight, histogram, stop.Token), stop.Token))
            .ToArray();
        stop.CancelAfter(duration);
        var finished = Task.WhenAll(chains);
        await Task.WhenAny(finished, WhenCancelledAsync(stop.Token));
        var elapsed = TimeProvider.System.GetElapsedTime(begin);
        var after = cluster is null ? null : ProcessCosts.Of(cluster);
        var count = histogram.Count;
        await finished;
        cancellationToken.ThrowIfCancellationRequested();
        return new()
        {
            Mode = "",
            InFlight = inFlight,
            MessagesPerSecond = Math.Round(count / elapsed.TotalSeconds, 1),
            P50Ms = Ms(histogram, 0.5),
            P99Ms = Ms(histogram, 0.99),
            P999Ms = Ms(histogram, 0.999),
            ServerCpuSecondsPer1000 = after is null || before is null || count == 0
                ? null
                : Math.Round((after.CpuSeconds - before.CpuSeconds) * 1_000 / count, 4),
            RssMb = after is null ? null : Math.Round(after.ResidentMb, 1),
            FdatasyncMs = null,
            RoundTripMs = 0,
        };
    }

    private static async Task RunChainAsync(
        IBenchLoad load, int chain, int chains, LatencyHistogram histogram, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var begin = TimeProvider.System.GetTimestamp();
            await load.OnceAsync(chain, chains);
            if (!stop.IsCancellationRequested)
            {
                histogram.Record(TimeProvider.System.GetElapsedTime(begin));
            }
        }
    }

    private static async Task WhenCancelledAsync(CancellationToken stop)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(cancelled.SetResult);
        await cancelled.Task;
    }

    private static double Ms(LatencyHistogram histogram, double share) =>
        Math.Round(histogram.Percentile(share).TotalMilliseconds, 3);
}
