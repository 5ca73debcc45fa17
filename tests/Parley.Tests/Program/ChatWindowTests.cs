using System.Threading.Channels;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Client;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What a chat does with what may have been changed while it was not told.</summary>
[Trait("Promise", "9")]
public sealed class ChatWindowTests
{
    private readonly RecordedScreen screen = new();

    [Theory]
    [InlineData("deleted", "", "the line is gone since: nothing is sent")]
    [InlineData("dropped", "", "the line is gone since: nothing is sent")]
    [InlineData("edited", "> bob: better\nwhy?", null)]
    [InlineData("stale", "",
        "no majority of the servers answers, and the line may be another by now: nothing is sent")]
    public async Task A_line_is_quoted_as_it_is_now(string change, string sent, string? said)
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(FakeMessages.Arrival("c", 1));
            await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
            return true;
        };
        nodes[0].Script.OnList = request =>
        {
            var page = new ListMessagesResponse { Backward = true, Conversation = "c", Stale = change == "stale" };
            if (request.BeforeSequence == 2 && change != "dropped")
            {
                page.Messages.Add(Changed(change));
            }

            return page;
        };

        await RunAsync(nodes, said is null ? IsSent : () => screen.Shown.Contains(said), "/to bob", "/reply why?");

        Assert.Equal(sent, string.Join('|', nodes.Cluster.Stored));
        Assert.Contains("text 1", screen.Shown);
        bool IsSent() => nodes.Cluster.Stored.Count > 0;
    }

    /// <summary>A line that is known of before is the last one no more, if that was deleted without a word.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Which_line_is_meant_is_asked_for_where_changes_were_missed(bool isNewStream)
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(FakeMessages.Arrival("c", 1));
            await stream.WriteAsync(FakeMessages.Arrival("c", 2));
            await stream.WriteAsync(isNewStream
                ? new() { RoomsChanged = new() { LogIndex = 1 } }
                : new() { MessageChanged = new() { LogIndex = 1 } });
            await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
            return true;
        };
        nodes[0].Script.OnList = request =>
        {
            var page = new ListMessagesResponse { Backward = true, Conversation = "c" };
            page.Messages.Add(FakeMessages.Arrival("c", 1).Message);
            if (request.BeforeSequence is 0 or > 2)
            {
                page.Messages.Add(Changed("deleted", 2));
            }

            return page;
        };

        await RunAsync(nodes, () => nodes.Cluster.Stored.Count > 0, "/to bob", "/reply why?");

        Assert.Equal(["> bob: text 1\nwhy?"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task What_waited_in_a_room_is_not_taken_for_what_it_is_now_where_no_majority_says_so()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var waiting = FakeMessages.Arrival("c", 1);
        waiting.Message.Recipient = "#ops";
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(waiting);
            await stream.WriteAsync(new() { Heartbeat = new() { LogIndex = 1 } });
            return true;
        };
        nodes[0].Script.OnList = _ => new ListMessagesResponse { Stale = true, Messages = { waiting.Message } };

        await RunAsync(nodes, () => screen.Shown.Contains("text 1"), "/to #ops");

        Assert.Contains(
            "what waited may have been edited or deleted meanwhile: /history shows it as it is", screen.Shown);
    }

    private static Message Changed(string change, int sequence = 1)
    {
        var message = FakeMessages.Arrival("c", sequence).Message;
        (message.Text, message.DeletedAtUs, message.EditedAtUs) = change switch
        {
            "deleted" => ("", 1L, 0L),
            "edited" => ("better", 0L, 1L),
            _ => (message.Text, 0L, 0L),
        };
        return message;
    }

    /// <summary>Types these lines when everything that was there has come, and leaves when this is true.</summary>
    private async Task RunAsync(FakeNodes nodes, Func<bool> isDone, params string[] lines)
    {
        var typed = Channel.CreateUnbounded<string>();
        var window = new ChatWindow(
            nodes.Client, nodes.Session, screen, keepsOutbox: false, _ => Task.FromResult("bye"));
        var running = window.RunAsync(
            typed.Reader.ReadAllAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await screen.UntilAsync(() => screen.IsCaughtUp, "caught up");
        foreach (var line in lines)
        {
            typed.Writer.TryWrite(line);
        }

        await screen.UntilAsync(isDone, "done");
        typed.Writer.Complete();
        await running;
    }
}
