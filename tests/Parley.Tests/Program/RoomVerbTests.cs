using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Program;

/// <summary>The verbs of rooms, as people and scripts type them.</summary>
[Collection(ClusterCollection.Name)]
public sealed class RoomVerbTests
{
    [Fact]
    public async Task A_room_is_made_joined_written_to_read_and_looked_after()
    {
        var options = TestCluster.Options with { Size = 1 };
        await using var cluster = await LocalCluster.StartAsync(options, TestContext.Current.CancellationToken);
        foreach (var name in (string[])["alice", "bob", "carol"])
        {
            Assert.Equal((0, $"created {name}"), await RunAsync(cluster, name, "account", "create", name));
        }

        Assert.Equal((0, "created #ops"), await RunAsync(cluster, "alice", "room", "create", "ops", "--topic", "calm"));
        Assert.Equal((6, ""), await RunAsync(cluster, "bob", "room", "create", "#OPS"));
        Assert.Equal((0, "joined #ops"), await RunAsync(cluster, "bob", "room", "join", "#ops"));
        Assert.Equal(0, (await RunAsync(cluster, "bob", "send", "#ops", "disk full on db3")).Code);
        Assert.Equal((1, ""), await RunAsync(cluster, "carol", "send", "#ops", "let me in"));
        Assert.Equal((5, ""), await RunAsync(cluster, "carol", "send", "#nowhere", "hello?"));
        Assert.Equal(0, (await RunAsync(cluster, "bob", "send", "alice", "for you alone")).Code);

        var (_, inRoom) = await RunAsync(cluster, "alice", "tail", "--no-follow", "--room", "ops");
        Assert.EndsWith("bob → #ops #1: disk full on db3", inRoom, StringComparison.Ordinal);
        var (_, rest) = await RunAsync(cluster, "alice", "tail", "--no-follow");
        Assert.EndsWith("bob → alice #1: for you alone", rest, StringComparison.Ordinal);
        var (_, history) = await RunAsync(cluster, "bob", "history", "#ops", "-o", "json");
        Assert.Contains("\"to\":\"#ops\"", history, StringComparison.Ordinal);

        Assert.Equal((0, "muted bob (#ops)"), await RunAsync(cluster, "alice", "room", "mute", "ops", "bob"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "send", "#ops", "can you hear me?"));
        Assert.Equal((0, "louder"), await RunAsync(cluster, "alice", "room", "topic", "ops", "louder"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "room", "topic", "ops", "mine"));
        var (_, members) = await RunAsync(cluster, "alice", "room", "members", "ops", "-o", "json");
        Assert.Equal(
            [
                """{"name":"alice","place":"owner","muted":false,"removed":false,"delivered_sequence":1}""",
                """{"name":"bob","place":"member","muted":true,"removed":false,"delivered_sequence":0}""",
            ],
            members.Split('\n'));
        Assert.Equal((0, "left #ops"), await RunAsync(cluster, "alice", "room", "leave", "ops"));
        var (_, rooms) = await RunAsync(cluster, "carol", "room", "list");
        Assert.Matches("^#ops +public +1 +louder$", rooms);
    }

    private static async Task<(int Code, string Output)> RunAsync(
        LocalCluster cluster, string account, params string[] arguments)
    {
        using var process = ParleyProcess.Start(cluster, account, arguments);
        return await process.ReadToEndAsync();
    }
}
