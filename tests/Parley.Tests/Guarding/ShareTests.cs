using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Parley.Server.Guarding;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>What is shared, connections, places for calls, room for what waits: each limit is set, exceeded, answered
/// as documented, and the others have what they had.</summary>
[Collection(GuardedNodeCollection.Name)]
[Trait("Promise", "8")]
public sealed class ShareTests(GuardedNode node)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>The administrator's is one of them all.</summary>
    [Theory]
    [InlineData("connections-per-address", "2", "200", "127.0.0.5", "127.0.0.5", "127.0.0.5")]
    [InlineData("connections", "3", "2000", "127.0.0.5", "127.0.0.6", "127.0.0.7")]
    public async Task One_connection_more_than_there_may_be_is_told_so_and_closed(
        string setting, string value, string before, string first, string second, string third)
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var changed = await node.ChangeAsync((setting, value, before));
        using var one = node.ChannelFrom(first);
        using var two = node.ChannelFrom(second);
        using var three = node.ChannelFrom(third);
        using var idle = new RawConnections();
        await idle.OpenAsync(node.Address, 5, RawConnections.Http2Preface, Stop);
        await GuardedNode.UntilAsync(() => IsTakenAsync(() => node.ListAsync(alice, one)));
        await GuardedNode.UntilAsync(() => IsTakenAsync(() => node.ListAsync(bob, two)));

        await GuardedNode.AssertTooManyAsync(() => node.ListAsync(alice, three), "TOO_MANY_CONNECTIONS");

        await node.ListAsync(alice, one);
        await node.ListAsync(bob, two);
        two.Dispose();
        await GuardedNode.UntilAsync(() => IsTakenAsync(() => node.ListAsync(alice, three)));
    }

    [Fact]
    public async Task An_account_has_as_many_connections_as_calls_at_a_time_and_its_oldest_idle_ones_go()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var changed = await node.ChangeAsync(("calls-at-once", "3", "64"));
        using var bobs = node.ChannelFrom("127.0.0.30");
        await node.ListAsync(bob, bobs);
        List<string> sources = [.. Enumerable.Range(31, 8).Select(number => $"127.0.0.{number}")];
        var channels = sources.ConvertAll(node.ChannelFrom);
        using var stream = new MessageService.MessageServiceClient(channels[0]).ReceiveMessages(
            new() { StreamNumber = 1 }, alice.Metadata);
        await TestUser.ReadBacklogAsync(stream);

        foreach (var channel in channels.Skip(1))
        {
            await node.ListAsync(alice, channel);
        }

        await GuardedNode.UntilAsync(() => Task.FromResult(node.CountFrom(sources) == 3));
        Assert.Equal(1, node.CountFrom(sources[..1]));
        Assert.Equal(1, node.CountFrom(["127.0.0.30"]));
        await alice.SendAsync(1, alice, "still here");
        Assert.True(await stream.ResponseStream.MoveNext(Stop).WaitAsync(GuardedNode.Patience, Stop));

        // Whoever was asked to go and comes back is served.
        await node.ListAsync(alice, channels[1]);
        channels.ForEach(channel => channel.Dispose());
    }

    [Fact]
    public async Task An_account_whose_connections_all_have_an_open_call_gets_no_other_one_and_loses_none()
    {
        var alice = await node.LogInNewAsync("alice");
        await using var changed = await node.ChangeAsync(("calls-at-once", "3", "64"));
        List<string> sources = [.. Enumerable.Range(61, 5).Select(number => $"127.0.0.{number}")];
        var channels = sources.ConvertAll(node.ChannelFrom);
        var streams = new List<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>>();
        for (var number = 0; number < 3; number++)
        {
            streams.Add(await node.OpenStreamAsync(alice, (ulong)number + 1, channels[number]));
        }

        foreach (var channel in channels.Skip(3))
        {
            await GuardedNode.AssertTooManyAsync(() => node.ListAsync(alice, channel));
        }

        await GuardedNode.UntilAsync(() => Task.FromResult(node.CountFrom(sources[3..]) == 0));

        // Whoever is asked to go is cut after this time.
        await Task.Delay(GuardLimits.CloseMax * 2, Stop);
        Assert.Equal(3, node.CountFrom(sources));
        for (var number = 0; number < 3; number++)
        {
            await streams[number].RequestStream.WriteAsync(
                new() { Message = alice.Message((ulong)number + 4, alice, "still here") }, Stop);
            Assert.True(await streams[number].ResponseStream.MoveNext(Stop).WaitAsync(GuardedNode.Patience, Stop));
        }

        streams.ForEach(stream => stream.Dispose());
        channels.ForEach(channel => channel.Dispose());
    }

    [Theory]
    [InlineData("connections-per-address", "3", "200", "127.0.0.41", "127.0.0.41")]
    [InlineData("calls-per-node", "6", "10000", "127.0.0.42", "127.0.0.43")]
    public async Task Strangers_have_three_calls_open_and_leave_room_for_members(
        string setting, string value, string before, string first, string second)
    {
        var alice = await node.LogInNewAsync("alice");
        await using var changed = await node.ChangeAsync((setting, value, before));
        using var one = node.ChannelFrom(first);
        using var two = node.ChannelFrom(second);
        var health = new Health.HealthClient(two);
        var watches = await Task.WhenAll(WatchAsync(one), WatchAsync(one), WatchAsync(one));

        await GuardedNode.AssertTooManyAsync(() => health.CheckAsync(new()).ResponseAsync, "TOO_MANY_CONNECTIONS");
        await GuardedNode.AssertTooManyAsync(() => WatchAsync(two), "TOO_MANY_CONNECTIONS");

        using var stream = await node.OpenStreamAsync(alice, 1);
        await node.ListAsync(alice, two);
        watches[0].Dispose();
        await GuardedNode.UntilAsync(() => IsTakenAsync(() => health.CheckAsync(new()).ResponseAsync));
        Array.ForEach(watches, watch => watch.Dispose());
    }

    [Theory]
    [InlineData("undelivered-bytes", "100", "67108864")]
    [InlineData("undelivered-messages", "1", "100000")]
    public async Task What_waits_for_an_account_is_bounded_and_there_is_room_again_once_it_is_taken(
        string setting, string value, string before)
    {
        var alice = await node.LogInNewAsync("alice");
        var (bob, carol) = (await node.LogInNewAsync("bob"), await node.LogInNewAsync("carol"));
        await using var changed = await node.ChangeAsync((setting, value, before));
        var text = new string('x', 60);
        var stored = await alice.SendAsync(1, bob, text);

        await GuardedNode.AssertTooManyAsync(() => alice.SendAsync(2, bob, text), "INBOX_FULL", secondsMax: 60);

        await alice.SendAsync(3, carol, text);
        await bob.SendAsync(1, alice, text);
        await bob.AcknowledgeAsync(stored.Conversation, stored.Sequence);
        await alice.SendAsync(4, bob, text);
    }

    [Fact]
    public async Task A_connection_has_so_many_calls_at_a_time_from_the_nodes_next_start_on()
    {
        const int Most = 16;
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        await using var changed = await node.ChangeAsync(("calls-per-connection", $"{Most}", "32"));
        await node.RestartAsync();
        using var channel = node.ChannelFrom("127.0.0.51");
        var streams = new List<AsyncDuplexStreamingCall<SendMessagesRequest, SendMessagesResponse>>();
        for (var number = 1UL; number <= Most; number++)
        {
            streams.Add(await node.OpenStreamAsync(alice, number, channel));
        }

        var queued = node.ListAsync(alice, channel);
        for (var call = 0; call < 5; call++)
        {
            await node.ListAsync(bob);
        }

        Assert.False(queued.IsCompleted);
        streams.ForEach(stream => stream.Dispose());
        await queued.WaitAsync(GuardedNode.Patience, Stop);
    }

    private static async Task<bool> IsTakenAsync(Func<Task> call) => await NodeFixture.ReasonAsync(call) is "OK";

    /// <summary>A stream of health that has said something.</summary>
    private static async Task<AsyncServerStreamingCall<HealthCheckResponse>> WatchAsync(
        GrpcChannel channel)
    {
        var watch = new Health.HealthClient(channel).Watch(new());
        await watch.ResponseStream.MoveNext(Stop).WaitAsync(GuardedNode.Patience, Stop);
        return watch;
    }
}
