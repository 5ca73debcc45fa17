using System.Globalization;
using Parley.Client;
using Parley.Local;

namespace Parley.Verbs.Bench;

/// <summary>
/// A hundred messages a second, sent on time whether or not earlier ones were answered, while leader after leader is
/// killed with SIGKILL: how long is nothing answered?
/// </summary>
internal sealed class FailoverBench
{
    private const int AnsweredBetweenKills = 100;
    private static readonly TimeSpan RecoverMax = TimeSpan.FromSeconds(30);
    private readonly LocalCluster cluster;
    private readonly ParleySession sender;
    private readonly string recipient;
    private readonly Lock counting = new();
    private long last = TimeProvider.System.GetTimestamp();
    private TimeSpan longest;
    private int answered;

    private FailoverBench(LocalCluster cluster, ParleySession sender, string recipient)
    {
        this.cluster = cluster;
        this.sender = sender;
        this.recipient = recipient;
    }

    public static async Task<FailoverResult> RunAsync(
        BenchOptions options, LocalCluster cluster, TextWriter error, CancellationToken cancellationToken)
    {
        await using var client = new ParleyClient(BenchRun.ClientOf(cluster));
        var people = new BenchPeople(client);
        var name = (await people.CreateAsync("to", 1, cancellationToken))[0];
        await using var session = (await people.LoginAsync("from", 1, cancellationToken))[0];
        var bench = new FailoverBench(cluster, session, name);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = bench.SendAsync(stop.Token);
        var gaps = new List<double>();
        try
        {
            for (var kill = 1; kill <= options.Kills; kill++)
            {
                var gap = await bench.KillLeaderAsync(sending, cancellationToken);
                gaps.Add(Math.Round(gap.TotalMilliseconds, 1));
                error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"kill {kill}: {gap.TotalMilliseconds:0} ms without an answer"));
            }
        }
        finally
        {
            await stop.CancelAsync();
        }

        await sending;
        return new()
        {
            Mode = "failover",
            Kills = gaps.Count,
            GapMs = gaps,
            MedianMs = Median(gaps),
            MaxMs = gaps.Max(),
        };
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    private async Task<TimeSpan> KillLeaderAsync(Task sending, CancellationToken cancellationToken)
    {
        await WaitForMoreAsync(sending, cancellationToken);
        var leader = await cluster.LeaderAsync(cancellationToken);
        TakeLongest();
        await cluster.KillAsync(leader);
        await WaitForMoreAsync(sending, cancellationToken);
        var gap = TakeLongest();
        await cluster.RestartAsync(leader, cancellationToken);
        return gap;
    }

    private Task WaitForMoreAsync(Task sending, CancellationToken cancellationToken)
    {
        var wanted = Volatile.Read(ref answered) + AnsweredBetweenKills;
        return Until.TrueAsync(
            async _ =>
            {
                if (sending.IsCompleted)
                {
                    await sending;
                }

                return Volatile.Read(ref answered) >= wanted;
            },
            RecoverMax,
            () => "messages were not answered again",
            cancellationToken);
    }

    private async Task SendAsync(CancellationToken stop)
    {
        var pause = TimeSpan.FromSeconds(1) / BenchOptions.FailoverMessagesPerSecond;
        var text = new string('x', BenchOptions.TextBytes);
        using var pace = new PeriodicTimer(pause);
        var underway = new List<Task>();
        while (!stop.IsCancellationRequested)
        {
            underway.RemoveAll(task => task.IsCompletedSuccessfully);
            underway.Add(SendOneAsync(text));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        await Task.WhenAll(underway);
    }

    private async Task SendOneAsync(string text)
    {
        await sender.SendAsync(recipient, text, CancellationToken.None);
        lock (counting)
        {
            var now = TimeProvider.System.GetTimestamp();
            var gap = TimeProvider.System.GetElapsedTime(last, now);
            longest = gap > longest ? gap : longest;
            last = now;
            answered++;
        }
    }

    private TimeSpan TakeLongest()
    {
        lock (counting)
        {
            var taken = longest;
            longest = TimeSpan.Zero;
            return taken;
        }
    }
}
