using System.Text.Json;
using Grpc.Core;
using Parley.Local;
using Parley.Tests.Program;
using Parley.Verify;

namespace Parley.Tests.Cluster;

/// <summary>A cluster is backed up while people talk, and begins again as another one; so does a survivor's disk.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class BackupTests : IDisposable
{
    private const int Size = 3;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-backups-");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string BackupPath => Path.Combine(folder.FullName, "chat.backup");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    public async Task What_was_answered_before_a_backup_is_in_the_cluster_restored_from_it()
    {
        await using var old = await TestCluster.StartAsync(TestCluster.Options with { Size = Size });
        await old.CreateAccountsAsync("carol", "alice", "bob"); // The first may change members.
        var alice = await old.LoginAsync("alice");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var sending = alice.SendUntilAsync("bob", inFlight: 4, enough.Token);
        await SentAsync(alice, 40);
        var before = AcknowledgedTexts(alice);
        var token = RawNode.NewToken();
        using (var raw = old.Raw(1))
        {
            await raw.LoginAsync("bob", TestCluster.Password, token, lease: TimeSpan.FromMinutes(10));
        }

        // Of the node that is the last to apply, for it leads nobody.
        var follower = await FindFollowerAsync(old.Nodes);
        var manifest = await BackUpAsync(old.Nodes, follower);
        await SentAsync(alice, (int)alice.AcknowledgedCount + 20);
        await enough.CancelAsync();
        await sending;
        await old.ConvergeAsync();
        await old.Nodes.KillAsync([1, 2, 3]);

        await using var restored = await RestoreAsync();
        var messages = await CheckAsync(restored, before, manifest);
        await CheckOldSessionAsync(restored, manifest.GetProperty("cluster").GetString()!, token);
        var bob = await restored.LoginAsync("bob");
        Assert.Equal(messages + 1, (await bob.SendAsync("alice", "back again")).Sequence);

        await RecoverAsync(old.Nodes, follower, AcknowledgedTexts(alice));
    }

    private static async Task SentAsync(Chatter chatter, int count) => await Until.TrueAsync(
        _ => Task.FromResult(chatter.AcknowledgedCount >= count),
        TestCluster.Patience,
        () => $"{count} sends were not answered",
        Stop);

    private static List<string> AcknowledgedTexts(Chatter chatter)
    {
        var events = chatter.Events;
        var answered = events.Where(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Ok })
            .Select(line => line.Operation).ToHashSet();
        return
        [
            .. events.Where(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Invoke })
                .Where(line => answered.Contains(line.Operation)).Select(line => line.Text!),
        ];
    }

    private static async Task<int> FindFollowerAsync(LocalCluster nodes)
    {
        var leader = await nodes.LeaderAsync(Stop);
        return nodes.Nodes.First(node => node.Id != leader).Id;
    }

    /// <summary>What the backup says of itself.</summary>
    private async Task<JsonElement> BackUpAsync(LocalCluster nodes, int id)
    {
        var (code, made) = await RunAsync(
            nodes, "alice", "backup", "create", BackupPath, "--data", nodes.DataDirectoryOf(id), "-o", "json");
        var verified = await ProgramRun.RunAsync("backup", "verify", BackupPath, "-o", "json");

        Assert.Equal(0, code);
        Assert.Equal((0, made), (verified.Code, verified.Output.TrimEnd()));
        return JsonElement.Parse(made);
    }

    /// <summary>One node begins with the backup, two empty ones are added.</summary>
    private async Task<TestCluster> RestoreAsync()
    {
        var (restored, address) = Place("restored", Size);
        var done = await ProgramRun.RunAsync(
            "backup", "restore", BackupPath, "--data", DataOf("restored", 1), "--member", $"1={address}");
        Assert.Equal((0, "cluster"), (done.Code, done.Output.Split(' ')[0]));
        var cluster = await TestCluster.StartAsync(restored);
        for (var id = 2; id <= Size; id++)
        {
            Assert.Equal((0, $"node {id} votes"), await RunAsync(
                cluster.Nodes, "carol", "cluster", "add", $"{id}={cluster.Nodes.Node(id).NodeAddress}",
                "--take-over"));
        }

        await cluster.HealAsync();
        return cluster;
    }

    private string DataOf(string name, int id) => Path.Combine(folder.FullName, name, $"node-{id}", "data");

    /// <summary>Where a cluster will be, of which all nodes but the first join; and its first node's address.</summary>
    private (LocalClusterOptions Options, string First) Place(string name, int size)
    {
        var basePort = LocalPorts.Resolve(0, size);
        var home = folder.CreateSubdirectory(name);
        Directory.CreateDirectory(
            Path.Combine(home.FullName, "node-1"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return (
            TestCluster.Options with
            {
                Size = size,
                BasePort = basePort,
                Directory = home.FullName,
                ArgumentsOf = id => id == 1 ? [] : ["--join"],
                WaitUntilServing = false,
            },
            LocalPorts.AddressesOf(1, basePort, machines: null).Node);
    }

    /// <summary>Each node has the same: all that was answered before, once and in order. How many there are.</summary>
    private static async Task<long> CheckAsync(
        TestCluster cluster, IReadOnlyList<string> before, JsonElement manifest)
    {
        var token = RawNode.NewToken();
        using (var any = cluster.Raw(1))
        {
            await any.LoginAsync("bob", TestCluster.Password, token, lease: TimeSpan.FromMinutes(10));
        }

        await cluster.ConvergeAsync();
        var texts = new List<string>();
        foreach (var node in cluster.Nodes.Nodes)
        {
            using var raw = cluster.Raw(node.Id);
            var (_, _, messages) = await raw.ReadAllAsync(token, "alice");
            var found = messages.ConvertAll(message => message.Text);
            Assert.Equal(manifest.GetProperty("messages").GetInt64(), messages.Count);
            Assert.Equal(
                Enumerable.Range(1, messages.Count).Select(sequence => (long)sequence),
                messages.Select(message => message.Sequence));
            Assert.Equal(found.Distinct(StringComparer.Ordinal), found);
            var ids = messages.ConvertAll(message => Convert.ToHexStringLower(message.MessageId.Span));
            Assert.Equal(ids.Order(StringComparer.Ordinal), ids); // She has one client, which counts.
            Assert.Superset(before.ToHashSet(StringComparer.Ordinal), found.ToHashSet(StringComparer.Ordinal));
            Assert.True(texts.Count == 0 || texts.SequenceEqual(found, StringComparer.Ordinal));
            texts = found;
        }

        using var last = cluster.Raw(1);
        await last.Sessions.LogoutAsync(new(), RawNode.With(token));
        return texts.Count;
    }

    /// <summary>Whoever names the old cluster is told so; who names none has no session.</summary>
    private static async Task CheckOldSessionAsync(TestCluster cluster, string oldCluster, byte[] token)
    {
        using var raw = cluster.Raw(2);
        var bare = RawNode.With(token);
        var named = RawNode.With(token);
        named.Headers!.Add("parley-cluster", oldCluster);

        var changed = await Assert.ThrowsAsync<RpcException>(
            async () => await raw.Accounts.ListAccountsAsync(new(), named));
        var ended = await Assert.ThrowsAsync<RpcException>(
            async () => await raw.Accounts.ListAccountsAsync(new(), bare));

        Assert.Equal(StatusCode.FailedPrecondition, changed.StatusCode);
        Assert.Contains("another cluster", changed.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Unauthenticated, ended.StatusCode);
    }

    /// <summary>Of three nodes one disk is left, that of a follower that had all.</summary>
    private async Task RecoverAsync(LocalCluster lost, int survivor, IReadOnlyList<string> answered)
    {
        var from = lost.DataDirectoryOf(survivor);
        var (options, address) = Place("recovered", 1);
        string[] verb =
        [
            "cluster", "recover", "--from", from, "--data", DataOf("recovered", 1), "--member", $"1={address}",
        ];
        var look = await ProgramRun.RunAsync("cluster", "recover", "--from", from);
        var refused = await ProgramRun.RunAsync([.. verb, "--yes", "00000000"]);
        Assert.Equal((0, ""), (look.Code, look.Output));
        Assert.Contains("nothing was made", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataOf("recovered", 1)));
        var name = look.Error[(look.Error.IndexOf("of cluster ", StringComparison.Ordinal) + 11)..][..8];

        var done = await ProgramRun.RunAsync([.. verb, "--yes", name]);

        Assert.Equal(0, done.Code);
        await using var cluster = await TestCluster.StartAsync(options with { WaitUntilServing = true });
        var token = RawNode.NewToken();
        using var raw = cluster.Raw(1);
        await raw.LoginAsync("bob", TestCluster.Password, token, lease: TimeSpan.FromMinutes(10));
        var (_, _, messages) = await raw.ReadAllAsync(token, "alice");
        var found = messages.ConvertAll(message => message.Text);
        Assert.Equal(found.Distinct(StringComparer.Ordinal), found);
        Assert.Superset(answered.ToHashSet(StringComparer.Ordinal), found.ToHashSet(StringComparer.Ordinal));
    }

    private static async Task<(int Code, string Output)> RunAsync(
        LocalCluster nodes, string account, params string[] arguments)
    {
        using var process = ParleyProcess.Start(nodes, account, arguments);
        return await process.ReadToEndAsync();
    }
}
