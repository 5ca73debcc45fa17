using Parley.Client;

namespace Parley.Tests.Cluster;

/// <summary>Who is shut out is out on every node within a second of the answer, live streams included.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class RevocationTests
{
    private static readonly TimeSpan OutWithin = TimeSpan.FromSeconds(1);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AccountAct.Disable)]
    [InlineData(AccountAct.Delete)]
    [InlineData(AccountAct.ResetPassword)]
    [InlineData(AccountAct.EndSession)]
    public async Task An_administrators_act_ends_the_live_stream_on_every_node_within_a_second(AccountAct act)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob0", "bob1", "bob2");
        await using var client = cluster.NewClient();
        await using var alice = await LoginAsync(client, "alice", startNode: 0);
        var streams = new List<(ParleySession Session, Task Ended)>();
        for (var node = 0; node < 3; node++)
        {
            var bob = await LoginAsync(client, $"bob{node}", node);
            var receiving = bob.ReceiveAsync(Stop).GetAsyncEnumerator(Stop);
            await alice.SendAsync(bob.Account, "hello", Stop);
            Assert.True(await receiving.MoveNextAsync());
            streams.Add((bob, ReadToEndAsync(receiving)));
        }

        foreach (var (bob, ended) in streams)
        {
            await alice.ChangeAccountAsync(
                bob.Account, act, act == AccountAct.ResetPassword ? "another horse" : null, Stop);

            await Assert.ThrowsAsync<NotAuthenticatedException>(() => ended.WaitAsync(OutWithin, Stop));
            await bob.DisposeAsync();
        }
    }

    private static async Task ReadToEndAsync(IAsyncEnumerator<Parley.Client.Delivery> receiving)
    {
        while (await receiving.MoveNextAsync())
        {
            continue;
        }
    }

    private static Task<ParleySession> LoginAsync(ParleyClient client, string name, int startNode) =>
        client.LoginAsync(name, TestCluster.Password, new LoginOptions { StartNode = startNode }, Stop);
}
