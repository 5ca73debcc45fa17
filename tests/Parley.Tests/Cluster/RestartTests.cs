using System.Collections.Concurrent;
using Parley.Client;
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
        await using var load = await Load.StartAsync(cluster, inFlight: 1);
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

    /// <summary>With one of three down a second would be one too many.</summary>
    private static async Task RefuseWithoutMajorityAsync(TestCluster cluster)
    {
        await cluster.Nodes.KillAsync(2);
        await Until.TrueAsync(
            async stop => (await cluster.Nodes.StatusOfAsync(1, stop))?.FaultsTolerated == 0
                && (await cluster.Nodes.StatusOfAsync(3, stop))?.FaultsTolerated == 0,
            TestCluster.Patience,
            () => "nobody noticed that node 2 is down",
            Stop);
        await using var client = cluster.NewClient();
        await using var carol = await client.LoginAsync("carol", TestCluster.Password, new LoginOptions(), Stop);

        // The node that was stopped last holds others back for some seconds.
        var answer = await Until.FoundAsync(
            async stop => await carol.ChangeMemberAsync(1, MemberStep.Restart, "", stop) is { IsForLater: false } final
                ? final
                : null,
            TestCluster.Patience,
            () => "no leader decided",
            Stop);

        Assert.False(answer.IsDone);
        Assert.Equal("2 of 3 voters are there: without node 1 fewer than a majority would stay", answer.Reason);
        Assert.Equal([1, 3], cluster.Nodes.RunningIds);
        await carol.LogoutAsync(Stop);
    }

    /// <summary>As a service manager does.</summary>
    private static async Task StartAgainAsync(LocalNode node, ConcurrentQueue<int> codes)
    {
        codes.Enqueue(await node.WaitForExitAsync(Stop));
        node.Start();
    }
}
