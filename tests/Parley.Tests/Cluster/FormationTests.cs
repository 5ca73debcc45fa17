using Parley.Local;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Cluster;

/// <summary>First start, interrupted starts, wiped disks.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class FormationTests
{
    [Fact]
    public async Task A_formation_interrupted_by_kills_forms_one_cluster_in_the_end()
    {
        var random = new Random(PrintSeed(Environment.TickCount));
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { WaitUntilServing = false });

        for (var round = 0; round < 6; round++)
        {
            // Any number of nodes dies anywhere between their first instruction and the formed cluster.
            using var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(random.Next(50, 900)));
            await moment.WaitForNextTickAsync(Stop);
            var victims = cluster.Nodes.RunningIds.Where(_ => random.Next(2) == 0).ToList();
            await cluster.Nodes.KillAsync(victims);
            victims.ForEach(cluster.Nodes.Start);
        }

        await cluster.HealAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var statuses = await Task.WhenAll(cluster.Nodes.Nodes.Select(node => StatusAsync(cluster.Nodes, node.Id)));

        Assert.Single(statuses.Select(status => status.ClusterId).Distinct());
        await cluster.JudgeAsync();
    }

    [Fact]
    public async Task Unequal_member_lists_form_nothing_and_both_are_printed()
    {
        await using var cluster = await LocalCluster.StartAsync(
            TestCluster.Options with
            {
                Size = 3,
                WaitUntilServing = false,
                StartOnly = [1, 2],
            },
            Stop);
        var third = cluster.Node(3);
        var members = $"1=127.0.0.1:1,2={cluster.Node(2).NodeAddress},3={third.NodeAddress}";
        using var odd = ParleyProcess.StartServer(
            "--id", "3", "--data", third.DataDirectory, "--members", members,
            "--listen", third.ClientAddress, "--node-listen", third.NodeAddress);

        await Until.TrueAsync(
            _ => Task.FromResult(cluster.StderrOf(2).Contains(members, StringComparison.Ordinal)),
            TestCluster.Patience,
            () => $"node 2 did not print node 3's list; it said: {cluster.StderrOf(2)}",
            Stop);
        var status = await StatusAsync(cluster, 1);

        Assert.Equal(NodeRole.Waiting, status.Role);
        Assert.Equal(0, status.Leader);
    }

    [Fact]
    [Trait("Promise", "1")]
    public async Task A_wiped_node_waits_and_three_wiped_nodes_form_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var before = await StatusAsync(cluster.Nodes, 1);

        await WipeAsync(cluster.Nodes, 3);
        await Until.TrueAsync(
            _ => Task.FromResult(
                cluster.Nodes.StderrOf(3).Contains("parley cluster replace --id 3", StringComparison.Ordinal)),
            TestCluster.Patience,
            () => $"node 3 did not say how to replace it; it said: {cluster.Nodes.StderrOf(3)}",
            Stop);
        var wiped = await StatusAsync(cluster.Nodes, 3);
        await WipeAsync(cluster.Nodes, 4);
        await WipeAsync(cluster.Nodes, 5);
        await Until.TrueAsync(
            async token => await cluster.Nodes.StatusOfAsync(1, token) is { FaultsTolerated: -1 },
            TestCluster.Patience,
            () => "node 1 did not notice that its majority is gone",
            Stop);
        var three = await Task.WhenAll(
            StatusAsync(cluster.Nodes, 3),
            StatusAsync(cluster.Nodes, 4),
            StatusAsync(cluster.Nodes, 5));

        Assert.Equal(NodeRole.Waiting, wiped.Role);
        Assert.All(three, status => Assert.Equal((NodeRole.Waiting, 0), (status.Role, status.Leader)));
        Assert.Equal(before.ClusterId, (await StatusAsync(cluster.Nodes, 1)).ClusterId);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>What a node says, as soon as it says something.</summary>
    private static Task<GetClusterResponse> StatusAsync(LocalCluster nodes, int id) => Until.FoundAsync(
        stop => nodes.StatusOfAsync(id, stop), TestCluster.Patience, () => $"node {id} does not answer", Stop);

    private static int PrintSeed(int seed)
    {
        TestCluster.Print($"seed {seed}");
        return seed;
    }

    private static async Task WipeAsync(LocalCluster cluster, int id)
    {
        await cluster.KillAsync(id);
        Directory.Delete(cluster.DataDirectoryOf(id), recursive: true);
        cluster.Start(id);
        await cluster.Node(id).Listening.WaitAsync(TestCluster.Patience, Stop);
    }
}
