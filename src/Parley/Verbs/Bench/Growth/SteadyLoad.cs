using System.Diagnostics;
using Parley.Client;
using Parley.Local;

namespace Parley.Verbs.Bench.Growth;

/// <summary>Messages that are sent, delivered, acknowledged and dropped, on and on: does anything grow?</summary>
internal static class SteadyLoad
{
    private const int Accounts = 64;
    private const int InFlight = 16;
    private const int SamplesMax = 240;
    private static readonly TimeSpan PauseMin = TimeSpan.FromSeconds(1);

    /// <summary>Sets the cluster's retention and measures.</summary>
    public static async Task RunAsync(
        BenchOptions options,
        LocalCluster cluster,
        ParleySession administrator,
        BenchPeople people,
        GrowthFigures figures,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        var settings = await administrator.GetSettingsAsync(cancellationToken);
        await administrator.ChangeSettingAsync(settings.Revision, "retention", "delivered", cancellationToken);
        await using var load = await CycleLoad.CreateAsync(people, InFlight, Accounts, error, cancellationToken);
        await BenchMeter.RunAsync(load, InFlight, options.FirstWarmUp, cluster: null, cancellationToken);

        error.WriteLine(FormattableString.Invariant(
            $"load at retention 'delivered' for {options.LoadDuration.TotalMinutes:0.##} minutes"));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = WatchAsync(cluster, options.LoadDuration, enough.Token);
        ThroughputResult measured;
        try
        {
            measured = await BenchMeter.RunAsync(load, InFlight, options.LoadDuration, cluster, cancellationToken);
        }
        finally
        {
            await enough.CancelAsync();
            await watching;
        }

        var minutes = FormattableString.Invariant($"{options.LoadDuration.TotalMinutes:0.##} min at 'delivered'");
        figures.Add($"{minutes}: sent, delivered, acknowledged", measured.MessagesPerSecond, "1/s");
        Report(figures, $"{minutes}: memory of all nodes", await watching, seen => seen.ResidentMb, "MB");
        Report(figures, $"{minutes}: descriptors of all nodes", await watching, seen => seen.Descriptors, "");
        Report(figures, $"{minutes}: disk of all nodes", await watching, seen => seen.DiskMb, "MB");
    }

    /// <summary>The first third is left out: it is where caches and pools fill.</summary>
    private static void Report(
        GrowthFigures figures, string what, List<Sample> samples, Func<Sample, double> value, string unit)
    {
        var trend = Trend.Of(
            [.. samples.Skip(samples.Count / 3).Select(sample => (sample.At, value(sample)))]);
        figures.Add($"{what}, mean", trend.Mean, unit);
        figures.Add($"{what}, slope", trend.PerMinute, $"{unit}/min");
        figures.Add($"{what}, growth", trend.GrowthPercent, "%", GrowthAims.GrowthPercent);
    }

    private static async Task<List<Sample>> WatchAsync(
        LocalCluster cluster, TimeSpan duration, CancellationToken enough)
    {
        var pause = duration / SamplesMax;
        using var pace = new PeriodicTimer(pause > PauseMin ? pause : PauseMin);
        var begin = Stopwatch.GetTimestamp();
        var samples = new List<Sample>();
        while (!enough.IsCancellationRequested)
        {
            var processes = cluster.Nodes.Where(node => node.IsRunning).Select(node => node.ProcessId).ToList();
            samples.Add(new(
                Stopwatch.GetElapsedTime(begin),
                processes.Sum(ProcessCosts.ResidentMbOf),
                processes.Sum(ProcessCosts.DescriptorsOf),
                NodeSizes.SumOf(cluster)));
            await WhenDueAsync(pace, enough);
        }

        return samples;
    }

    private static async Task WhenDueAsync(PeriodicTimer pace, CancellationToken enough)
    {
        try
        {
            await pace.WaitForNextTickAsync(enough);
        }
        catch (OperationCanceledException)
        {
            // It is enough.
        }
    }

    private readonly record struct Sample(TimeSpan At, double ResidentMb, int Descriptors, double DiskMb);
}
