using Parley.Tests.BadInput;

namespace Parley.Tests.Guarding;

/// <summary>A node's memory stays flat under each abuse; the table this prints stands in docs/benchmarks.md.</summary>
[Trait("Promise", "8")]
public sealed class MemoryTests(SmallNode node) : IClassFixture<SmallNode>
{
    // The most that a row of fourteen runs grew by was 51 MiB: 2,000 silent connections where many others shared the
    // machine. Kept in full, the sends would be 160 MiB, the large requests 130, the bombs 16,000; rows that throw less
    // than the bound at the node show by the rows after them, for it is one process. The bound leaves room for what is
    // taken once, in whatever row it falls: the cache of the index's writer (16 MiB) and of its readers (8 MiB each).
    private const long GrowthKibMax = 96 * 1024;

    private const string Accounts = "/parley.chat.v1.AccountService/ListAccounts";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Memory_stays_flat_under_each_abuse()
    {
        var abuses = new Abuses(node);
        await abuses.PrepareAsync();
        await MeasureAsync("warm-up: 2,000 calls", () => abuses.RepeatAsync(2_000, abuses.ListAsync));
        await MeasureAsync("warm-up: 500 connections", () => abuses.ConnectAsync(500, [], node.Address));

        await MeasureAsync("2,000 connections, silent", () => abuses.ConnectAsync(2_000, [], node.Address));
        await MeasureAsync(
            "2,000 connections, HTTP/2 preface",
            () => abuses.ConnectAsync(2_000, RawConnections.Http2Preface, node.Address));
        await MeasureAsync("500 connections to the node port", () => abuses.ConnectAsync(500, [], node.NodeAddress));
        await MeasureAsync("300 connections of an account, idle", () => abuses.IdleAsync(300));
        await MeasureAsync("2,000 logins with wrong passwords", () => abuses.LogInAsync(2_000, isOneName: true));
        await MeasureAsync("2,000 logins, each another name", () => abuses.LogInAsync(2_000, isOneName: false));
        await MeasureAsync("2,000 calls of all kinds with tokens of 10 KB", () => abuses.LongTokensAsync(2_000));
        await MeasureAsync("10,000 health checks", () => abuses.RepeatAsync(10_000, abuses.CheckHealthAsync));
        await MeasureAsync("1,000 streams of health, never read", () => abuses.WatchAsync(1_000));
        await MeasureAsync("60 streams of messages, 1 MiB for each, never read", abuses.NeverReceiveAsync);
        await MeasureAsync("60 streams of sends, never read", () => abuses.NeverReadAsync(60));
        await MeasureAsync("10,000 sends of 16 KiB on one stream", () => abuses.FloodAsync(10_000));
        await MeasureAsync("2,000 requests of 65 KiB", () => abuses.RepeatAsync(
            2_000, () => abuses.CallAsync(Accounts, new byte[65 * 1024]), "ResourceExhausted"));
        await MeasureAsync("500 frames said to have 2^32-1 bytes, 60 KiB of them sent", () => abuses.PostAsync(
            500, BareHttp.Frame(0, uint.MaxValue, new byte[60 * 1024]), "INVALID_ARGUMENT"));
        await MeasureAsync("500 bombs of 32 MB in gzip", () => abuses.PostAsync(
            500, BareHttp.Bomb(32), "UNIMPLEMENTED", ("grpc-encoding", "gzip")));

        await abuses.CheckOthersAsync();
    }

    private async Task MeasureAsync(string abuse, Func<Task> act)
    {
        var before = node.ResidentKib;
        await node.ForgetPeakAsync();
        await act();
        var (after, peak) = (node.ResidentKib, node.PeakKib);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"| {abuse} | {before / 1024} | {peak / 1024} | {after / 1024} |"));
        Assert.True(
            peak - before < GrowthKibMax, $"{abuse}: {before} KiB before, {peak} KiB at most, {after} KiB after");
    }
}
