using Google.Protobuf;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What counts as read, and what its sender is told.</summary>
public sealed class ShownMarksTests
{
    private readonly List<string> read = [];
    private readonly ShownMarks marks;
    private bool isLookedAt = true;

    public ShownMarksTests() =>
        marks = new ShownMarks(() => isLookedAt, (conversation, sequence) => read.Add($"{conversation} {sequence}"));

    [Fact]
    public void What_is_shown_is_read_at_once_while_somebody_looks()
    {
        marks.Shown("x", 1);
        marks.Shown("x", 2);

        Assert.Equal(["x 1", "x 2"], read);
    }

    [Fact]
    public void What_is_shown_while_nobody_looks_is_read_when_somebody_does()
    {
        isLookedAt = false;
        marks.Shown("x", 1);
        marks.Shown("x", 3);
        marks.Shown("x", 2);
        marks.Shown("y", 7);
        Assert.Empty(read);

        isLookedAt = true;
        marks.Looked();
        marks.Looked();

        Assert.Equal(["x 3", "y 7"], read.Order());
    }

    [Fact]
    public void Each_receipt_is_told_once_and_reading_says_more_than_receiving()
    {
        var stored = Line();
        Assert.Equal("stored", stored.State);
        var awaited = new AwaitedReceipt("bob", 3, stored);
        Assert.Null(awaited.Take(Receipt(2, 2)));
        Assert.Equal("bob has received all of it", awaited.Take(Receipt(3, 2)));
        Assert.Null(awaited.Take(Receipt(3, 2)));
        Assert.Equal("bob has read all of it", awaited.Take(Receipt(4, 3)));
        Assert.Null(awaited.Take(Receipt(4, 4)));

        var delivered = Line();
        delivered.DeliveredTicks = 1;
        Assert.Equal("delivered", delivered.State);
        var later = new AwaitedReceipt("bob", 3, delivered);
        Assert.True(later.IsDelivered);
        Assert.Null(later.Take(Receipt(3, 0)));
        Assert.Equal("bob has read all of it", later.Take(Receipt(3, 3)));

        delivered.IsRead = true;
        Assert.Equal("read", delivered.State);
        Assert.Null(new AwaitedReceipt("bob", 3, delivered).Take(Receipt(3, 3)));
    }

    private static OwnLine Line() =>
        new(new Send(new MessageId(1, 1), "bob", "tea?", ByteString.Empty), DateTimeOffset.UnixEpoch, isLeft: false);

    private static Parley.Client.Delivery.Acknowledged Receipt(long delivered, long read) =>
        new("x", "bob", delivered) { ReadSequence = read };
}
