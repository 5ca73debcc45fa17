using Parley.Client;
using Parley.Client.Storage;
using Parley.CommandLine;
using Parley.Local;
using Parley.Server.Certificates;
using Parley.Tests.Program;

namespace Parley.Tests.Cluster;

/// <summary>Certificates and their authority change under five nodes in use, and nobody notices.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class RotationTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_authority_takes_over_while_messages_go_on()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Certificates = true });
        await cluster.CreateAccountsAsync("alice", "bob", "carol", "dave");
        var away = await StoreLoginAsync(cluster, "dave");
        await using var load = await Load.StartAsync(cluster, 2);
        await load.AnswersAsync(50);
        var link = cluster.Nodes.CaFingerprint!;
        await RenewAsync(cluster);
        var old = AuthorityFile.Load(Path.Combine(Spare(cluster), AuthorityFile.FileName)).Certificate;

        await RenewAsync(cluster, "--authority");
        // Some nodes have the new bundle, some the old one; each of both kinds connects anew to each of both kinds.
        await DistributeAsync(cluster, [1, 2]);
        await cluster.Nodes.RestartAsync(2, Stop);
        await KillLeaderAsync(cluster);
        await load.AnswersAsync(50);
        await RetiringIsRefusedAsync(cluster, withOldBundles: [3, 4, 5]);
        // Whoever stole node 5's key may have made it so, and sits there since.
        using var held = await HeldLines.OpenAsync(cluster, from: 5, to: 3, "carol");
        await DistributeAsync(cluster, [3, 4, 5]);
        await held.OfClient.WaitAsync(TestCluster.Patience, Stop);
        var learned = await MeetAsync(cluster, link);

        Assert.False(held.OfNode.IsCompleted, "it counts while the old authority does");
        await RenewAsync(cluster, "--retire-old");
        await DistributeAsync(cluster, [1, 2, 3]);
        await held.OfNode.WaitAsync(TestCluster.Patience, Stop);
        await cluster.Nodes.RestartAsync(1, Stop);
        await cluster.Nodes.RestartAsync(5, Stop);
        await load.AnswersAsync(50);
        await DistributeAsync(cluster, [4, 5]);
        await load.AnswersAsync(50);

        Assert.EndsWith($",{link}", learned, StringComparison.Ordinal);
        Assert.Equal(learned[..link.Length], await MeetAsync(cluster, learned));
        var told = await Assert.ThrowsAsync<RefusedException>(() => MeetAsync(cluster, link));
        Assert.Contains("authority was changed", told.Message, StringComparison.Ordinal);
        Assert.Contains("cluster link", told.Message, StringComparison.Ordinal);
        await ToldAtOnceAsync(away);
        Assert.NotEqual(old, NodeBundle.Load(cluster.Nodes.BundleOf(1)).Ca);
        // A process that is gone is noticed as without certificates.
        Assert.Contains(
            cluster.Nodes.Nodes,
            node => cluster.Nodes.StderrOf(node.Id).Contains("connection was reset", StringComparison.Ordinal));
        await load.StopAsync();
        load.PrintGap("authority changed");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    /// <summary>A login that is stored, and not used until everything has changed.</summary>
    private static async Task<(SessionStore Store, StoredSession Login)> StoreLoginAsync(
        TestCluster cluster, string name)
    {
        var store = new SessionStore(Path.Combine(cluster.Nodes.Directory, "away"));
        await using var client = cluster.NewClient();
        var secret = LoginSecret.OfPassword(name, TestCluster.Password);
        return (store, await client.LoginStoredAsync(store, secret, new(), Stop));
    }

    /// <summary>The stored login knows only the authority before: it is told what to do, and does nothing more.
    /// </summary>
    private static async Task ToldAtOnceAsync((SessionStore Store, StoredSession Login) away)
    {
        await using var client = new ParleyClient(new() { Nodes = away.Login.Nodes, CaFingerprint = away.Login.Ca });
        await using var dave = client.Resume(away.Store, away.Login);
        await dave.UseOutboxAsync(away.Store.FindOutbox(away.Login, slot: 1)!, Stop);
        Func<Task>[] tries =
        [
            () => dave.SendAsync("alice", "hello", Stop),
            () => dave.ListTokensAsync(Stop),
            async () => await dave.ReceiveAsync(Stop).GetAsyncEnumerator(Stop).MoveNextAsync(),
        ];
        foreach (var tryAsync in tries)
        {
            var told = await Assert.ThrowsAsync<RefusedException>(tryAsync);
            Assert.Equal("NODE_NOT_TRUSTED", told.Reason);
            Assert.Contains("authority was changed", told.Message, StringComparison.Ordinal);
            Assert.Contains("parley cluster link", told.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The operator makes new bundles.</summary>
    private static async Task RenewAsync(TestCluster cluster, params string[] flags)
    {
        var (code, _, error) = await ProgramRun.RunAsync(["cluster", "renew", "--data", Spare(cluster), .. flags]);
        Assert.True(code == ExitCodes.Ok, error);
    }

    /// <summary>The operator is told which nodes would be cut off.</summary>
    private static async Task RetiringIsRefusedAsync(TestCluster cluster, IReadOnlyList<int> withOldBundles)
    {
        var (code, output, error) = await ProgramRun.RunAsync(
            "cluster", "renew", "--data", Spare(cluster), "--retire-old");

        Assert.Equal((ExitCodes.Conflict, ""), (code, output));
        Assert.Equal(
            [
                "parley: certificates of the new authority expected on all nodes; nothing was changed.",
                .. withOldBundles.Select(cluster.Nodes.Node).Select(node =>
                    $"parley: node {node.Id}: {node.ClientAddress} shows a certificate of another authority"),
                "parley: put the new bundles in place first, or give --without-asking",
            ],
            error.TrimEnd().Split('\n'));
    }

    /// <summary>Where the operator makes bundles, before the nodes get them: a copy of the first ones' directory.
    /// </summary>
    private static string Spare(TestCluster cluster)
    {
        var spare = Path.Combine(cluster.Nodes.Directory, "operator");
        if (!Directory.Exists(spare))
        {
            Directory.CreateDirectory(spare);
            File.Copy(
                Path.Combine(cluster.Nodes.CertificateDirectory, AuthorityFile.FileName),
                Path.Combine(spare, AuthorityFile.FileName));
        }

        return spare;
    }

    /// <summary>Puts new bundles in the old ones' places, and waits until the nodes have taken them up.</summary>
    private static async Task DistributeAsync(TestCluster cluster, IReadOnlyList<int> ids)
    {
        var before = ids.ToDictionary(id => id, id => CountRenewals(cluster, id));
        foreach (var id in ids)
        {
            File.Copy(
                Path.Combine(Spare(cluster), NodeBundle.FileNameOf(id)), cluster.Nodes.BundleOf(id), overwrite: true);
        }

        await Until.TrueAsync(
            _ => Task.FromResult(before.All(pair => CountRenewals(cluster, pair.Key) > pair.Value)),
            TestCluster.Patience,
            () => $"nodes {string.Join(", ", ids)} did not take up their bundles",
            Stop);
    }

    private static int CountRenewals(TestCluster cluster, int id) =>
        cluster.Nodes.StderrOf(id).Split("The bundle was replaced; its certificate ends").Length;

    private static async Task KillLeaderAsync(TestCluster cluster)
    {
        var leader = await cluster.Nodes.LeaderAsync(Stop);
        await cluster.Nodes.KillAsync(leader);
        Assert.NotEqual(leader, await cluster.Nodes.LeaderAsync(Stop));
        await cluster.Nodes.RestartAsync(leader, Stop);
    }

    /// <summary>Connects to every node as who knows only these authorities; returns those known afterwards.</summary>
    private static async Task<string> MeetAsync(TestCluster cluster, string ca)
    {
        await using var client = new ParleyClient(new() { Nodes = cluster.Nodes.Addresses, CaFingerprint = ca });
        await client.MeetAsync(Stop);
        foreach (var address in cluster.Nodes.Addresses)
        {
            Assert.NotNull(await client.FindReportAsync(address, TestCluster.Patience, Stop));
        }

        return client.CaFingerprint!;
    }
}
