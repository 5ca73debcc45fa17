using Parley.Core.Storage;
using Parley.Local;
using Parley.Tests.Program;

namespace Parley.Tests.Cluster;

/// <summary>A node whose state is not the cluster's finds it out by itself while all run.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "1")]
public sealed class DivergenceTests
{
    private const int Refused = 10;
    private const int InvariantBroken = 12;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_node_whose_state_differs_stops_itself_and_the_others_go_on()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", "before");
        await WaitUntilAgreedAsync(cluster, 1, 2, 3);

        await cluster.Nodes.TerminateAsync(2, Stop);
        AlterState(Directory.GetFiles(cluster.Nodes.DataDirectoryOf(2), "state.db").Single());
        cluster.Nodes.Start(2);
        var exitCode = await WaitForExitAsync(cluster, 2);
        var said = cluster.Nodes.StderrOf(2);
        await alice.SendAsync("bob", "two are enough");
        await WaitUntilAgreedAsync(cluster, 1, 3);
        var status = await ProgramRun.RunAsync(["status", "--nodes", string.Join(',', cluster.Nodes.Addresses)]);
        cluster.Nodes.Start(2);
        var exitCodeAgain = await WaitForExitAsync(cluster, 2);

        Assert.Equal(InvariantBroken, exitCode);
        Assert.Matches("at entry [0-9]+ this node's state has digest [0-9a-f]{32}, a majority of the voters has", said);
        Assert.DoesNotContain("   at Parley", said, StringComparison.Ordinal);
        Assert.Matches("warning: node 2: its state differs from the majority's since entry [0-9]+", status.Output);
        Assert.Equal(Refused, exitCodeAgain);
        Assert.Matches(
            "its state was found to differ from the cluster's: at entry [0-9]+", cluster.Nodes.Node(2).LastWords());
        Assert.True(File.Exists(Path.Combine(cluster.Nodes.DataDirectoryOf(2), "state.db")));
    }

    private static Task<int> WaitForExitAsync(TestCluster cluster, int id) =>
        cluster.Nodes.Node(id).WaitForExitAsync(Stop).WaitAsync(TestCluster.Patience, Stop);

    /// <summary>What was applied so far was compared, and is one state.</summary>
    private static async Task WaitUntilAgreedAsync(TestCluster cluster, params int[] ids)
    {
        var least = (await cluster.Nodes.StatusOfAsync(ids[0], Stop))!.AppliedIndex;
        await Until.TrueAsync(
            async token =>
            {
                foreach (var id in ids)
                {
                    var status = await cluster.Nodes.StatusOfAsync(id, token);
                    if (status?.Condition is not { } condition || condition.AgreedIndex < least)
                    {
                        return false;
                    }
                }

                return true;
            },
            TestCluster.Patience,
            () => $"the nodes {string.Join(", ", ids)} never compared their states at entry {least}",
            Stop);
    }

    /// <summary>As a bug of Apply would: another value in a row, and a digest that is right for it.</summary>
    private static void AlterState(string path)
    {
        using var state = Database.OpenForWriting(path);
        state.Execute("UPDATE accounts SET created_at_us = created_at_us + 1 WHERE name = 'bob'");
        var digest = StoredDigest.Scan(state).Value;
        state.Prepare("UPDATE node SET digest_high = $high, digest_low = $low").Start()
            .With((long)(ulong)(digest >> 64)).With((long)(ulong)digest).Run();
    }
}
