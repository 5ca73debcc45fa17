using System.Collections.Concurrent;
using Parley.CommandLine;
using Parley.Local;
using Parley.Server.Hosting;

namespace Parley.Tests.Cluster;

/// <summary>One verb restarts a cluster in use, and never makes of a lost node two.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RestartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    public async Task Every_node_is_restarted_while_sends_go_on_and_none_while_one_is_down()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("carol", "alice", "bob"); // The first may restart nodes.
        await using var load = await Load.StartAsync(cluster, inFlight: 4);
        await load.AnswersAsync(more: 20);

        var codes = new ConcurrentQueue<int>();
        var startedAgain = Task.WhenAll(cluster.Nodes.Nodes.Select(node => StartAgainAsync(node, codes)));
        using var verb = ParleyProcess.Start(cluster.Nodes, "carol", "cluster", "restart", "--rolling", "-o", "json");
        var (code, output) = await verb.ReadToEndAsync();

        Assert.Equal(0, code);
        Assert.Equal(3, output.Split('\n').Length);
        await startedAgain.WaitAsync(TestCluster.Patience, Stop);
        Assert.Equal(Enumerable.Repeat(ProcessEnd.RestartAsked, 3), codes);
        Assert.All(cluster.Nodes.Nodes, node => Assert.Equal(2, node.ProcessIds.Count));
        await load.AnswersAsync(more: 20);
        await load.StopAsync();
        load.PrintGap("restart of three nodes");

        await RefuseWithoutMajorityAsync(cluster);
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    /// <summary>With one of three down a second would be one too many, by whichever way.</summary>
    private static async Task RefuseWithoutMajorityAsync(TestCluster cluster)
    {
        await cluster.Nodes.KillAsync(2);
        await Until.TrueAsync(
            async stop => (await cluster.Nodes.StatusOfAsync(1, stop))?.FaultsTolerated == 0
                && (await cluster.Nodes.StatusOfAsync(3, stop))?.FaultsTolerated == 0,
            TestCluster.Patience,
            () => "nobody noticed that node 2 is down",
            Stop);
        foreach (var how in (string[][])[["--rolling"], ["--id", "1"], ["--id", "3", "--run", "exit 0"]])
        {
            using var verb = ParleyProcess.Start(cluster.Nodes, "carol", ["cluster", "restart", .. how]);
            Assert.Equal((ExitCodes.Refused, ""), await verb.ReadToEndAsync());
        }

        Assert.Equal([1, 3], cluster.Nodes.RunningIds);
    }

    /// <summary>As a service manager does.</summary>
    private static async Task StartAgainAsync(LocalNode node, ConcurrentQueue<int> codes)
    {
        codes.Enqueue(await node.WaitForExitAsync(Stop));
        node.Start();
    }
}
