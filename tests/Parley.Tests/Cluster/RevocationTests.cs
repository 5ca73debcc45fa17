using System.Diagnostics;
using Grpc.Core;
using Parley.Client;
using Parley.Core.Storage;
using Parley.Local;
using Parley.Server.Consensus;

namespace Parley.Tests.Cluster;

/// <summary>Who is shut out is out on every node soon after the answer, live streams included.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class RevocationTests(RevocationStage stage) : IClassFixture<RevocationStage>
{
    /// <summary>It takes milliseconds; how many is printed, for a machine short of time makes them more.</summary>
    private static readonly TimeSpan OutWithin = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private TestCluster Cluster => stage.Cluster;

    private ParleySession Alice => stage.Alice;

    [Theory]
    [InlineData(AccountAct.Disable)]
    [InlineData(AccountAct.Delete)]
    [InlineData(AccountAct.ResetPassword)]
    [InlineData(AccountAct.EndSession)]
    public async Task An_administrators_act_ends_the_live_stream_on_every_node(AccountAct act)
    {
        await using var client = Cluster.NewClient(TestCluster.Patience);
        var streams = new List<(ParleySession Session, Task Ended)>();
        for (var node = 0; node < 3; node++)
        {
            var bob = await EnterAsync(client, $"bob{node}-{act}", node);
            var receiving = bob.ReceiveAsync(Stop).GetAsyncEnumerator(Stop);
            await Alice.SendAsync(bob.Account, "hello", Stop);
            Assert.True(await receiving.MoveNextAsync());
            streams.Add((bob, ReadToEndAsync(receiving)));
        }

        foreach (var (bob, ended) in streams)
        {
            await Alice.ChangeAccountAsync(
                bob.Account, act, act == AccountAct.ResetPassword ? "another horse" : null, Stop);

            var began = Stopwatch.StartNew();
            await Assert.ThrowsAsync<NotAuthenticatedException>(() => ended.WaitAsync(OutWithin, Stop));
            TestCluster.Print($"{act}: out after {began.ElapsedMilliseconds} ms");
            await bob.DisposeAsync();
        }
    }

    /// <summary>A stream of sends hears nothing of its session by itself, and may be idle for ever.</summary>
    [Theory]
    [InlineData(AccountAct.Disable)]
    [InlineData(AccountAct.Delete)]
    [InlineData(AccountAct.ResetPassword)]
    [InlineData(AccountAct.EndSession)]
    public async Task An_administrators_act_ends_the_live_stream_of_sends_likewise(AccountAct act)
    {
        await using var client = Cluster.NewClient(TestCluster.Patience);
        foreach (var id in Cluster.Nodes.Nodes.Select(each => each.Id))
        {
            using var node = Cluster.Raw(id);
            var (dave, token) = ($"dave{id}-{act}".ToLowerInvariant(), RawNode.NewToken());
            await client.CreateAccountAsync(dave, TestCluster.Password, Stop);
            var login = await node.LoginAsync(dave, TestCluster.Password, token);
            using var stream = node.Messages.SendMessages(RawNode.With(token));
            await stream.RequestStream.WriteAsync(
                new()
                {
                    Message = new()
                    {
                        MessageId = Api.NodeFixture.MessageId(login.Client, 1),
                        Recipient = "alice",
                        Text = "hello",
                    },
                },
                Stop);
            Assert.True(await stream.ResponseStream.MoveNext(Stop));
            Assert.NotNull(stream.ResponseStream.Current.Stored);
            var ended = stream.ResponseStream.MoveNext(Stop);

            await Alice.ChangeAccountAsync(
                dave, act, act == AccountAct.ResetPassword ? "another horse" : null, Stop);

            var refused = await Assert.ThrowsAsync<RpcException>(() => ended.WaitAsync(OutWithin, Stop));
            Assert.Equal("SESSION_ENDED", refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason);
        }
    }

    [Fact]
    public async Task A_revoked_token_is_out_everywhere()
    {
        await using var client = Cluster.NewClient(TestCluster.Patience);
        var carol = await EnterAsync(client, "carol", startNode: 1);
        var (number, text) = await carol.CreateTokenAsync(TestCluster.Password, "nightly backup", Stop);
        await carol.LogoutAsync(Stop);
        Assert.True(DeviceTokens.TryParse(text, out var token));
        await using var bot = await client.LoginAsync(token, new LoginOptions { StartNode = 2 }, Stop);
        var receiving = bot.ReceiveAsync(Stop).GetAsyncEnumerator(Stop);
        await Alice.SendAsync("carol", "hello", Stop);
        Assert.True(await receiving.MoveNextAsync());
        var ended = ReadToEndAsync(receiving);

        await using var elsewhere = Cluster.NewClient(TestCluster.Patience);
        await bot.Through(elsewhere).RevokeTokenAsync(number, Stop);

        await Assert.ThrowsAsync<NotAuthenticatedException>(() => ended.WaitAsync(OutWithin, Stop));
        await Assert.ThrowsAsync<NotAuthenticatedException>(
            () => client.LoginAsync(token, new LoginOptions { StartNode = 0 }, Stop));
    }

    [Fact]
    public async Task Guesses_at_one_node_are_counted_at_all()
    {
        var nodes = Cluster.Nodes.Nodes.Select(node => Cluster.Raw(node.Id)).ToList();
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal("WRONG_CREDENTIALS", await ReasonAsync(nodes[0], "nobody"));
        }

        await Until.TrueAsync(
            _ => Task.FromResult(Cluster.Nodes.Nodes.All(node => CountFailures(node.DataDirectory) >= 5)),
            TestCluster.Patience,
            () => "the other nodes did not hear of the guesses",
            Stop);

        // Each alone would let five through; the first wait may be over when it is asked, the second is not.
        foreach (var node in nodes.Skip(1))
        {
            string?[] answers = [await ReasonAsync(node, "nobody"), await ReasonAsync(node, "nobody")];
            Assert.Contains("LOGIN_DELAYED", answers);
        }

        nodes.ForEach(node => node.Dispose());
    }

    [Fact]
    public async Task Whoever_is_made_an_administrator_is_one_on_every_node_from_the_answer_on()
    {
        await using var client = Cluster.NewClient(TestCluster.Patience);
        await client.CreateAccountAsync("dave", TestCluster.Password, Stop);
        var nodes = Cluster.Nodes.Nodes.Select(node => Cluster.Raw(node.Id)).ToList();
        var dave = RawNode.NewToken();
        await nodes[0].LoginAsync("dave", TestCluster.Password, dave);

        // Who asks before the followers have heard finds them behind: each round is a race on two nodes.
        for (var round = 0; round < 10; round++)
        {
            await Alice.ChangeAccountAsync("dave", AccountAct.MakeAdministrator, null, Stop);
            await Task.WhenAll(nodes.Select(node => RawNode.KnownAsync(
                () => node.Administration.GetSettingsAsync(new(), RawNode.With(dave)).ResponseAsync)));
            await Alice.ChangeAccountAsync("dave", AccountAct.MakeMember, null, Stop);
        }

        nodes.ForEach(node => node.Dispose());
    }

    /// <summary>Wrong passwords that a node's state has counted.</summary>
    private static long CountFailures(string dataDirectory)
    {
        using var state = Database.OpenForReading(Path.Combine(dataDirectory, SnapshotFiles.StateName));
        return state.ReadInt64("SELECT COALESCE(SUM(failures), 0) FROM login_failures");
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

    private static async Task<ParleySession> EnterAsync(ParleyClient client, string name, int startNode)
    {
        await client.CreateAccountAsync(name, TestCluster.Password, Stop);
        return await client.LoginAsync(
            name, TestCluster.Password, new LoginOptions { StartNode = startNode }, Stop);
    }
}

/// <summary>Three nodes for the tests of a class, and alice, their administrator.</summary>
public sealed class RevocationStage : IAsyncLifetime
{
    private ParleyClient? client;
    private TestCluster? cluster;
    private ParleySession? alice;

    internal TestCluster Cluster => cluster!;

    internal ParleySession Alice => alice!;

    public async ValueTask InitializeAsync()
    {
        cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice");
        client = cluster.NewClient(TestCluster.Patience);
        alice = await client.LoginAsync("alice", TestCluster.Password, new(), CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await (alice?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (cluster?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
