using System.Text.Json;
using Parley.Local;
using Parley.Tests.Program;

namespace Parley.Tests.Cluster;

/// <summary>What <c>parley status</c> says of real nodes, well and not.</summary>
[Collection(ClusterCollection.Name)]
public sealed class StatusTests
{
    private const int SegmentBytes = 16 << 20;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_follows_the_cluster_from_well_to_read_only()
    {
        await using var cluster = await LocalCluster.StartAsync(TestCluster.Options with { Size = 3 }, Stop);
        await WaitUntilTolerantAsync(cluster, 1, 1);

        await UntilSaysAsync(cluster, 0, "All 3 nodes up. 1 more may fail.");
        await cluster.KillAsync(3);
        await WaitUntilTolerantAsync(cluster, 1, 0);
        await UntilSaysAsync(cluster, 8, "2 of 3 up: no more may fail.");
        var unasked = await StatusAsync(cluster);
        await cluster.KillAsync(2);
        await WaitUntilTolerantAsync(cluster, 1, -1);
        await UntilSaysAsync(cluster, 3, "No majority: read-only. 1 of 3 nodes answer.");

        Assert.Equal(0, unasked.Code);
    }

    /// <summary>What nodes know of each other is a moment old.</summary>
    private static Task<string> UntilSaysAsync(LocalCluster cluster, int code, string first) => Until.FoundAsync(
        async _ => await StatusAsync(cluster, "--check") is var (found, output, _)
            && found == code && FirstLine(output) == first
                ? output
                : null,
        TestCluster.Patience,
        () => $"'{first}' was never said with exit code {code}",
        Stop);

    [Fact]
    public async Task The_json_tells_disk_clients_uptime_and_clock()
    {
        await using var cluster = await LocalCluster.StartAsync(TestCluster.Options with { Size = 1 }, Stop);
        await Until.TrueAsync(
            async token => await cluster.StatusOfAsync(1, token) is { Condition.DiskUsedBytes: > SegmentBytes },
            TestCluster.Patience,
            () => "the node never counted the first segment of its log",
            Stop);

        var (code, output, _) = await StatusAsync(cluster, "-o", "json");

        Assert.Equal(0, code);
        var node = JsonDocument.Parse(output).RootElement.GetProperty("nodes")[0];
        var total = node.GetProperty("disk_total_bytes").GetInt64();
        Assert.InRange(node.GetProperty("disk_used_bytes").GetInt64(), SegmentBytes, total);
        Assert.InRange(node.GetProperty("disk_free_bytes").GetInt64(), 1, total);
        Assert.Equal(0, node.GetProperty("clients").GetInt32());
        Assert.InRange(node.GetProperty("uptime_seconds").GetInt64(), 0, 600);
        Assert.InRange(node.GetProperty("clock_offset_us").GetInt64(), -10_000_000, 10_000_000);
        Assert.InRange(node.GetProperty("lag_entries").GetInt64(), 0, 10);
    }

    private static string FirstLine(string output) => output.Split('\n')[0];

    private static Task<(int Code, string Output, string Error)> StatusAsync(
        LocalCluster cluster, params string[] arguments) =>
        ProgramRun.RunAsync(["status", "--nodes", string.Join(',', cluster.Addresses), .. arguments]);

    private static Task WaitUntilTolerantAsync(LocalCluster cluster, int node, int faults) => Until.TrueAsync(
        async token => await cluster.StatusOfAsync(node, token) is { } status && status.FaultsTolerated == faults
            && status.Condition is not null,
        TestCluster.Patience,
        () => $"node {node} never said that {faults} more may fail",
        Stop);
}
