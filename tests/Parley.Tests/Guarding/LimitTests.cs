using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>Every limit at a real node: the exact answer, and that the next one fares as before.</summary>
[Collection(GuardedNodeCollection.Name)]
[Trait("Promise", "8")]
public sealed class LimitTests(GuardedNode node)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_has_so_many_calls_at_a_time()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var setting = await node.ChangeAsync(("calls-at-once", "3", "64"));
        var streams = new List<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>>();
        for (var number = 1UL; number <= 3; number++)
        {
            streams.Add(await node.OpenStreamAsync(alice, number));
        }

        await GuardedNode.AssertTooManyAsync(() => node.ListAsync(alice));
        await GuardedNode.AssertTooManyAsync(() => ListAheadAsync(alice.Metadata, node.Channel));
        await node.ListAsync(bob);
        streams[0].Dispose();
        await GuardedNode.UntilAsync(async () => await NodeFixture.ReasonAsync(() => node.ListAsync(alice)) is "OK");
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task An_account_has_so_many_calls_a_second()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var setting = await node.ChangeAsync(("call-rate", "1", "100"), ("call-burst", "5", "500"));

        var answers = new List<string>();
        for (var call = 0; call < 8; call++)
        {
            answers.Add(await NodeFixture.ReasonAsync(() => node.ListAsync(alice)));
        }

        Assert.Equal(["OK", "OK", "OK", "OK", "OK"], answers.Take(5));
        await AssertSomeTooManyAsync(() => node.ListAsync(alice));
        await AssertSomeTooManyAsync(() => ListAheadAsync(alice.Metadata, node.Channel));
        await node.ListAsync(bob);
    }

    [Fact]
    public async Task An_address_has_so_many_calls_without_a_session_a_second_wrong_tokens_included()
    {
        using var elsewhere = NodeFixture.ChannelFrom("127.0.0.3", node.Address);
        var cluster = new ClusterService.ClusterServiceClient(elsewhere);
        var accounts = new AccountService.AccountServiceClient(elsewhere);
        var health = new Health.HealthClient(elsewhere);
        await using var setting = await node.ChangeAsync(("address-rate", "1", "50"), ("address-burst", "4", "500"));
        var wrong = NodeFixture.Bearer(NodeFixture.RandomBytes(32).Span);

        await cluster.GetClusterAsync(new());
        await health.CheckAsync(new());
        for (var call = 0; call < 2; call++)
        {
            await NodeFixture.AssertRefusedAsync(
                StatusCode.Unauthenticated, "SESSION_ENDED",
                () => accounts.ListAccountsAsync(new(), wrong).ResponseAsync);
        }

        await AssertSomeTooManyAsync(() => accounts.ListAccountsAsync(new(), wrong).ResponseAsync);
        await AssertAllBehindAsync(20, () => ListAheadAsync(wrong, elsewhere));
        await AssertSomeTooManyAsync(() => cluster.GetClusterAsync(new()).ResponseAsync);
        await AssertSomeTooManyAsync(() => health.CheckAsync(new()).ResponseAsync);
        await AssertSomeTooManyAsync(async () =>
        {
            using var watch = health.Watch(new());
            await watch.ResponseStream.MoveNext(Stop);
        });
        await node.Cluster.GetClusterAsync(new());
    }

    /// <summary>As after the end of another node, where all who were there come here before the log does.</summary>
    [Fact]
    public async Task Whoever_has_a_session_that_a_node_does_not_know_yet_is_sent_elsewhere_however_many_they_are()
    {
        await using var setting = await node.ChangeAsync(("connections-per-address", "20", "200"));
        List<GrpcChannel> channels = [.. Enumerable.Range(0, 10).Select(_ => node.ChannelFrom("127.0.0.11"))];

        await Task.WhenAll(channels.Select(channel => AssertAllBehindAsync(
            30, () => ListAheadAsync(NodeFixture.Bearer(NodeFixture.RandomBytes(32).Span), channel))));

        channels.ForEach(channel => channel.Dispose());
    }

    [Fact]
    public async Task A_node_has_so_many_calls_at_a_time()
    {
        var alice = await node.LogInNewAsync("alice");
        await using var setting = await node.ChangeAsync(("calls-per-node", "2", "10000"));
        using var first = await node.OpenStreamAsync(alice, 1);
        using var second = await node.OpenStreamAsync(alice, 2);

        await GuardedNode.AssertTooManyAsync(
            () => node.Cluster.GetClusterAsync(new()).ResponseAsync, "TOO_MANY_CONNECTIONS");
        await GuardedNode.AssertTooManyAsync(
            () => new Health.HealthClient(node.Channel).CheckAsync(new()).ResponseAsync, "TOO_MANY_CONNECTIONS");
        first.Dispose();
        second.Dispose();
        await GuardedNode.UntilAsync(async () =>
            await NodeFixture.ReasonAsync(() => node.Cluster.GetClusterAsync(new()).ResponseAsync) is "OK");
    }

    [Fact]
    public async Task Whoever_connects_and_does_not_log_in_is_closed_in_time_and_whoever_has_is_not()
    {
        var alice = await node.LogInNewAsync("alice");
        await using var setting = await node.ChangeAsync(("authenticate-seconds", "2", "10"));
        using var channel = NodeFixture.ChannelFrom("127.0.0.4", node.Address);
        using var stream = await OpenInTimeAsync(alice, channel);
        using var silent = new RawConnections();
        await silent.OpenAsync(node.Address, 20, [], Stop);
        await silent.OpenAsync(node.Address, 20, RawConnections.Http2Preface, Stop);
        await silent.OpenAsync(node.Address, 20, "GET / HTTP/1.1\r\n"u8.ToArray(), Stop);

        await GuardedNode.UntilAsync(() => Task.FromResult(silent.OpenCount == 0));

        await alice.SendAsync(1, alice, "still here");
        Assert.True(await stream.ResponseStream.MoveNext(Stop).WaitAsync(GuardedNode.Patience, Stop));
    }

    /// <summary>A stream of deliveries; opened again where a slow machine took longer to connect than it may.</summary>
    private static async Task<AsyncServerStreamingCall<ReceiveMessagesResponse>> OpenInTimeAsync(
        TestUser user, GrpcChannel channel)
    {
        var messages = new MessageService.MessageServiceClient(channel);
        for (var number = 1L; ; number++)
        {
            var stream = messages.ReceiveMessages(new() { StreamNumber = number }, user.Metadata);
            try
            {
                await TestUser.ReadBacklogAsync(stream).WaitAsync(GuardedNode.Patience, Stop);
                return stream;
            }
            catch (RpcException closed) when (closed.StatusCode == StatusCode.Unavailable && number < 10)
            {
                stream.Dispose();
            }
        }
    }

    [Fact]
    public async Task Idle_strangers_of_an_address_make_room_for_who_logs_in_from_there()
    {
        await using var setting = await node.ChangeAsync(("connections-per-address", "5", "200"));
        using var strangers = new RawConnections();
        await strangers.OpenAsync(node.Address, 40, RawConnections.Http2Preface, Stop);

        var carol = await node.LogInNewAsync("carol");

        await GuardedNode.UntilAsync(() => Task.FromResult(strangers.OpenCount <= 5));
        await node.ListAsync(carol);
    }

    [Fact]
    public async Task Strangers_at_the_node_port_get_little_and_for_a_short_time()
    {
        using var strangers = new RawConnections();

        await strangers.OpenAsync(node.NodeAddress, 300, RawConnections.Http2Preface, Stop);

        await GuardedNode.UntilAsync(() => Task.FromResult(strangers.OpenCount <= 16));
        await GuardedNode.UntilAsync(() => Task.FromResult(strangers.OpenCount == 0), TimeSpan.FromSeconds(60));
        var alice = await node.LogInNewAsync("alice");
        await alice.SendAsync(1, alice, "as ever");
    }

    [Fact]
    public async Task A_request_of_more_than_64_KiB_is_refused()
    {
        var alice = await node.LogInNewAsync("alice");

        var large = await Assert.ThrowsAsync<RpcException>(() => node.CallRawAsync(
            "/parley.chat.v1.AccountService/ListAccounts", new byte[65 * 1024], alice.Metadata));

        Assert.Equal(StatusCode.ResourceExhausted, large.StatusCode);
        await node.ListAsync(alice);
    }

    /// <summary>By a client that has seen what the node has not.</summary>
    private static Task ListAheadAsync(Metadata token, GrpcChannel channel) =>
        new AccountService.AccountServiceClient(channel)
            .ListAccountsAsync(new(), [.. token, new("parley-seen-index", "1000000000000")]).ResponseAsync;

    private static async Task AssertAllBehindAsync(int count, Func<Task> call) =>
        Assert.Equal(
            ["NODE_BEHIND"],
            (await Task.WhenAll(Enumerable.Range(0, count).Select(_ => NodeFixture.ReasonAsync(call)))).Distinct());

    /// <summary>Of many at once, however slow the machine is: a call a second is let in again.</summary>
    private static async Task AssertSomeTooManyAsync(Func<Task> call) =>
        Assert.Contains(
            "TOO_MANY_CALLS",
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => NodeFixture.ReasonAsync(call))));
}
