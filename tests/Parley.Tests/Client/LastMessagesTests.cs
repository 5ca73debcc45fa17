using System.Globalization;
using Google.Protobuf;
using Parley.Client;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Client;

/// <summary>The last messages of a conversation, asked of a node page by page.</summary>
public sealed class LastMessagesTests
{
    private const int Stored = 5_000;

    private readonly List<string> asked = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_of_thousands_are_one_page_and_those_before_them_another()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnList = Page;

        var last = await nodes.Session.ListLastMessagesAsync("bob", 0, 20, local: false, Stop);
        var older = await nodes.Session.ListLastMessagesAsync(
            "bob", last.Messages[0].Sequence, 20, local: false, Stop);

        Assert.Equal(["20 before 0 ''", "20 before 4981 ''"], asked);
        Assert.Equal((4_981L, 5_000L), (last.Messages[0].Sequence, last.Messages[^1].Sequence));
        Assert.Equal((4_961L, 4_980L), (older.Messages[0].Sequence, older.Messages[^1].Sequence));
    }

    [Fact]
    public async Task More_than_a_page_comes_in_order_and_the_beginning_ends_it()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnList = Page;

        var many = await nodes.Session.ListLastMessagesAsync("bob", 0, 2_500, local: false, Stop);
        var all = await nodes.Session.ListLastMessagesAsync("bob", 1_501, 9_999, local: false, Stop);

        Assert.Equal(Enumerable.Range(2_501, 2_500), many.Messages.Select(message => (int)message.Sequence));
        Assert.NotNull(many.NextPageToken);
        Assert.Equal(Stored, many.DeliveredSequence); // As it was with the last message, read first.
        Assert.Equal(Enumerable.Range(1, 1_500), all.Messages.Select(message => (int)message.Sequence));
        Assert.Null(all.NextPageToken);
        Assert.Equal(5, asked.Count);
    }

    [Fact]
    public async Task A_node_that_reads_forward_alone_is_not_believed()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnList = request => Page(new ListMessagesRequest(request) { Backward = false });

        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => nodes.Session.ListLastMessagesAsync("bob", 0, 20, local: false, Stop));

        Assert.Equal("NODES_TOO_OLD", refused.Reason);
    }

    private ListMessagesResponse Page(ListMessagesRequest request)
    {
        asked.Add($"{request.PageSize} before {request.BeforeSequence} '{request.PageToken}'");
        var end = request.PageToken.Length > 0 ? int.Parse(request.PageToken, CultureInfo.InvariantCulture)
            : request.BeforeSequence > 0 ? (int)request.BeforeSequence
            : Stored + 1;
        var first = Math.Max(1, end - request.PageSize);
        var page = new ListMessagesResponse
        {
            Backward = request.Backward,
            LogIndex = 1,
            FirstSequenceKept = 1,
            DeliveredSequence = end - 1,
        };
        page.Messages.AddRange(Enumerable.Range(first, end - first).Select(sequence => new Message
        {
            Conversation = new string('0', 32),
            Sequence = sequence,
            MessageId = ByteString.CopyFrom(new byte[MessageId.Bytes]),
            Sender = "bob",
            Recipient = "alice",
            Text = "x",
        }));
        page.NextPageToken = first > 1 ? first.ToString(CultureInfo.InvariantCulture) : "";
        return page;
    }
}
