using Parley.Local;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Tests.Cluster;

/// <summary>Damaged files are refused with what to do, and the others serve.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "1")]
public sealed class DamageTests
{
    private const int Refused = 10;

    [Theory]
    [InlineData("log")]
    [InlineData("state")]
    [InlineData("stamp")]
    public async Task A_node_with_a_damaged_file_refuses_to_start(string what)
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        for (var line = 1; line <= 100; line++)
        {
            await alice.SendAsync("bob", $"line {line}");
        }

        await cluster.Nodes.TerminateAsync(2, Stop);
        var file = FileOf(cluster.Nodes.DataDirectoryOf(2), what);
        Damage(file, what);
        cluster.Nodes.Start(2);
        var exitCode = await cluster.Nodes.Node(2).WaitForExitAsync(Stop).WaitAsync(TestCluster.Patience, Stop);
        await alice.SendAsync("bob", "four are enough");

        Assert.Equal(Refused, exitCode);
        Assert.Contains(Path.GetFileName(file), cluster.Nodes.StderrOf(2), StringComparison.Ordinal);
        TestCluster.Print(cluster.Nodes.Node(2).LastWords());
    }

    [Fact]
    public async Task A_data_directory_is_used_by_one_process()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });
        var ports = LocalPorts.Resolve(0, 1);
        var (client, node) = ($"127.0.0.1:{ports + 1}", $"127.0.0.1:{LocalPorts.NodePort(ports, 1)}");
        using var second = ParleyProcess.StartServer(
            "--id", "1", "--data", cluster.Nodes.DataDirectoryOf(1), "--members", $"1={node}",
            "--listen", client, "--node-listen", node);

        Assert.Equal(Refused, await second.WaitForExitAsync());
        Assert.True(cluster.Nodes.Node(1).IsRunning);
    }

    /// <summary>Another node may have sent it: what is in the log decides no rule. Nothing before it is lost, and
    /// nothing is deleted.</summary>
    [Fact]
    public async Task A_node_whose_log_holds_bytes_that_are_no_command_stops_there_and_says_so()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });
        await cluster.CreateAccountsAsync("alice");
        await cluster.Nodes.TerminateAsync(1, Stop);
        var data = cluster.Nodes.DataDirectoryOf(1);
        var place = AppendToLog(data, "no command"u8.ToArray());

        for (var start = 1; start <= 2; start++)
        {
            cluster.Nodes.Start(1);
            var exitCode = await cluster.Nodes.Node(1).WaitForExitAsync(Stop).WaitAsync(TestCluster.Patience, Stop);

            Assert.Equal(Refused, exitCode);
            Assert.Contains(
                $"entry {place.Value} holds bytes that are no command",
                cluster.Nodes.Node(1).LastWords(),
                StringComparison.Ordinal);
        }

        using var opened = PosixDataDirectory.Open(data, new NodeId(1), () => 1);
        using var log = opened.OpenLog(new DurableLogOptions());
        Assert.True(log.LastIndex > place);
        using var state = Parley.Core.ChatState.Open(Path.Combine(data, "state.db"));
        Assert.Equal(place.Previous.Value, state.AppliedIndex);
        Assert.NotNull(state.Directory.FindAccount("alice"));
    }

    private static LogIndex AppendToLog(string data, byte[] payload)
    {
        using var opened = PosixDataDirectory.Open(data, new NodeId(1), () => 1);
        using var log = opened.OpenLog(new DurableLogOptions());
        var last = Assert.Single(log.ReadEntries(log.LastIndex, log.LastIndex, int.MaxValue));
        log.Append(null, [last with { Index = last.Index.Next, Kind = EntryKind.Command, Payload = payload }]);
        log.Sync();
        return log.LastIndex;
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string FileOf(string data, string what) => what switch
    {
        "log" => Directory.GetFiles(Path.Combine(data, "log")).Order(StringComparer.Ordinal).First(),
        "state" => Path.Combine(data, SnapshotFiles.StateName),
        _ => Path.Combine(data, "stamp"),
    };

    /// <summary>Bits in the middle of what was synced long ago.</summary>
    private static void Damage(string file, string what)
    {
        var bytes = File.ReadAllBytes(file);
        var (first, count) = what switch
        {
            "state" => (100, bytes.Length - 100),
            "log" => (600, 8),
            _ => (bytes.Length / 2, 1),
        };
        for (var at = first; at < first + count; at++)
        {
            bytes[at] ^= 0x5a;
        }

        File.WriteAllBytes(file, bytes);
    }
}
