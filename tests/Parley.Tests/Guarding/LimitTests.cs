using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>Every limit at a real node: the exact answer, and that the next one fares as before.</summary>
[Trait("Promise", "8")]
public sealed class LimitTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_account_has_so_many_calls_at_a_time()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var setting = await SetAsync(("calls-at-once", "3", "64"));
        var streams = new List<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>>();
        for (var number = 1UL; number <= 3; number++)
        {
            streams.Add(await OpenStreamAsync(alice, number));
        }

        await AssertTooManyAsync(() => ListAsync(alice));
        await ListAsync(bob);
        streams[0].Dispose();
        await UntilAsync(async () => await ReasonAsync(() => ListAsync(alice)) is "OK");
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task An_account_has_so_many_calls_a_second()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var setting = await SetAsync(("call-rate", "1", "100"), ("call-burst", "5", "500"));

        var answers = new List<string>();
        for (var call = 0; call < 8; call++)
        {
            answers.Add(await ReasonAsync(() => ListAsync(alice)));
        }

        Assert.Equal(["OK", "OK", "OK", "OK", "OK"], answers.Take(5));
        await AssertSomeTooManyAsync(() => ListAsync(alice));
        await ListAsync(bob);
    }

    [Fact]
    public async Task An_address_has_so_many_calls_without_a_session_a_second_wrong_tokens_included()
    {
        using var elsewhere = NodeFixture.ChannelFrom("127.0.0.3", node.Address);
        var cluster = new ClusterService.ClusterServiceClient(elsewhere);
        var accounts = new AccountService.AccountServiceClient(elsewhere);
        var health = new Health.HealthClient(elsewhere);
        await using var setting = await SetAsync(("address-rate", "1", "50"), ("address-burst", "4", "500"));
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
        await AssertSomeTooManyAsync(() => cluster.GetClusterAsync(new()).ResponseAsync);
        await AssertSomeTooManyAsync(() => health.CheckAsync(new()).ResponseAsync);
        await AssertSomeTooManyAsync(async () =>
        {
            using var watch = health.Watch(new());
            await watch.ResponseStream.MoveNext(Stop);
        });
        await node.Cluster.GetClusterAsync(new());
    }

    [Fact]
    public async Task A_node_has_so_many_calls_at_a_time()
    {
        var alice = await node.LogInNewAsync("alice");
        await using var setting = await SetAsync(("calls-per-node", "2", "10000"));
        using var first = await OpenStreamAsync(alice, 1);
        using var second = await OpenStreamAsync(alice, 2);

        await AssertTooManyAsync(() => node.Cluster.GetClusterAsync(new()).ResponseAsync);
        await AssertTooManyAsync(() => new Health.HealthClient(node.Channel).CheckAsync(new()).ResponseAsync);
        first.Dispose();
        second.Dispose();
        await UntilAsync(async () =>
            await ReasonAsync(() => node.Cluster.GetClusterAsync(new()).ResponseAsync) is "OK");
    }

    [Fact]
    public async Task Whoever_connects_and_does_not_log_in_is_closed_in_time_and_whoever_has_is_not()
    {
        var alice = await node.LogInNewAsync("alice");
        await using var setting = await SetAsync(("authenticate-seconds", "2", "10"));
        using var channel = NodeFixture.ChannelFrom("127.0.0.4", node.Address);
        using var stream = new MessageService.MessageServiceClient(channel).ReceiveMessages(
            new() { StreamNumber = 1 }, alice.Metadata);
        await TestUser.ReadBacklogAsync(stream);
        using var silent = new RawConnections();
        await silent.OpenAsync(node.Address, 20, [], Stop);
        await silent.OpenAsync(node.Address, 20, RawConnections.Http2Preface, Stop);
        await silent.OpenAsync(node.Address, 20, "GET / HTTP/1.1\r\n"u8.ToArray(), Stop);

        await UntilAsync(() => Task.FromResult(silent.OpenCount == 0));

        await alice.SendAsync(1, alice, "still here");
        Assert.True(await stream.ResponseStream.MoveNext(Stop).WaitAsync(Patience, Stop));
    }

    [Fact]
    public async Task Idle_strangers_of_an_address_make_room_for_who_logs_in_from_there()
    {
        await using var setting = await SetAsync(("connections-per-address", "5", "200"));
        using var strangers = new RawConnections();
        await strangers.OpenAsync(node.Address, 40, RawConnections.Http2Preface, Stop);

        var carol = await node.LogInNewAsync("carol");

        await UntilAsync(() => Task.FromResult(strangers.OpenCount <= 5));
        await ListAsync(carol);
    }

    [Fact]
    public async Task One_connection_more_than_an_address_may_have_is_told_so_and_closed()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var setting = await SetAsync(("connections-per-address", "2", "200"));
        using var one = NodeFixture.ChannelFrom("127.0.0.5", node.Address);
        using var two = NodeFixture.ChannelFrom("127.0.0.5", node.Address);
        using var three = NodeFixture.ChannelFrom("127.0.0.5", node.Address);
        await ListAsync(alice, one);
        await ListAsync(bob, two);

        // It is closed soon after: a call that comes later finds no connection, and makes another.
        await UntilAsync(async () => await ReasonAsync(() => ListAsync(alice, three)) is "TOO_MANY_CONNECTIONS");
        await ListAsync(alice, one);
        two.Dispose();
        await UntilAsync(async () => await ReasonAsync(() => ListAsync(alice, three)) is "OK");
    }

    [Fact]
    public async Task Strangers_at_the_node_port_get_little_and_for_a_short_time()
    {
        using var strangers = new RawConnections();

        await strangers.OpenAsync(node.NodeAddress, 300, RawConnections.Http2Preface, Stop);

        await UntilAsync(() => Task.FromResult(strangers.OpenCount <= 16));
        await UntilAsync(() => Task.FromResult(strangers.OpenCount == 0), TimeSpan.FromSeconds(60));
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
        await ListAsync(alice);
    }

    private static void AssertTooMany(RpcException refused, string reason)
    {
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        var status = refused.GetRpcStatus();
        Assert.Equal(reason, status?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason);
        Assert.InRange(
            status?.GetDetail<Google.Rpc.RetryInfo>()?.RetryDelay.ToTimeSpan() ?? TimeSpan.Zero,
            TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(10));
    }

    private static async Task AssertTooManyAsync(Func<Task> call) =>
        AssertTooMany(await Assert.ThrowsAsync<RpcException>(call), "TOO_MANY_CALLS");

    /// <summary>Of many at once, however slow the machine is: a call a second is let in again.</summary>
    private static async Task AssertSomeTooManyAsync(Func<Task> call) =>
        Assert.Contains("TOO_MANY_CALLS", await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ReasonAsync(call))));

    private static async Task<string> ReasonAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "OK";
        }
        catch (RpcException refused)
        {
            return refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? $"{refused.StatusCode}";
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, TimeSpan? patience = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        deadline.CancelAfter(patience ?? Patience);
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    private Task ListAsync(TestUser user, GrpcChannel? channel = null) =>
        new AccountService.AccountServiceClient(channel ?? node.Channel)
            .ListAccountsAsync(new() { PageSize = 1 }, user.Metadata).ResponseAsync;

    /// <summary>A stream of sends that the node has taken: one send of it is answered.</summary>
    private async Task<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>> OpenStreamAsync(
        TestUser user, ulong counter)
    {
        var stream = node.Messages.SendMessages(user.Metadata);
        await stream.RequestStream.WriteAsync(new() { Message = user.Message(counter, user, "hello") }, Stop);
        Assert.True(await stream.ResponseStream.MoveNext(Stop).WaitAsync(Patience, Stop));
        return stream;
    }

    /// <summary>Changes settings until disposed.</summary>
    private async Task<ChangedSettings> SetAsync(params (string Name, string Value, string Before)[] settings)
    {
        await node.SetAsync([.. settings.Select(each => (each.Name, each.Value))]);
        return new ChangedSettings(node, [.. settings.Select(each => (each.Name, each.Before))]);
    }

    private sealed class ChangedSettings(NodeFixture node, (string Name, string Value)[] before) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await node.SetAsync(before);
    }
}
