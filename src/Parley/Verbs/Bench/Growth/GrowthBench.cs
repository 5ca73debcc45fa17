using System.Diagnostics;
using System.Globalization;
using Parley.Client;
using Parley.Local;
using Parley.Verbs.Bench.Abuse;

namespace Parley.Verbs.Bench.Growth;

/// <summary>What a long life costs a cluster: sends to an empty state and to a full one, a restart, files, memory, an
/// empty node in a lost one's place, and a load of which nothing shall stay.</summary>
internal sealed class GrowthBench(
    BenchOptions options, LocalCluster cluster, GrowthFigures figures, TextWriter error)
{
    private const int InFlight = 8;
    private const int PacedSenders = 10;

    /// <summary>All nodes together, in CPUs: leases, heartbeats and measurements of themselves.</summary>
    private const double QuietCpus = 0.5;

    private static readonly TimeSpan QuietSpan = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QuietWaitMax = TimeSpan.FromMinutes(15);

    /// <summary>How much log a node keeps: with fewer messages than a million as much less, so that the log is cut, as
    /// it is then, and who comes empty needs a snapshot.</summary>
    public static int LogKeptMib(int messages) => (int)Math.Clamp(256L * messages / 1_000_000, 1, 256);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var client = new ParleyClient(BenchRun.ClientOf(cluster));
        var people = new BenchPeople(client);
        error.WriteLine("creating accounts");
        // The first account of a cluster is its administrator.
        await using var administrator = (await people.LoginAsync("admin", 1, cancellationToken))[0];
        await using var load = await GrowthLoad.CreateAsync(people, options.Messages, cancellationToken);
        await FillAsync(load, cancellationToken);
        ReportIdle();
        await RestartAsync(cancellationToken);
        await CatchUpAsync(people, administrator, load.Recipient, cancellationToken);
        await SteadyLoad.RunAsync(options, cluster, administrator, people, figures, error, cancellationToken);
    }

    private async Task FillAsync(GrowthLoad load, CancellationToken cancellationToken)
    {
        await BenchMeter.RunAsync(load, InFlight, options.FirstWarmUp, cluster: null, cancellationToken);
        var empty = await SendCostAsync("an empty state", load, cancellationToken);

        var begin = Stopwatch.GetTimestamp();
        await load.FillAsync(options.Messages, error.WriteLine, cancellationToken);
        var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        figures.Add(Text($"{options.Messages} messages stored in"), took, "s");
        await QuietAsync(cancellationToken);
        figures.Add("quiet, with all in the index, after", Stopwatch.GetElapsedTime(begin).TotalSeconds - took, "s");

        await BenchMeter.RunAsync(load, InFlight, options.WarmUp, cluster: null, cancellationToken);
        var full = await SendCostAsync(Text($"{options.Messages} messages"), load, cancellationToken);
        figures.AddRatio("send p50, full to empty", full.P50Ms, empty.P50Ms, GrowthAims.SendRatio);
        figures.AddRatio(
            "messages/s, empty to full", empty.MessagesPerSecond, full.MessagesPerSecond, GrowthAims.SendRatio);
        await QuietAsync(cancellationToken);
    }

    private async Task<ThroughputResult> SendCostAsync(
        string where, GrowthLoad load, CancellationToken cancellationToken)
    {
        var cost = await BenchMeter.RunAsync(load, InFlight, options.Duration, cluster, cancellationToken);
        figures.Add($"send to {where}, {InFlight} in flight: p50", cost.P50Ms, "ms");
        figures.Add($"send to {where}, {InFlight} in flight", cost.MessagesPerSecond, "1/s");
        figures.Add($"send to {where}: CPU of all nodes", cost.ServerCpuSecondsPer1000, "s/1000");
        return cost;
    }

    private void ReportIdle()
    {
        var processes = cluster.Nodes.Select(node => node.ProcessId).ToList();
        figures.Add(
            "memory of an idle node, largest", processes.Max(ProcessCosts.ResidentMbOf), "MB", GrowthAims.IdleMb);
        figures.Add("descriptors of an idle node, most", processes.Max(ProcessCosts.DescriptorsOf), "");
        var sizes = NodeSizes.LargestOf(cluster);
        figures.Add("log on disk, largest", sizes.Log, "MB");
        figures.Add("state.db, largest", sizes.State, "MB");
        figures.Add("state.db-wal, largest", sizes.WriteAhead, "MB");
        figures.Add("search.db, largest", sizes.Index, "MB");
        figures.Add("data directory, largest", sizes.All, "MB");
    }

    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        var id = await FollowerAsync(cancellationToken);
        error.WriteLine($"restarting node {id}");
        var begin = Stopwatch.GetTimestamp();
        await cluster.RestartAsync(id, cancellationToken);
        figures.Add("node stopped and started again, until it serves", Seconds(begin), "s", GrowthAims.RestartSeconds);

        await cluster.KillAsync(id);
        begin = Stopwatch.GetTimestamp();
        await cluster.RestartAsync(id, cancellationToken);
        figures.Add("killed node started, until it serves", Seconds(begin), "s", GrowthAims.RestartSeconds);
        await QuietAsync(cancellationToken);
        figures.Add(
            "memory of an idle node since its restart",
            ProcessCosts.ResidentMbOf(cluster.Node(id).ProcessId),
            "MB",
            GrowthAims.IdleMb);
    }

    private async Task CatchUpAsync(
        BenchPeople people, ParleySession administrator, string recipient, CancellationToken cancellationToken)
    {
        var senders = await people.LoginAsync("paced", PacedSenders, cancellationToken);
        try
        {
            var catchUp = new CatchUp(cluster, administrator, new PacedSends(senders, recipient));
            var lost = await FollowerAsync(cancellationToken);
            error.WriteLine($"node {lost} loses its disk and is replaced");
            var times = await catchUp.RunAsync(lost, options.Duration, cancellationToken);
            Report(times, lost);
        }
        finally
        {
            await Task.WhenAll(senders.Select(sender => sender.DisposeAsync().AsTask()));
        }
    }

    private void Report(CatchUpTimes times, int lost)
    {
        figures.Add("empty node is a learner after", times.Taken.TotalSeconds, "s");
        figures.Add(
            "empty node votes and has caught up after", times.Done.TotalSeconds, "s", GrowthAims.CatchUpSeconds);
        var (alone, beside) = (times.Alone.Percentile(0.5), times.Beside.Percentile(0.5));
        figures.Add("100 sends/s alone: p50", alone.TotalMilliseconds, "ms");
        figures.Add("100 sends/s meanwhile: p50", beside.TotalMilliseconds, "ms");
        figures.Add("100 sends/s alone: p99", times.Alone.Percentile(0.99).TotalMilliseconds, "ms");
        figures.Add("100 sends/s meanwhile: p99", times.Beside.Percentile(0.99).TotalMilliseconds, "ms");
        figures.AddRatio(
            "send p50, meanwhile to alone", beside.TotalMilliseconds, alone.TotalMilliseconds, GrowthAims.SendRatio);
        figures.Add("memory of the empty node, peak", times.PeakMb[lost], "MB");
        var givers = times.PeakMb.Where(node => node.Key != lost).Max(node => node.Value);
        figures.Add("memory of the others, one of whom gives, peak", givers, "MB");
        figures.Add("snapshot on disk", NodeSizes.SnapshotOf(cluster), "MB");
    }

    private async Task<int> FollowerAsync(CancellationToken cancellationToken)
    {
        var leader = await cluster.LeaderAsync(cancellationToken);
        return cluster.RunningIds.First(id => id != leader);
    }

    /// <summary>Returns when the nodes do next to nothing: their indexes follow the state at leisure.</summary>
    private async Task QuietAsync(CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        var last = ProcessCosts.Of(cluster).CpuSeconds;
        using var pace = new PeriodicTimer(QuietSpan);
        while (await pace.WaitForNextTickAsync(cancellationToken))
        {
            var now = ProcessCosts.Of(cluster).CpuSeconds;
            if (now - last < QuietCpus * QuietSpan.TotalSeconds)
            {
                return;
            }

            last = now;
            if (Stopwatch.GetElapsedTime(begin) > QuietWaitMax)
            {
                error.WriteLine(Text($"not quiet after {QuietWaitMax.TotalMinutes} minutes; going on"));
                return;
            }
        }
    }

    private static double Seconds(long begin) => Stopwatch.GetElapsedTime(begin).TotalSeconds;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
