using Parley.Client;
using Parley.Local;

namespace Parley.Verbs.Bench.Abuse;

/// <summary>How long ten accounts wait for the answers to their sends: alone, and beside each abuse of node 1.
/// </summary>
internal static class AbuseBench
{
    private const int Senders = 10;
    private const int AbusedNode = 1;

    /// <summary>The abuses follow each other; each result is told as soon as it is there.</summary>
    public static async Task RunAsync(
        BenchOptions options,
        LocalCluster cluster,
        Action<AbuseResult> report,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        await using var client = new ParleyClient(BenchRun.ClientOf(cluster));
        var people = new BenchPeople(client);
        error.WriteLine("creating accounts");
        var names = await people.CreateAsync("abuse", 2, cancellationToken);
        var senders = await people.LoginAsync("from", Senders, cancellationToken);
        var sends = new PacedSends(senders, names[0]);
        await using var flood = await SendFlood.CreateAsync(
            cluster.OpenChannel(AbusedNode), names[1], names[0], cancellationToken);
        await using var logins = new LoginFlood(names[1], from => cluster.OpenChannel(AbusedNode, from));
        try
        {
            await sends.RunAsync(options.FirstWarmUp, cancellationToken);
            var alone = await sends.RunAsync(options.Duration, cancellationToken);
            report(ToResult("none", alone, alone, abuse: null));
            foreach (var abuse in (IAbuse[])[flood, logins])
            {
                report(await BesideAsync(abuse, sends, options, alone, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(senders.Select(sender => sender.DisposeAsync().AsTask()));
        }
    }

    private static async Task<AbuseResult> BesideAsync(
        IAbuse abuse,
        PacedSends sends,
        BenchOptions options,
        LatencyHistogram alone,
        CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var abusing = abuse.RunAsync(stop.Token);
        LatencyHistogram beside;
        try
        {
            // What it takes at first, like a burst that is still allowed, is not what it goes on with.
            await sends.RunAsync(options.WarmUp, cancellationToken);
            beside = await sends.RunAsync(options.Duration, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await abusing;
        }

        return ToResult(abuse.Name, beside, alone, abuse);
    }

    private static AbuseResult ToResult(
        string name, LatencyHistogram beside, LatencyHistogram alone, IAbuse? abuse) => new()
        {
            Mode = "abuse",
            Abuse = name,
            Sends = beside.Count,
            P50Ms = Ms(beside, 0.5),
            P99Ms = Ms(beside, 0.99),
            MaxMs = Ms(beside, 1),
            P99ToAlone = Math.Round(Ms(beside, 0.99) / Ms(alone, 0.99), 2),
            Asked = abuse?.Asked ?? 0,
            Refused = abuse?.Refused ?? 0,
        };

    private static double Ms(LatencyHistogram histogram, double share) =>
        Math.Round(histogram.Percentile(share).TotalMilliseconds, 3);
}
