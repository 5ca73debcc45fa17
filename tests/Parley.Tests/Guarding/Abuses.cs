using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Health.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Parley.Server.Guarding;
using Parley.Tests.Api;
using Parley.Tests.BadInput;

namespace Parley.Tests.Guarding;

/// <summary>What is done to a node by people who mean no good: strangers, alice, and the members of her room.</summary>
internal sealed class Abuses(NodeFixture node)
{
    private const int Members = 60;
    private const int TextCharacters = 16_000;
    private static readonly TimeSpan Lease = TimeSpan.FromHours(1);
    private readonly List<TestUser> members = [];
    private readonly Metadata longToken = new() { { "authorization", $"Bearer {new string('A', 10_240)}" } };
    private TestUser alice = null!;
    private TestUser bob = null!;
    private string room = "";
    private int last;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Whoever is needed later: once strangers have used up what their address may have, nobody enters from
    /// there.</summary>
    public async Task PrepareAsync()
    {
        alice = await node.LogInNewAsync("alice", Lease);
        bob = await node.LogInNewAsync("bob", Lease);
        room = await alice.CreateRoomAsync("hall");
        for (var number = 0; number < Members; number++)
        {
            var member = await node.LogInNewAsync("member", Lease);
            await member.InRoomAsync(room, RoomMemberChange.Join);
            members.Add(member);
        }
    }

