using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parley.Local;
using Parley.Tests.Cluster;
using Parley.Tests.Inspection;
using Parley.Tests.Program;
using Parley.Tests.Repository;

namespace Parley.Tests.Operations;

/// <summary>What watchers are told by real nodes, under load and without a majority; and that the documents name
/// exactly that.</summary>
[Collection(ClusterCollection.Name)]
public sealed partial class AdminListenerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watchers_are_told_how_a_node_is()
    {
        await using var collector = await Collector.StartAsync();
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with
        {
            Size = 3,
            Watched = true,
            ArgumentsOf = id => id == 1 ? ["--log-format", "json", "--otlp-endpoint", collector.Address] : [],
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://{cluster.Nodes.Node(1).AdminAddress}") };
        await Until.TrueAsync(
            async token =>
            {
                using var ready = await http.GetAsync("/readyz", token);
                return await ready.Content.ReadAsStringAsync(token) == "ready\n";
            },
            TestCluster.Patience,
            () => "node 1 is not ready",
            Stop);

        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", "hello");
        var told = await ReadWhenAsync(
            http,
            metrics => Told().Matches(metrics).Any(row => row.Groups[1].Value == "parley_clock_offset_seconds")
                && Value(metrics, "parley_voters") == 3
                && Value(metrics, "parley_faults_tolerated") == 1
                && Value(metrics, "parley_log_sync_duration_seconds_count") > 0);
        CheckDocumented(told);
        await CheckOneLeadsAsync(cluster);
        await CheckRefusalsAsync(http, cluster);
        await CheckBugReportAsync(cluster);

        await collector.HasTakenAsync("parley.log.committed", Stop);

        await cluster.Nodes.KillAsync([2, 3]);
        var alone = await ReadWhenAsync(http, metrics => Value(metrics, "parley_raft_leader_known") == 0);
        Assert.Equal(-1, Value(alone, "parley_faults_tolerated"));
        Assert.Equal("alive\n", await http.GetStringAsync("/healthz", Stop));
        using var answer = await http.GetAsync("/readyz", Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("not ready: no leader known\n", await answer.Content.ReadAsStringAsync(Stop));

        var logged = cluster.Nodes.StderrOf(1).Split('\n').Where(line => line.StartsWith('{')).ToList();
        Assert.NotEmpty(logged);
        Assert.All(logged, line => JsonDocument.Parse(line).RootElement.GetProperty("EventId").GetInt32());
        await cluster.JudgeAsync();
    }

    /// <summary>It has what a running node and all others say.</summary>
    private static async Task CheckBugReportAsync(TestCluster cluster)
    {
        var folder = Directory.CreateTempSubdirectory("parley-report-");
        try
        {
            var path = Path.Combine(folder.FullName, "report.tar.gz");
            var (code, _, error) = await ProgramRun.RunAsync(
                "debug", "bundle", path, "--data", cluster.Nodes.DataDirectoryOf(1),
                "--admin", cluster.Nodes.Node(1).AdminAddress!, "--nodes", cluster.Nodes.Addresses[0]);

            Assert.Equal(0, code);
            var report = UnpackedReport.Of(path).ToDictionary(
                file => file.Key, file => Encoding.UTF8.GetString(file.Value), StringComparer.Ordinal);
            Assert.Equal(3, report["cluster/answers.json"].TrimEnd().Split('\n').Length);
            Assert.Contains("parley_log_sync_duration_seconds_count", report["metrics.txt"], StringComparison.Ordinal);
            Assert.DoesNotContain("(redacted)", report["metrics.txt"], StringComparison.Ordinal);
            Assert.Equal("# /readyz: 200\nready\n", report["readyz.txt"]);
            Assert.Contains("SendMessage, ", report["data-1/log-heads.txt"], StringComparison.Ordinal);
            Assert.DoesNotContain("not in it: data", error, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Watchers_are_told_of_a_node_that_waits_for_its_cluster()
    {
        await using var nodes = await LocalCluster.StartAsync(
            TestCluster.Options with { Size = 3, Watched = true, WaitUntilServing = false, StartOnly = [1] }, Stop);
        await nodes.Node(1).Listening.WaitAsync(TestCluster.Patience, Stop);
        using var http = new HttpClient { BaseAddress = new Uri($"http://{nodes.Node(1).AdminAddress}") };

        var told = await http.GetStringAsync("/metrics", Stop);
        using var ready = await http.GetAsync("/readyz", Stop);

        Assert.Equal(0, Value(told, "parley_serving"));
        Assert.Equal(-1, Value(told, "parley_faults_tolerated"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Equal("not ready: not part of a cluster yet\n", await ready.Content.ReadAsStringAsync(Stop));
    }

    [Fact]
    public void Alerts_and_the_dashboard_ask_for_nothing_else()
    {
        var known = Documented().Matches(SourceFiles.Read("docs/metrics.md")).Select(row => row.Groups[1].Value)
            .ToHashSet(StringComparer.Ordinal);
        var files = SourceFiles.All.Where(file => file.StartsWith("deploy/", StringComparison.Ordinal)
            && !file.EndsWith(".md", StringComparison.Ordinal)).ToList();

        var asked = files.SelectMany(file => Metric().Matches(SourceFiles.Read(file)).Select(match => match.Value))
            .Distinct().ToList();

        Assert.True(asked.Count >= 15, string.Join(' ', asked));
        Assert.All(asked, name => Assert.Contains(Suffix().Replace(name, ""), known));
        using var dashboard = JsonDocument.Parse(SourceFiles.Read("deploy/grafana/parley.json"));
        Assert.NotEmpty(dashboard.RootElement.GetProperty("panels").EnumerateArray());
    }

    private static void CheckDocumented(string told)
    {
        var documented = Documented().Matches(SourceFiles.Read("docs/metrics.md"))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}: {row.Groups[3].Value}");
        var found = Told().Matches(told)
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}: {row.Groups[3].Value}");
        Assert.Equal(documented.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    private static async Task CheckOneLeadsAsync(TestCluster cluster)
    {
        using var http = new HttpClient();
        var leading = 0.0;
        await Until.TrueAsync(
            async token =>
            {
                leading = 0;
                foreach (var node in cluster.Nodes.Nodes)
                {
                    var told = await http.GetStringAsync(new Uri($"http://{node.AdminAddress}/metrics"), token);
                    leading += Value(told, "parley_raft_leads");
                }

                return leading == 1;
            },
            TestCluster.Patience,
            () => $"one leader expected, {leading} found",
            Stop);
    }

    /// <summary>Each port serves its own callers only.</summary>
    private static async Task CheckRefusalsAsync(HttpClient http, TestCluster cluster)
    {
        foreach (var path in new[] { "/", "/metrics/", "/parley.chat.v1.ClusterService/GetStatus" })
        {
            using var answer = await http.GetAsync(path, Stop);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var posted = await http.PostAsync("/metrics", content: null, Stop);
        Assert.Equal(HttpStatusCode.NotFound, posted.StatusCode);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        rebound.Headers.Host = "page.example";
        using var unmeant = await http.SendAsync(rebound, Stop);
        Assert.Equal(HttpStatusCode.NotFound, unmeant.StatusCode);
        using var elsewhere = new HttpClient
        {
            BaseAddress = new Uri($"http://{cluster.Nodes.Node(1).ClientAddress}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var refused = await elsewhere.GetAsync("/metrics", Stop);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    private static Task<string> ReadWhenAsync(HttpClient http, Func<string, bool> isAsExpected) => Until.FoundAsync(
        async token => await http.GetStringAsync("/metrics", token) is var told && isAsExpected(told) ? told : null,
        TestCluster.Patience,
        () => "node 1 does not say what was expected",
        Stop);

    private static double Value(string metrics, string name)
    {
        var line = metrics.Split('\n').First(line => line.StartsWith($"{name}{{", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^\| `(parley_\w+)` \| (\w+) \| (.+?) \|$", RegexOptions.Multiline)]
    private static partial Regex Documented();

    [GeneratedRegex(@"^# TYPE (parley_\w+) (\w+)\n# HELP \w+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Told();

    [GeneratedRegex(@"\bparley_\w+")]
    private static partial Regex Metric();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();
}
