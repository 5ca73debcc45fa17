using Grpc.Core;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>A node's memory stays flat under each abuse; the table this prints stands in docs/benchmarks.md.</summary>
[Trait("Promise", "8")]
public sealed class MemoryTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    /// <summary>What collections leave to the garbage collector for a while; an abuse that is kept is many times that.
    /// </summary>
    private const long GrowthKibMax = 96 * 1024;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_stays_flat_under_each_abuse()
    {
        var (alice, bob) = (await node.LogInNewAsync("alice"), await node.LogInNewAsync("bob"));
        var counter = 0UL;
        await MeasureAsync("warm-up: 2,000 calls", () => RepeatAsync(2_000, () => ListAsync(alice)));

        await MeasureAsync("2,000 connections, silent", () => ConnectAsync(2_000, []));
        await MeasureAsync("2,000 connections, HTTP/2 preface", () => ConnectAsync(2_000, RawConnections.Http2Preface));
        await MeasureAsync("500 connections to the node port", () => ConnectAsync(500, [], node.NodeAddress));
        await MeasureAsync("5,000 logins with wrong passwords", () => RepeatAsync(5_000, () => LogInAsync("nobody")));
        await MeasureAsync("5,000 logins, each another name", () => RepeatAsync(
            5_000, () => LogInAsync($"n{Interlocked.Increment(ref counter)}")));
        await MeasureAsync("5,000 calls with random tokens", () => RepeatAsync(5_000, () => ListAsync(
            NodeFixture.Bearer(NodeFixture.RandomBytes(32).Span))));
        await MeasureAsync("10,000 sends of 16 KiB on one stream", () => FloodAsync(alice, bob, 10_000));
        await MeasureAsync("60 streams of sends, never read", () => NeverReadAsync(alice, bob, 60));
        await MeasureAsync("2,000 requests of 65 KiB", () => RepeatAsync(2_000, () => node.CallRawAsync(
            "/parley.chat.v1.AccountService/ListAccounts", new byte[65 * 1024], alice.Metadata)));

        await ListAsync(bob);
    }

    private async Task MeasureAsync(string abuse, Func<Task> act)
    {
        var before = node.ResidentKib;
        await act();
        var after = node.ResidentKib;
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"| {abuse} | {before / 1024} | {after / 1024} |"));
        Assert.True(
            after - before < GrowthKibMax, $"{abuse}: {before} KiB before, {after} KiB after");
    }

    /// <summary>32 at a time; refusals are what is expected.</summary>
    private static Task RepeatAsync(int times, Func<Task> call) => Parallel.ForEachAsync(
        Enumerable.Range(0, times),
        new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Stop },
        async (_, _) =>
        {
            try
            {
                await call();
            }
            catch (Exception refused) when (refused is RpcException or IOException or HttpRequestException)
            {
                // Or the connection was closed (ENHANCE_YOUR_CALM): only what it costs matters here.
            }
        });

    private async Task ConnectAsync(int count, byte[] first, string? address = null)
    {
        using var connections = new RawConnections();
        await connections.OpenAsync(address ?? node.Address, count, first, Stop);
    }

    private Task ListAsync(TestUser user) => ListAsync(user.Metadata);

    private Task ListAsync(Metadata metadata) =>
        node.Accounts.ListAccountsAsync(new() { PageSize = 1 }, metadata).ResponseAsync;

    private Task LogInAsync(string name) => node.Sessions.LoginAsync(
        new() { Name = name, Password = "wrong horse", Token = NodeFixture.RandomBytes(32) }).ResponseAsync;

    private async Task FloodAsync(TestUser from, TestUser to, int count)
    {
        using var stream = node.Messages.SendMessages(from.Metadata);
        var text = new string('x', 16_000);
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
                new() { Message = from.Message((ulong)number, to, text) }, Stop);
        }

        await stream.RequestStream.CompleteAsync();
        await reading;
    }

    private async Task NeverReadAsync(TestUser from, TestUser to, int count)
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.9", node.Address, isMultiple: true);
        var messages = new MessageService.MessageServiceClient(channel);
        await new ClusterService.ClusterServiceClient(channel).GetClusterAsync(new());
        var text = new string('x', 16_000);
        var streams = Enumerable.Range(0, count).Select(_ => messages.SendMessages(from.Metadata)).ToList();
        await Task.WhenAll(streams.Select(async stream =>
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            patience.CancelAfter(TimeSpan.FromSeconds(2));
            try
            {
                for (var number = 1UL; ; number++)
                {
                    await stream.RequestStream.WriteAsync(
                        new() { Message = from.Message(number, to, text) }, patience.Token);
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
}
