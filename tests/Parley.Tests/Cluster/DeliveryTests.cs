using Parley.Client;
using Parley.Local;
using Arrived = Parley.Client.Delivery.Arrived;

namespace Parley.Tests.Cluster;

/// <summary>Kept until acknowledged: crashes between delivery and acknowledgement.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "4")]
public sealed class DeliveryTests
{
    [Fact]
    public async Task A_client_killed_between_delivery_and_acknowledgement_gets_it_again()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", "did you get this?");

        using var killed = ParleyProcess.Start(cluster.Nodes, "bob", "tail", "-o", "json", "--no-ack");
        var first = await killed.ReadLineAsync();
        await killed.KillAsync();
        using var second = ParleyProcess.Start(
            cluster.Nodes, "bob", "tail", "-o", "json", "--take-over", "--no-follow");
        var again = await second.ReadLineAsync();
        await second.WaitForExitAsync();
        using var third = ParleyProcess.Start(
            cluster.Nodes, "bob", "tail", "-o", "json", "--take-over", "--no-follow");

        Assert.Contains("did you get this?", first, StringComparison.Ordinal);
        Assert.Equal(first, again);
        Assert.Equal(0, await third.WaitForExitAsync());
        Assert.Null(await third.FindLineAsync());
    }

    [Fact]
    public async Task A_living_client_whose_node_is_killed_shows_each_message_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await using var client = cluster.NewClient();
        var node = 0;
        client.ConnectionChanged += change => node = change is ConnectionEvent.Connected at ? at.Node : node;
        await using var session = await client.LoginAsync("bob", TestCluster.Password, new(), Stop);
        var shown = new List<ChatMessage>();
        var reading = ShowAsync(session, shown, until: "last");

        for (var line = 1; line <= 3; line++)
        {
            await alice.SendAsync("bob", $"line {line}");
            await Until.TrueAsync(
                _ => Task.FromResult(Volatile.Read(ref node) > 0 && CountOf(shown) >= line),
                TestCluster.Patience,
                () => $"line {line} did not arrive",
                Stop);
            // Shown, not acknowledged: at this moment its node dies.
            await cluster.Nodes.KillAsync(node);
            cluster.Nodes.Start(node);
            await cluster.Nodes.WaitUntilServingAsync([node], TestCluster.Patience, Stop);
        }

        await alice.SendAsync("bob", "last");
        await reading.WaitAsync(TestCluster.Patience, Stop);

        Assert.Equal(["line 1", "line 2", "line 3", "last"], shown.Select(message => message.Text));
        await cluster.JudgeAsync();
    }

    [Theory]
    [Trait("Promise", "6")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_living_client_leaves_a_node_that_is_cut_off_and_misses_nothing(bool inBothDirections)
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Options with { Network = NetworkKind.Proxies });
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await using var client = cluster.NewClient();
        var node = 0;
        client.ConnectionChanged += change => node = change is ConnectionEvent.Connected at ? at.Node : node;
        await using var session = await client.LoginAsync("bob", TestCluster.Password, new(), Stop);
        var shown = new List<ChatMessage>();
        var reading = ShowAsync(session, shown, until: "without it");
        await alice.SendAsync("bob", "with all");
        await Until.TrueAsync(
            _ => Task.FromResult(Volatile.Read(ref node) > 0 && CountOf(shown) == 1),
            TestCluster.Patience,
            () => "the first line did not arrive",
            Stop);

        foreach (var (from, to) in INodeNetwork.PairsOf(cluster.Nodes.Size).Where(
            pair => pair.From == node || (inBothDirections && pair.To == node)))
        {
            cluster.Nodes.Network!.Cut(from, to);
        }

        await alice.SendAsync("bob", "without it");
        await reading.WaitAsync(TestCluster.Patience, Stop);

        Assert.Equal(["with all", "without it"], shown.Select(message => message.Text));
        cluster.Nodes.Network!.Mend();
        await cluster.JudgeAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static int CountOf(List<ChatMessage> shown)
    {
        lock (shown)
        {
            return shown.Count;
        }
    }

    private static async Task ShowAsync(ParleySession session, List<ChatMessage> shown, string until)
    {
        await foreach (var delivery in session.ReceiveAsync(Stop))
        {
            if (delivery is not Arrived { Message: var message })
            {
                continue;
            }

            lock (shown)
            {
                shown.Add(message);
            }

            if (message.Text == until)
            {
                return;
            }
        }
    }
}
