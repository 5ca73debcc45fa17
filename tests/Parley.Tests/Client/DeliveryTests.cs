using Google.Protobuf;
using Grpc.Core;
using Parley.Client;
using Parley.Protocol.Chat.V1;
using Arrived = Parley.Client.Delivery.Arrived;

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

    private static async Task<List<long>> TakeAsync(FakeNodes nodes, int count)
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
            await stream.WriteAsync(new ReceiveMessagesResponse
            {
                Message = new Message
                {
                    Conversation = "c",
                    Sequence = sequence,
                    MessageId = ByteString.CopyFrom(new byte[16]),
                    Sender = "bob",
                    Recipient = "alice",
                    Text = $"text {sequence}",
                },
            });
        }

        return !breaks;
    }
}
