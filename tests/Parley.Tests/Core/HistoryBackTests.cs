using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>A conversation read from its end: the last messages, and those before them, at the price of a page.
/// </summary>
public sealed class HistoryBackTests : IDisposable
{
    private const int BytesMax = 1 << 20;

    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public HistoryBackTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void The_last_lines_of_thousands_cost_a_page_and_no_more()
    {
        const int Messages = 3_000;
        var longText = new string('x', 2_000);
        for (var number = 1; number <= Messages; number++)
        {
            chat.Stored(alice, bob, longText);
        }

        var reader = chat.Reader;
        Assert.Single(reader.ReadHistoryBack(bob.Account, "alice", 2, 20, BytesMax).Messages);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var last = reader.ReadHistoryBack(bob.Account, "alice", long.MaxValue, 20, BytesMax);
        var older = reader.ReadHistoryBack(bob.Account, "alice", last.Messages[0].Sequence, 20, BytesMax);
        var middle = reader.ReadHistoryBack(bob.Account, "alice", Messages / 2, 20, BytesMax);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Sequences(Messages - 19, Messages), last.Messages.Select(message => message.Sequence));
        Assert.Equal(Sequences(Messages - 39, Messages - 20), older.Messages.Select(message => message.Sequence));
        Assert.Equal(Sequences((Messages / 2) - 20, (Messages / 2) - 1), middle.Messages.Select(each => each.Sequence));
        Assert.True(last.HasMore && older.HasMore);
        // Sixty texts of two thousand characters; all of them would be twelve million bytes.
        Assert.InRange(allocated, 60 * 4_000, 1_000_000);
    }

    [Fact]
    public void A_page_ends_at_its_bytes_with_the_newest_in_it_and_one_message_always_fits()
    {
        foreach (var text in new[] { "first", "a text of some length", "last" })
        {
            chat.Stored(alice, bob, text);
        }

        var last = chat.Reader.ReadHistoryBack(bob.Account, "alice", long.MaxValue, 10, "last".Length + 3);
        var large = chat.Reader.ReadHistoryBack(bob.Account, "alice", 3, 10, 1);

        Assert.Equal("last", Assert.Single(last.Messages).Text);
        Assert.Equal("a text of some length", Assert.Single(large.Messages).Text);
        Assert.True(last.HasMore && large.HasMore);
    }

    [Fact]
    [Trait("Promise", "8")]
    public void Nobody_reads_back_beyond_their_joining_or_what_is_kept()
    {
        var room = chat.Room(alice, "board", byInvitation: true);
        chat.Say(alice, room, "before bob");
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        Assert.Equal(0, chat.Reader.ReadHistoryBack(bob.Account, "#board", long.MaxValue, 10, BytesMax).Conversation);
        chat.Join(room, bob);
        chat.Say(alice, room, "for bob");

        var page = chat.Reader.ReadHistoryBack(bob.Account, "#board", long.MaxValue, 10, BytesMax);

        Assert.Equal("for bob", Assert.Single(page.Messages).Text);
        Assert.False(page.HasMore);
        Assert.Empty(chat.Reader.ReadHistoryBack(bob.Account, "#board", 2, 10, BytesMax).Messages);
        Assert.Empty(chat.Reader.ReadHistoryBack(bob.Account, "#board", 0, 10, BytesMax).Messages);
    }

    [Fact]
    public void What_retention_dropped_ends_it()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var conversation = 0L;
        for (var number = 1; number <= 70; number++)
        {
            conversation = chat.Stored(alice, bob, $"{number}").Conversation;
        }

        chat.Acknowledge(bob, conversation, 40);
        chat.Apply(Commands.Purge(forgetExpired: false, (conversation, 40)));

        var page = chat.Reader.ReadHistoryBack(alice.Account, "bob", long.MaxValue, 1_000, BytesMax);
        Assert.Equal(Sequences(41, 70), page.Messages.Select(message => message.Sequence));
        Assert.False(page.HasMore);
        Assert.Equal(41, page.FirstSequenceKept);
        Assert.Empty(chat.Reader.ReadHistoryBack(alice.Account, "bob", 41, 1_000, BytesMax).Messages);
    }

    private static IEnumerable<long> Sequences(long first, long last) =>
        Enumerable.Range((int)first, (int)(last - first) + 1).Select(number => (long)number);
}
