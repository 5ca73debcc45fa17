using System.Net;
using System.Net.Sockets;
using Parley.Client;
using Parley.Local;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Cluster;

/// <summary>Nodes come, go and are replaced while messages are sent.</summary>
[Collection(ClusterCollection.Name)]
public sealed class MembershipTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Five nodes with certificates: 3 loses its disk and is replaced, elsewhere, with a bundle from before;
    /// with two others dead its vote is needed. 4 is replaced by somebody who does not wait for it. 6, of which the
    /// cluster's authority has not heard, is added, and 1, which may lead, is removed.</summary>
    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    public async Task Lost_nodes_are_replaced_one_is_added_and_one_leaves_while_sends_go_on()
    {
        string? elsewhere = null;
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with
        {
            Certificates = true,
            ArgumentsOf = id => id == 3 && elsewhere is not null ? ["--node-listen", elsewhere] : [],
        });
        await cluster.CreateAccountsAsync("carol", "alice", "bob"); // The first may change members.
        var alice = await cluster.LoginAsync("alice");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var sending = alice.SendUntilAsync("bob", inFlight: 4, enough.Token);

        elsewhere = $"127.0.0.1:{FreePort()}";
        await WipeAsync(cluster.Nodes, 3);
        Assert.Equal((0, "node 3 votes"), await ChangeAsync(cluster, "replace", "--id", "3", "--at", elsewhere));
        await Task.WhenAll(cluster.Nodes.KillAsync(1), cluster.Nodes.KillAsync(2));
        var before = alice.AcknowledgedCount;
        await Until.TrueAsync(
            _ => Task.FromResult(alice.AcknowledgedCount > before + 20),
            TestCluster.Patience,
            () => "no sends with nodes 3, 4 and 5 of five",
            Stop);
        await enough.CancelAsync();
        await sending;
        await cluster.JudgeAsync();

        await ReplaceWithoutWaitingAsync(cluster, 4);
        using var sixth = await AddSixthAsync(cluster);
        await RemoveFirstAsync(cluster);
        Assert.Equal((0, "node 6 leads"), await ChangeAsync(cluster, "transfer-leader", "--id", "6"));
    }

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    public async Task A_cluster_grows_from_one_node_to_five_and_shrinks_back_while_sends_go_on()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });
        await cluster.CreateAccountsAsync("carol", "alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var sending = alice.SendUntilAsync("bob", inFlight: 4, enough.Token);
        var members = $"1={cluster.Nodes.Node(1).NodeAddress}";
        var joined = new Stack<(int Id, ParleyProcess Node)>();
        try
        {
            for (var id = 2; id <= 5; id++)
            {
                var address = $"127.0.0.1:{FreePort()}";
                members += $",{id}={address}";
                joined.Push((id, ParleyProcess.StartServer(
                    "--id", $"{id}", "--join", "--data", Path.Combine(cluster.Nodes.Directory, $"node-{id}"),
                    "--members", members, "--listen", $"127.0.0.1:{FreePort()}", "--node-listen", address)));
                Assert.Equal((0, $"node {id} votes"), await ChangeAsync(cluster, "add", $"{id}={address}"));
            }

            await UntilAllVoteAsync(cluster.Nodes, [1, 2, 3, 4, 5], asked: 1);
            while (joined.TryPop(out var last))
            {
                using var node = last.Node;
                Assert.Equal(
                    (0, $"node {last.Id} has left"), await ChangeAsync(cluster, "remove", "--id", $"{last.Id}"));
                Assert.Equal(0, (await node.ReadToEndAsync()).Code);
            }
        }
        finally
        {
            foreach (var (_, node) in joined)
            {
                node.Dispose();
            }
        }

        await UntilAllVoteAsync(cluster.Nodes, [1], asked: 1);
        await enough.CancelAsync();
        await sending;
        await cluster.JudgeAsync();
    }

    /// <summary>The operator's verb ends after its first step: the leader takes the second.</summary>
    private static async Task ReplaceWithoutWaitingAsync(TestCluster cluster, int id)
    {
        await WipeAsync(cluster.Nodes, id);
        await using var client = cluster.NewClient();
        var carol = await client.LoginAsync(
            "carol", TestCluster.Password, new LoginOptions { TakeOver = true }, Stop);
        await Until.TrueAsync(
            async stop => (await carol.ChangeMemberAsync(id, MemberStep.Replace, "", stop)).IsDone,
            TestCluster.Patience,
            () => $"node {id} is not taken in",
            Stop);
        await UntilAllVoteAsync(cluster.Nodes, [1, 2, 3, 4, 5]);
    }

    private static async Task<ParleyProcess> AddSixthAsync(TestCluster cluster)
    {
        var address = (Client: $"127.0.0.1:{FreePort()}", NodePort: FreePort());
        var directory = cluster.Nodes.CertificateDirectory;
        using var bundle = ParleyProcess.StartAlone(
            "cluster", "bundle", "--data", directory, "--node", $"6={address.Client}/{address.NodePort}");
        var path = Path.Combine(directory, "node-6.parley");
        Assert.Equal((0, path), await bundle.ReadToEndAsync());
        var sixth = ParleyProcess.StartServer(
            "--bundle", path, "--join", "--data", Path.Combine(cluster.Nodes.Directory, "node-6"));
        Assert.Equal(
            (0, "node 6 votes"), await ChangeAsync(cluster, "add", $"6=127.0.0.1:{address.NodePort}"));
        await UntilAllVoteAsync(cluster.Nodes, [1, 2, 3, 4, 5, 6]);
        return sixth;
    }

    private static async Task RemoveFirstAsync(TestCluster cluster)
    {
        Assert.Equal((0, "node 1 has left"), await ChangeAsync(cluster, "remove", "--id", "1"));
        await Until.TrueAsync(
            _ => Task.FromResult(!cluster.Nodes.Node(1).IsRunning),
            TestCluster.Patience,
            () => $"node 1 did not stop; it said: {cluster.Nodes.StderrOf(1)}",
            Stop);

        Assert.Equal(0, cluster.Nodes.Node(1).ExitCode);
        await TestCluster.SaidAsync(cluster, 1, "node 1 was removed");
        await UntilAllVoteAsync(cluster.Nodes, [2, 3, 4, 5, 6]);
        cluster.Nodes.Start(1);
        Assert.Equal(10, await cluster.Nodes.Node(1).WaitForExitAsync(Stop));
    }

    private static async Task UntilAllVoteAsync(LocalCluster nodes, int[] ids, int asked = 2)
    {
        GetClusterResponse? said = null;
        await Until.TrueAsync(
            async stop => (said = await nodes.StatusOfAsync(asked, stop)) is { } report
                && report.Nodes.Select(member => member.Id).SequenceEqual(ids)
                && report.Nodes.All(member => !member.Learner)
                && report.Voters == ids.Length,
            TestCluster.Patience,
            () => $"members {string.Join(',', ids)}, all voting, expected, found "
                + string.Join(',', said?.Nodes.Select(member => $"{member.Id}{(member.Learner ? "?" : "")}") ?? []),
            Stop);
    }

    /// <summary>Each step may be asked for again: so it is where an election, or who has not said yet what its program
    /// knows, is in the way for longer than the verb waits.</summary>
    private static async Task<(int Code, string Output)> ChangeAsync(TestCluster cluster, params string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TestCluster.Patience);
        while (true)
        {
            using var verb = ParleyProcess.Start(cluster.Nodes, "carol", ["cluster", .. arguments, "--take-over"]);
            var ended = await verb.ReadToEndAsync();
            if (ended.Code == 0 || limit.IsCancellationRequested)
            {
                return ended;
            }

            TestCluster.Print($"{string.Join(' ', arguments)} ended with {ended.Code}, once more");
        }
    }

    private static async Task WipeAsync(LocalCluster nodes, int id)
    {
        await nodes.KillAsync(id);
        Directory.Delete(nodes.DataDirectoryOf(id), recursive: true);
        nodes.Start(id);
        await nodes.Node(id).Listening.WaitAsync(TestCluster.Patience, Stop);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
