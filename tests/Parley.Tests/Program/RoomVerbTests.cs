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

        var (_, unread) = await RunAsync(cluster, "alice", "conversations");
        Assert.Matches("^bob +1 unread  #1 .+\n#ops +1 unread  #1 .+$", unread);
        // It is undelivered, and behind 0: printed once all the same.
        var (_, inRoom) = await RunAsync(cluster, "alice", "tail", "--no-follow", "--room", "ops", "--after", "0");
        Assert.Matches("^[^\n]+ bob → #ops #1: disk full on db3$", inRoom);
        var (_, rest) = await RunAsync(cluster, "alice", "tail", "--no-follow", "--mark-read");
        Assert.EndsWith("bob → alice #1: for you alone", rest, StringComparison.Ordinal);
        var (_, left) = await RunAsync(cluster, "alice", "conversations", "--unread", "-o", "json");
        Assert.Matches(
            """^{"with":"#ops","conversation":"[0-9a-f]{32}","unread":1,"unread_is_least":false,"last_sequence":1"""
            + ""","last_at":"[-0-9T:.]+Z","delivered_sequence":1,"read_sequence":0}$""",
            left);
        var (_, history) = await RunAsync(cluster, "bob", "history", "#ops", "-o", "json");
        Assert.Contains("\"to\":\"#ops\"", history, StringComparison.Ordinal);
        Assert.Equal((0, history), await RunAsync(cluster, "bob", "history", "#ops", "--last", "5", "-o", "json"));
        await ReadPartsAsync(cluster, inRoom);

        var (_, found) = await RunAsync(cluster, "alice", "search", "DISK", "full", "-o", "json");
        Assert.Contains("\"text\":\"disk full on db3\"", found, StringComparison.Ordinal);
        Assert.Equal((0, ""), await RunAsync(cluster, "alice", "search", "\"full disk\"", "--room", "ops"));
        Assert.Equal((0, ""), await RunAsync(cluster, "carol", "search", "disk"));
        Assert.Equal((1, ""), await RunAsync(cluster, "carol", "search", "disk", "--room", "ops"));
        Assert.Equal((2, ""), await RunAsync(cluster, "bob", "search", "disk", "--room", "ops", "--with", "alice"));
        await EditAndDeleteAsync(cluster);

        Assert.Equal((0, "muted bob (#ops)"), await RunAsync(cluster, "alice", "room", "mute", "ops", "bob"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "send", "#ops", "can you hear me?"));
        Assert.Equal((0, "louder"), await RunAsync(cluster, "alice", "room", "topic", "ops", "louder"));
        Assert.Equal((1, ""), await RunAsync(cluster, "bob", "room", "topic", "ops", "mine"));
        var (_, members) = await RunAsync(cluster, "alice", "room", "members", "ops", "-o", "json");
        Assert.Equal(
            [
                """{"name":"alice","place":"owner","muted":false,"removed":false,"delivered_sequence":1"""
                + ""","read_sequence":0}""",
                """{"name":"bob","place":"member","muted":true,"removed":false,"delivered_sequence":0"""
                + ""","read_sequence":0}""",
            ],
            members.Split('\n'));
        Assert.Equal((0, "left #ops"), await RunAsync(cluster, "alice", "room", "leave", "ops"));
        var (_, rooms) = await RunAsync(cluster, "carol", "room", "list");
        Assert.Matches("^#ops +public +1 +louder$", rooms);
    }

    /// <summary>Ends of conversations, and on from a message: one was said in the room.</summary>
    private static async Task ReadPartsAsync(LocalCluster cluster, string inRoom)
    {
        Assert.Equal((0, ""), await RunAsync(cluster, "bob", "history", "#ops", "--last", "5", "--before", "1"));
        Assert.Equal((0, ""), await RunAsync(cluster, "bob", "history", "#ops", "--before", "1"));
        Assert.Equal((2, ""), await RunAsync(cluster, "bob", "history", "#ops", "--last", "0"));
        Assert.Equal(
            (0, inRoom), await RunAsync(cluster, "alice", "tail", "--no-follow", "--room", "ops", "--after", "0"));
        Assert.Equal((0, ""), await RunAsync(cluster, "alice", "tail", "--no-follow", "--with", "bob", "--after", "1"));
        Assert.Equal((2, ""), await RunAsync(cluster, "alice", "tail", "--no-follow", "--after", "0"));
    }

    /// <summary>bob has said one thing to alice, and one in her room.</summary>
    private static async Task EditAndDeleteAsync(LocalCluster cluster)
    {
        Assert.Equal(
            (0, "edited alice #1"), await RunAsync(cluster, "bob", "message", "edit", "alice", "1", "for all"));
        Assert.Equal((1, ""), await RunAsync(cluster, "alice", "message", "edit", "bob", "1", "forged"));
        Assert.Equal((5, ""), await RunAsync(cluster, "bob", "message", "delete", "alice", "2"));
        Assert.Equal((0, "deleted #ops #1"), await RunAsync(cluster, "alice", "message", "delete", "#ops", "1"));
        Assert.EndsWith(
            "#1 edited: for all", (await RunAsync(cluster, "alice", "history", "bob")).Output,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "#1 deleted by alice:", (await RunAsync(cluster, "bob", "history", "#ops")).Output,
            StringComparison.Ordinal);
        Assert.Equal((0, ""), await RunAsync(cluster, "alice", "search", "disk", "--room", "ops"));
    }

    private static async Task<(int Code, string Output)> RunAsync(
        LocalCluster cluster, string account, params string[] arguments)
    {
        using var process = ParleyProcess.Start(cluster, account, arguments);
        return await process.ReadToEndAsync();
    }
}
