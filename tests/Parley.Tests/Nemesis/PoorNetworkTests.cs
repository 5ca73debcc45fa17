using Parley.Local;
using Parley.Local.Network;
using Parley.Tests.Cluster;

namespace Parley.Tests.Nemesis;

/// <summary>Five machines on a network that loses, doubles and shuffles packets, and that one machine's words no longer
/// cross: what was answered is there, once.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "3")]
[Trait("Promise", "6")]
public sealed class PoorNetworkTests
{
    private const int Seed = 5;
    private const int Answers = 150;
    private const int InFlight = 8;

    private static readonly PacketRule Poor = new()
    {
        Loss = 0.02,
        Doubling = 0.05,
        Overtaking = 0.1,
        Delay = TimeSpan.FromMilliseconds(2),
        Jitter = TimeSpan.FromMilliseconds(8),
    };

    [Fact]
    public async Task A_poor_network_and_a_leader_that_is_not_heard_lose_and_double_nothing()
    {
        if (await MachineNetwork.FindReasonWhyNotAsync() is { } reason)
        {
            Assert.Skip(reason);
        }

        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Options with { Network = NetworkKind.Namespaces, NetworkSeed = Seed });
        await cluster.CreateAccountsAsync("alice", "bob");
        await using var load = await Load.StartAsync(cluster, InFlight);
        var network = cluster.Nodes.Machines!;

        foreach (var (from, to) in INodeNetwork.PairsOf(5).Concat(INodeNetwork.ClientPairsOf(5)))
        {
            network.Spoil(from, to, Poor);
        }

        await load.AnswersAsync(Answers);
        load.PrintGap("a poor network");
        TestCluster.Print($"{network.Counts}");
        network.Mend();
        var leader = await cluster.Nodes.LeaderAsync(TestContext.Current.CancellationToken);
        foreach (var follower in Enumerable.Range(1, 5).Where(node => node != leader))
        {
            network.Cut(leader, follower);
        }

        await load.AnswersAsync(Answers);
        await load.StopAsync();
        load.PrintGap($"leader {leader} not heard by the others");
        var next = await cluster.Nodes.LeaderAsync(TestContext.Current.CancellationToken);
        network.Mend();

        Assert.NotEqual(leader, next);
        Assert.True(network.Counts is { Lost: > 0, Doubled: > 0, Late: > 0 }, $"{network.Counts}");
        await cluster.JudgeAsync(everythingDelivered: true);
    }
}