    /// <summary>32 at a time. Refusals are what is expected: one of the answers, at least, is this one.</summary>
    public async Task RepeatAsync(int times, Func<Task> call, string? expected = null)
    {
        var answers = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, times),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Stop },
            async (_, _) =>
            {
                try
                {
                    answers.Add(await NodeFixture.ReasonAsync(call));
                }
                catch (Exception refused) when (refused is BareAnswerException or IOException or HttpRequestException)
                {
                    // Or the connection was closed (ENHANCE_YOUR_CALM): only what it costs matters here.
                    answers.Add(refused.Message);
                }
            });
        if (expected is not null)
        {
            Assert.Contains(answers, answer => answer.StartsWith(expected, StringComparison.Ordinal));
        }
    }

    public async Task ConnectAsync(int count, byte[] first, string address)
    {
        using var connections = new RawConnections();
        await connections.OpenAsync(address, count, first, Stop);
    }

    /// <summary>Connections with one call of bob's each, from many addresses, that are kept.</summary>
    public async Task IdleAsync(int count)
    {
        List<string> sources =
            [.. Enumerable.Range(0, count).Select(number => $"127.0.{1 + (number / 200)}.{1 + (number % 200)}")];
        var channels = sources.ConvertAll(source => NodeFixture.ChannelFrom(source, node.Address));
        foreach (var channel in channels)
        {
            await NodeFixture.ReasonAsync(() => ListAsync(channel.CreateCallInvoker(), bob));
        }

        await GuardedNode.UntilAsync(() => Task.FromResult(node.CountFrom(sources) <= GuardLimits.CallsAtOnce));
        await CheckOthersAsync();
        channels.ForEach(channel => channel.Dispose());
    }

    public Task ListAsync() => ListAsync(node.Channel.CreateCallInvoker(), bob);

    /// <summary>Who does no harm is served, from another address.</summary>
    public async Task CheckOthersAsync()
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.10", node.Address);
        await ListAsync(channel.CreateCallInvoker(), node.Administrator);
    }

    public Task CallAsync(string path, byte[] request) => node.CallRawAsync(path, request, bob.Metadata);

    public Task LogInAsync(int times, bool isOneName) => RepeatAsync(
        times,
        () => node.Sessions.LoginAsync(
            new()
            {
                Name = isOneName ? "nobody" : $"n{Interlocked.Increment(ref last)}",
                Password = "wrong horse",
                Token = NodeFixture.RandomBytes(32),
            }).ResponseAsync,
        "WRONG_CREDENTIALS");

    public Task LongTokensAsync(int times)
    {
        var calls = AccessTable.Rows
            .Where(row => row.Value is not (Access.Open or Access.Anonymous))
            .Select(row => row.Key)
            .ToArray();
        return RepeatAsync(
            times,
            () => node.CallRawAsync(calls[Interlocked.Increment(ref last) % calls.Length], [], longToken),
            "SESSION_ENDED");
    }

    public Task CheckHealthAsync() => new Health.HealthClient(node.Channel).CheckAsync(new()).ResponseAsync;

    /// <summary>Streams of health, of which nobody reads more than that it is there.</summary>
    public async Task WatchAsync(int count)
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.8", node.Address, isMultiple: true);
        var health = new Health.HealthClient(channel);
        var watches = new ConcurrentBag<AsyncServerStreamingCall<HealthCheckResponse>>();
        await RepeatAsync(
            count,
            async () =>
            {
                var watch = health.Watch(new());
                watches.Add(watch);
                await watch.ResponseHeadersAsync;
            });
        foreach (var watch in watches)
        {
            watch.Dispose();
        }
    }

    /// <summary>All members open their streams and take nothing, while alice speaks to all of them.</summary>
    public async Task NeverReceiveAsync()
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.9", node.Address, isMultiple: true);
        var messages = new MessageService.MessageServiceClient(channel);
        var streams = new List<AsyncServerStreamingCall<ReceiveMessagesResponse>>();
        foreach (var member in members)
        {
            streams.Add(messages.ReceiveMessages(new() { StreamNumber = 1 }, member.Metadata));
        }

        await Task.WhenAll(streams.Select(stream => stream.ResponseHeadersAsync));

        var text = new string('x', TextCharacters);
        for (var counter = 1UL; counter <= GuardLimits.SendBurst; counter++)
        {
            await alice.SayAsync(counter, room, text);
        }

        streams.ForEach(stream => stream.Dispose());
    }

    /// <summary>Many times the same bytes as a login.</summary>
    public async Task PostAsync(int times, byte[] body, string expected, params (string Name, string Value)[] headers)
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false });
        await RepeatAsync(
            times,
            () => BareHttp.PostAsync(
                http, $"http://{node.Address}", "/parley.chat.v1.SessionService/Login", body, headers),
            expected);
    }

    public async Task FloodAsync(int count)
    {
        using var stream = node.Messages.SendMessages(alice.Metadata);
        var text = new string('x', TextCharacters);
        var reading = Task.Run(
            async () =>
            {
                while (await stream.ResponseStream.MoveNext(Stop))
                {
                    continue;
                }
            },
            Stop);
        for (var number = 1; number <= count; number++)
        {
            await stream.RequestStream.WriteAsync(
                new() { Message = alice.Message((ulong)(GuardLimits.SendBurst + number), bob, text) }, Stop);
        }

        await stream.RequestStream.CompleteAsync();
        await reading;
    }

    public async Task NeverReadAsync(int count)
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.9", node.Address, isMultiple: true);
        var messages = new MessageService.MessageServiceClient(channel);
        await new ClusterService.ClusterServiceClient(channel).GetClusterAsync(new());
        var text = new string('x', TextCharacters);
        var streams = Enumerable.Range(0, count).Select(_ => messages.SendMessages(bob.Metadata)).ToList();
        await Task.WhenAll(streams.Select(async stream =>
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                for (var number = 1UL; ; number++)
                {
                    await stream.RequestStream.WriteAsync(
                        new() { Message = bob.Message(number, alice, text) }, patience.Token);
                }
            }
            catch (Exception stopped) when (
                stopped is OperationCanceledException or RpcException or InvalidOperationException
                    or HttpRequestException)
            {
                // The node reads no more than it answers.
            }
        }));
        streams.ForEach(stream => stream.Dispose());
    }

    private static Task ListAsync(CallInvoker invoker, TestUser user) =>
        new AccountService.AccountServiceClient(invoker).ListAccountsAsync(new() { PageSize = 1 }, user.Metadata)
            .ResponseAsync;
}
