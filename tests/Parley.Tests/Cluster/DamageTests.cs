using Parley.Local;

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

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string FileOf(string data, string what) => what switch
    {
        "log" => Directory.GetFiles(Path.Combine(data, "log")).Order(StringComparer.Ordinal).First(),
        "state" => Directory.GetFiles(data, "*.db").Single(),
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
