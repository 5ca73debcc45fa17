using Grpc.Core;
using Parley.Client;
using Parley.Local;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;
using Arrived = Parley.Client.Delivery.Arrived;
using Changed = Parley.Client.Delivery.Changed;
using Gone = Parley.Client.Delivery.Gone;

namespace Parley.Tests.Client;

/// <summary>Deliveries across streams that break.</summary>
public sealed class DeliveryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_message_delivered_again_after_a_break_is_shown_once()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: true, 1, 2);
        nodes[1].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: false, 1, 2, 3);

        Assert.Equal([1L, 2L, 3L], await TakeAsync(nodes, count: 3));
    }

    /// <summary>Between two streams nobody is told of a change, and this is how the message comes again.</summary>
    [Fact]
    [Trait("Promise", "9")]
    public async Task A_message_delivered_again_as_it_is_since_is_told_as_changed()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: true, 1, 2);
        nodes[1].Script.OnReceive = async (_, stream) =>
        {
            var tombstone = FakeMessages.Arrival("c", 1);
            (tombstone.Message.Text, tombstone.Message.DeletedAtUs, tombstone.Message.DeletedBy) = ("", 1, "bob");
            await stream.WriteAsync(tombstone);
            return await PushAsync(stream, breaks: false, 2, 3);
        };
        var changed = new List<ChatMessage?>();

        Assert.Equal([1L, 2L, 3L], await TakeAsync(nodes, count: 3, gone: null, changed));

        var told = Assert.Single(changed)!;
        Assert.Equal((1L, "", "bob"), (told.Sequence, told.Text, told.DeletedBy));
    }

    /// <summary>Its mark may be lost with the node, so that it comes again: that is no change.</summary>
    [Fact]
    [Trait("Promise", "4")]
    public async Task A_message_that_came_edited_and_comes_again_is_told_once()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        static ReceiveMessagesResponse Edited(int sequence, long at)
        {
            var arrival = FakeMessages.Arrival("c", sequence);
            arrival.Message.EditedAtUs = at;
            return arrival;
        }

        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(Edited(1, at: 5));
            return await PushAsync(stream, breaks: true, 2);
        };
        nodes[1].Script.OnReceive = async (_, stream) =>
        {
            await stream.WriteAsync(Edited(1, at: 5));
            await stream.WriteAsync(Edited(2, at: 7));
            await stream.WriteAsync(new() { MessageChanged = new() { Message = Edited(2, at: 7).Message } });
            await stream.WriteAsync(new() { MessageChanged = new() { Message = Edited(1, at: 8).Message } });
            return await PushAsync(stream, breaks: false, 3);
        };
        var changed = new List<ChatMessage?>();

        Assert.Equal([1L, 2L, 3L], await TakeAsync(nodes, count: 3, gone: null, changed));

        Assert.Equal([2L, 1L], changed.Select(message => message!.Sequence));
    }

    [Fact]
    public async Task Every_stream_has_a_larger_number()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var numbers = new List<long>();
        nodes[0].Script.OnReceive = (number, stream) =>
        {
            numbers.Add(number);
            return PushAsync(stream, breaks: true, numbers.Count);
        };

        await TakeAsync(nodes, count: 4);

        Assert.Equal([1L, 2L, 3L, 4L], numbers.Take(4));
    }

    [Fact]
    public async Task A_stream_that_was_replaced_is_not_opened_again()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.OnReceive = (_, _) => throw new RpcException(new Status(StatusCode.Aborted, "replaced"));

        await Assert.ThrowsAsync<ConflictException>(() => TakeAsync(nodes, count: 1));
    }

    [Fact]
    public async Task A_stream_leaves_a_node_that_does_not_serve_for_one_that_does()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        (nodes[0].Script.Report, nodes[1].Script.Report) = (Report(nodes, leader: 0), Report(nodes, leader: 2));
        nodes[0].Script.OnReceive = (_, stream) => TellAsync(stream, leader: 0);
        nodes[1].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: false, 1);

        Assert.Equal([1L], await TakeAsync(nodes, count: 1));
    }

    [Fact]
    public async Task A_stream_stays_where_it_is_while_no_node_serves()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        (nodes[0].Script.Report, nodes[1].Script.Report) = (Report(nodes, leader: 0), Report(nodes, leader: 0));
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await TellAsync(stream, leader: 0);
            await AskedTwiceAsync(nodes[1]);
            return await PushAsync(stream, breaks: false, 1);
        };
        nodes[1].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: false, 2);

        Assert.Equal([1L], await TakeAsync(nodes, count: 1));
    }

    [Fact]
    public async Task A_silent_stream_stays_at_a_node_that_says_it_is_asked_too_often()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.ReportRefused = Reasons.TooManyCalls.ToRpcException(null, TimeSpan.FromSeconds(1));
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await PushAsync(stream, breaks: false, 1);
            await AskedTwiceAsync(nodes[0]);
            return await PushAsync(stream, breaks: false, 2);
        };
        nodes[1].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: false, 1, 3);

        Assert.Equal([1L, 2L], await TakeAsync(nodes, count: 2));
    }

    [Theory]
    [InlineData(true, 1L)]
    [InlineData(false, 2L)]
    public async Task A_stream_waits_for_a_slow_opening_at_a_node_that_serves(bool serves, long expected)
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.Report = Report(nodes, leader: 1, serves);
        nodes[0].Script.OnReceive = async (_, stream) =>
        {
            await AskedTwiceAsync(nodes[0]);
            return await PushAsync(stream, breaks: false, 1);
        };
        nodes[1].Script.OnReceive = (_, stream) => PushAsync(stream, breaks: false, 2);

        Assert.Equal([expected], await TakeAsync(nodes, count: 1));
    }

    [Fact]
    [Trait("Promise", "4")]
    public async Task A_new_stream_tells_what_has_been_shown_and_is_not_acknowledged()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var told = new List<string>();
        nodes[0].Script.OnReceive = (number, stream) =>
        {
            told.Add(string.Join(' ', nodes[0].Script.Received));
            return PushAsync(stream, breaks: number < 3, 2 * (int)number, (2 * (int)number) + 1);
        };

        await TakeAsync(nodes, count: 6);

        Assert.Equal(["", "c 3", "c 5"], told);
    }

    [Fact]
    [Trait("Promise", "4")]
    public async Task What_is_gone_is_told_once_and_without_what_was_shown()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnReceive = async (number, stream) =>
        {
            if (number == 1)
            {
                return await PushAsync(stream, breaks: true, 1, 2);
            }

            await stream.WriteAsync(new()
            {
                Gap = new() { Conversation = "c", FirstSequence = 1, LastSequence = 5, Room = "#ops" },
            });
            return await PushAsync(stream, breaks: number == 2, 3 + (int)number);
        };
        var gone = new List<Gone>();

        var shown = await TakeAsync(nodes, count: 3, gone);

        Assert.Equal([1L, 2L, 6L], shown);
        Assert.Equal([new Gone("c", "#ops", 3, 5)], gone);
    }

    private static Task AskedTwiceAsync(FakeNode node) => Until.TrueAsync(
        _ => Task.FromResult(node.Script.Reports > 1),
        Patience,
        () => "nobody asked the node",
        TestContext.Current.CancellationToken);

    private static GetClusterResponse Report(FakeNodes nodes, int leader, bool? serves = null) => new()
    {
        Serving = serves ?? leader > 0,
        ClusterId = nodes.Cluster.Id,
        Leader = leader,
        FaultsTolerated = leader > 0 ? 0 : -1,
        Voters = 2,
        ReachableVoters = leader > 0 ? 2 : 1,
    };

    private static async Task<bool> TellAsync(IServerStreamWriter<ReceiveMessagesResponse> stream, int leader)
    {
        await stream.WriteAsync(new() { ClusterChanged = new ClusterChanged { Leader = leader } });
        return true;
    }

    private static async Task<List<long>> TakeAsync(
        FakeNodes nodes, int count, List<Gone>? gone = null, List<ChatMessage?>? changed = null)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        enough.CancelAfter(Patience);
        var taken = new List<long>();
        await foreach (var delivery in nodes.Session.ReceiveAsync(enough.Token))
        {
            if (delivery is Arrived arrived)
            {
                taken.Add(arrived.Message.Sequence);
            }
            else if (delivery is Gone told)
            {
                gone?.Add(told);
            }
            else if (delivery is Changed change)
            {
                changed?.Add(change.Message);
            }

            if (taken.Count == count)
            {
                break;
            }
        }

        return taken;
    }

    private static async Task<bool> PushAsync(
        IServerStreamWriter<ReceiveMessagesResponse> stream, bool breaks, params int[] sequences)
    {
        foreach (var sequence in sequences)
        {
            await stream.WriteAsync(FakeMessages.Arrival("c", sequence));
        }

        return !breaks;
    }
}
