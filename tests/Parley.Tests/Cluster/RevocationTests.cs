using Grpc.Core;
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

    [Fact]
    public async Task A_revoked_token_is_out_everywhere_and_guesses_at_one_node_are_counted_at_all()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob");
        await using var client = cluster.NewClient();
        await using var alice = await LoginAsync(client, "alice", startNode: 0);
        var bob = await LoginAsync(client, "bob", startNode: 1);
        var (number, text) = await bob.CreateTokenAsync(TestCluster.Password, "nightly backup", Stop);
        await bob.LogoutAsync(Stop);
        Assert.True(DeviceTokens.TryParse(text, out var token));
        await using var bot = await client.LoginAsync(token, new LoginOptions { StartNode = 2 }, Stop);
        var receiving = bot.ReceiveAsync(Stop).GetAsyncEnumerator(Stop);
        await alice.SendAsync("bob", "hello", Stop);
        Assert.True(await receiving.MoveNextAsync());
        var ended = ReadToEndAsync(receiving);

        await using var elsewhere = cluster.NewClient();
        await bot.Through(elsewhere).RevokeTokenAsync(number, Stop);

        await Assert.ThrowsAsync<NotAuthenticatedException>(() => ended.WaitAsync(OutWithin, Stop));
        await Assert.ThrowsAsync<NotAuthenticatedException>(
            () => client.LoginAsync(token, new LoginOptions { StartNode = 0 }, Stop));
        await GuessEverywhereAsync(cluster, "nobody");
    }

    [Fact]
    public async Task Whoever_is_made_an_administrator_is_one_on_every_node_from_the_answer_on()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob");
        await using var client = cluster.NewClient();
        await using var alice = await LoginAsync(client, "alice", startNode: 0);
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();
        var bob = RawNode.NewToken();
        await nodes[0].LoginAsync("bob", TestCluster.Password, bob);

        for (var round = 0; round < 30; round++)
        {
            await alice.ChangeAccountAsync("bob", AccountAct.MakeAdministrator, null, Stop);
            await Task.WhenAll(nodes.Select(
                node => node.Administration.GetSettingsAsync(new(), RawNode.With(bob)).ResponseAsync));
            await alice.ChangeAccountAsync("bob", AccountAct.MakeMember, null, Stop);
        }

        nodes.ForEach(node => node.Dispose());
    }

    /// <summary>Five wrong passwords at the first node; then the others, each of which alone would let five through,
    /// hold back earlier.</summary>
    private static async Task GuessEverywhereAsync(TestCluster cluster, string name)
    {
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal("WRONG_CREDENTIALS", await ReasonAsync(nodes[0], name));
        }

        foreach (var node in nodes.Skip(1))
        {
            var wrong = 0;
            while (await ReasonAsync(node, name) is not "LOGIN_DELAYED")
            {
                Assert.True(++wrong < 5, "this node counts for itself alone");

                // Nodes tell each other once a second; asking more often would be guessing here.
                await Task.Delay(TimeSpan.FromSeconds(1), Stop);
            }
        }

        nodes.ForEach(node => node.Dispose());
    }

    private static async Task<string?> ReasonAsync(RawNode node, string name)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(
            () => node.LoginAsync(name, "wrong horse", RawNode.NewToken()));
        return refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason;
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
