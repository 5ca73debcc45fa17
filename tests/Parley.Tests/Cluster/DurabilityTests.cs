namespace Parley.Tests.Cluster;

/// <summary>What was answered is on disk: all nodes die at the worst moment and come back.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "1")]
public sealed class DurabilityTests
{
    private const int Rounds = 3;

    [Fact]
    public async Task All_five_killed_at_the_moment_of_an_acknowledgement_lose_nothing()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var everyone = cluster.Nodes.Nodes.Select(node => node.Id).ToList();

        for (var round = 1; round <= Rounds; round++)
        {
            var alice = await cluster.LoginAsync("alice", takeOver: true);
            var sends = Enumerable.Range(1, 8).Select(line => alice.SendAsync("bob", $"round {round}, line {line}"));
            var sending = Task.WhenAll(sends.ToList());
            await alice.FirstAcknowledged;
            await cluster.Nodes.KillAsync(everyone);

            await cluster.HealAsync();
            await sending.WaitAsync(TestCluster.Patience, TestContext.Current.CancellationToken);
        }

        await cluster.JudgeAsync();
    }

    [Fact]
    [Trait("Promise", "4")]
    public async Task An_undelivered_message_survives_the_stop_of_everything()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", "for when you are back");

        foreach (var node in cluster.Nodes.Nodes)
        {
            Assert.Equal(0, await cluster.Nodes.TerminateAsync(node.Id, TestContext.Current.CancellationToken));
        }

        await cluster.HealAsync();
        var bob = await cluster.LoginAsync("bob");
        bob.StartReceiving();
        await cluster.JudgeAsync(everythingDelivered: true);
    }
}
