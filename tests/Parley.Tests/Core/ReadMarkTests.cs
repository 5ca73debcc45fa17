using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Read marks: they only grow, never pass what was delivered, and say what is unread.</summary>
public sealed class ReadMarkTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public ReadMarkTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void Unread_is_what_others_sent_behind_the_mark()
    {
        var talk = chat.Stored(alice, bob, "one").Conversation;
        chat.Stored(bob, alice, "an answer");
        chat.Stored(alice, bob, "two");
        chat.Stored(alice, bob, "three");
        Assert.Equal((3, 0), Unread(bob));
        Assert.Equal((1, 0), Unread(alice));

        chat.Acknowledge(bob, talk, 4);
        Assert.Equal((3, 0), Unread(bob));
        MarkRead(bob, talk, 2);
        Assert.Equal((2, 2), Unread(bob));
        MarkRead(bob, talk, 4);
        Assert.Equal((0, 4), Unread(bob));
        chat.Stored(bob, alice, "one's own is not unread");
        Assert.Equal((0, 4), Unread(bob));
        Assert.Equal((2, 0), Unread(alice));
    }

    [Fact]
    public void What_one_writes_to_oneself_is_never_unread()
    {
        chat.Stored(bob, bob, "a note");

        Assert.Equal((0, 0), Unread(bob));
    }

    [Fact]
    public void Going_back_and_a_repeat_are_done_and_change_nothing()
    {
        var talk = Delivered("one", "two", "three");
        MarkRead(bob, talk, 3);
        var rows = Rows();

        MarkRead(bob, talk, 1);
        Assert.Empty(chat.Last.AccountsToRing);
        MarkRead(bob, talk, 3);
        Assert.Empty(chat.Last.AccountsToRing);
        MarkRead(bob, talk, 2, quiet: true);

        Assert.Equal((0, 3), Unread(bob));
        Assert.Equal(rows, Rows());
        Assert.Equal(3, ToldTo(alice));
    }

    [Fact]
    public void A_command_moves_all_its_marks_or_none()
    {
        var carol = chat.Person("carol");
        var own = Delivered("one", "two");
        chat.Stored(alice, bob, "three");
        var others = chat.Stored(alice, carol, "for carol").Conversation;
        chat.Acknowledge(carol, others, 1);

        TestChat.Rejects(Rejection.NotDelivered, Mark(bob, (own, 1), (own, 3)));
        TestChat.Rejects(Rejection.NotDelivered, Mark(bob, (own, 1), (own, long.MaxValue)));
        TestChat.Rejects(Rejection.NotFound, Mark(bob, (own, 1), (others, 1)));
        TestChat.Rejects(Rejection.NotFound, Mark(bob, (own, 1), (99, 1)));
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.MarkRead(99, quiet: false, (own, 1))));

        // Two reasons: whose it is comes before how far.
        TestChat.Rejects(Rejection.NotFound, Mark(bob, (own, 3), (others, 1)));
        TestChat.Rejects(Rejection.NotFound, Mark(bob, (others, 1), (own, 3)));
        Assert.Equal([1L, 3L], Counts(chat, carol).Concat(Counts(chat, bob)).Order());
        Assert.All(
            chat.Reader.ReadDelivery(alice.Account, new DeliveryCursor(), 10, 1_000).Receipts,
            receipt => Assert.Equal(0, receipt.ReadSequence));
    }

    [Fact]
    public void The_sender_is_rung_and_told_what_was_read()
    {
        var talk = Delivered("one", "two");
        var cursor = new DeliveryCursor();
        chat.Reader.ReadDelivery(alice.Account, cursor, 10, 1_000);

        MarkRead(bob, talk, 1);

        Assert.Equal([alice.Account], chat.Last.AccountsToRing);
        var page = chat.Reader.ReadDelivery(alice.Account, cursor, 10, 1_000);
        Assert.Equal([new ReceiptFacts(talk, "bob", 2, 1)], page.Receipts);
        Assert.Equal(1, ToldTo(alice));
    }

    [Fact]
    public void A_quiet_mark_is_told_to_nobody_and_stays_so_when_a_loud_one_comes()
    {
        var talk = Delivered("one", "two", "three");

        MarkRead(bob, talk, 3, quiet: true);
        Assert.Empty(chat.Last.AccountsToRing);
        Assert.Equal((0, 3), Unread(bob));
        Assert.Equal(0, ToldTo(alice));

        MarkRead(bob, talk, 2);
        Assert.Equal((0, 3), Unread(bob));
        Assert.Equal(2, ToldTo(alice));
    }

    [Fact]
    public void What_was_delivered_before_there_were_marks_is_not_unread()
    {
        using var old = new TestChat();
        var (carol, dave) = (old.Person("carol"), old.Person("dave"));
        var talk = old.Stored(carol, dave, "long ago").Conversation;
        var room = old.Room(carol, "ops");
        old.Join(room, dave);
        old.Say(carol, room, "long ago, to all");
        old.Acknowledge(dave, talk, 1);
        old.Acknowledge(dave, room, 1);
        Assert.Throws<InvariantBrokenException>(() =>
        {
            using var early = new TestChat(ChatState.OpenInMemory(old.State.CopyBytes()));
            early.Apply(Commands.MarkRead(dave.Session, quiet: false, (talk, 1)));
        });

        old.Apply(Commands.RaiseVersion(StateVersions.Newest));
        Assert.Equal([0L, 0L], Counts(old, dave));
        old.Stored(carol, dave, "now");
        old.Say(carol, room, "now, to all");
        Assert.Equal([1L, 1L], Counts(old, dave));
        old.Acknowledge(dave, talk, 2);
        old.Acknowledge(dave, room, 2);

        Assert.Equal([1L, 1L], Counts(old, dave));
        Assert.Equal(0, ToldTo(carol, old));
        Assert.Equal(old.State.ScanDigest(), old.State.Digest);
    }

    [Fact]
    public void A_member_of_a_room_begins_at_its_joining_and_leaves_nothing_behind()
    {
        var room = chat.Room(alice, "ops");
        chat.Say(alice, room, "before");
        chat.Join(room, bob);
        Assert.Equal([0L], Counts(chat, bob));
        chat.Say(alice, room, "two");
        chat.Say(bob, room, "three");
        chat.Say(alice, room, "four");
        Assert.Equal([2L], Counts(chat, bob));
        chat.Acknowledge(bob, room, 4);
        MarkRead(bob, room, 2);
        Assert.Equal([1L], Counts(chat, bob));
        Assert.Equal(2, MembersOf(room)["bob"]);

        chat.InRoom(bob, room, RoomMemberChange.Leave);
        chat.Say(alice, room, "five");
        var rows = Rows();
        MarkRead(bob, room, 4);
        Assert.Equal(rows, Rows());
        Assert.Empty(Counts(chat, bob));
        chat.Join(room, bob);
        Assert.Equal([0L], Counts(chat, bob));
        Assert.Equal(0, MembersOf(room)["bob"]);

        chat.Say(alice, room, "six");
        chat.Acknowledge(bob, room, 6);
        chat.InRoom(alice, room, RoomMemberChange.Remove, bob);
        Assert.Equal(0, Rows());
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Whoever_was_removed_and_stays_muted_leaves_no_mark()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        chat.Say(alice, room, "one");
        chat.Acknowledge(bob, room, 1);
        chat.InRoom(alice, room, RoomMemberChange.Mute, bob);
        Assert.Equal(1, Rows());

        chat.InRoom(alice, room, RoomMemberChange.Remove, bob);

        Assert.Equal(0, Rows());
    }

    [Fact]
    public void Of_a_room_of_many_the_unread_are_counted_up_to_a_bound()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        for (var number = 0; number < ChatReader.UnreadLookedAtMax; number++)
        {
            chat.Say(number % 10 == 0 ? bob : alice, room, $"{number}");
        }

        Assert.Equal((900, false), Exactly(bob));
        chat.Say(alice, room, "one more");
        Assert.Equal((901, true), Exactly(bob));
        chat.Acknowledge(bob, room, 1_001);
        MarkRead(bob, room, 1_000);
        Assert.Equal((1, false), Exactly(bob));
    }

    [Fact]
    [Trait("Promise", "8")]
    public void A_page_of_conversations_ends_when_much_was_looked_at()
    {
        foreach (var name in (string[])["ops", "dev", "all"])
        {
            var room = chat.Room(alice, name);
            chat.Join(room, bob);
            for (var number = 0; number < ChatReader.UnreadLookedAtMax; number++)
            {
                chat.Say(alice, room, "word");
            }
        }

        var first = chat.Reader.ListConversations(bob.Account, long.MaxValue, 1_000);
        var rest = chat.Reader.ListConversations(bob.Account, first.Conversations[^1].Number, 1_000);

        Assert.Equal(["#all", "#dev"], first.Conversations.Select(each => each.With));
        Assert.Equal(["#ops"], rest.Conversations.Select(each => each.With));
        Assert.Equal((true, false), (first.HasMore, rest.HasMore));
    }

    [Fact]
    public void What_retention_drops_is_not_unread_any_more()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var talk = Delivered("one", "two", "three");
        chat.Stored(bob, alice, "four");
        chat.Stored(alice, bob, "five");
        Assert.Equal((4, 0), Unread(bob));

        chat.Acknowledge(alice, talk, 4);
        chat.Apply(Commands.Purge(forgetExpired: false, (talk, 2)));
        Assert.Equal((2, 0), Unread(bob));
        MarkRead(bob, talk, 1);
        Assert.Equal((2, 1), Unread(bob));
        chat.Acknowledge(bob, talk, 5);
        chat.Apply(Commands.Purge(forgetExpired: false, (talk, 5)));

        Assert.Equal((0, 1), Unread(bob));
        Assert.Equal(0, Assert.Single(List(chat, bob)).LastAtUs);
        MarkRead(bob, talk, 5);
        Assert.Equal((0, 5), Unread(bob));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_deleted_account_leaves_no_mark_and_is_said_to_have_read_nothing()
    {
        var talk = Delivered("one");
        MarkRead(bob, talk, 1);
        Assert.Equal(1, ToldTo(alice));

        Assert.IsType<Outcome.Done>(chat.Apply(Commands.DeleteAccount(bob)));

        Assert.Equal(0, Rows());
        Assert.Equal(0, ToldTo(alice));
        TestChat.Rejects(Rejection.SessionEnded, Mark(bob, (talk, 1)));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Conversations_are_listed_in_pages_the_newest_first_without_a_gap()
    {
        for (var number = 0; number < 5; number++)
        {
            chat.Stored(chat.Person($"p{number}"), bob, "hello");
        }

        chat.Join(chat.Room(alice, "ops"), bob);
        chat.Stored(alice, bob, "last");
        var (before, found) = (long.MaxValue, new List<string>());
        ConversationList page;
        do
        {
            page = chat.Reader.ListConversations(bob.Account, before, 2);
            Assert.InRange(page.Conversations.Count, 1, 2);
            found.AddRange(page.Conversations.Select(each => each.With));
            before = page.Conversations[^1].Number;
        }
        while (page.HasMore);

        Assert.Equal(["alice", "#ops", "p4", "p3", "p2", "p1", "p0"], found);
    }

    [Fact]
    public void Only_those_with_something_unread_are_listed_where_so_asked_across_pages()
    {
        for (var number = 0; number < 9; number++)
        {
            var sent = chat.Stored(chat.Person($"p{number}"), bob, "hello");
            chat.Acknowledge(bob, sent.Conversation, 1);
            if (number % 4 != 0)
            {
                MarkRead(bob, sent.Conversation, 1);
            }
        }

        var first = chat.Reader.ListConversations(bob.Account, long.MaxValue, 2, onlyUnread: true);
        var second = chat.Reader.ListConversations(bob.Account, first.Last, 2, onlyUnread: true);

        Assert.Equal(["p8", "p4"], first.Conversations.Select(each => each.With));
        Assert.Equal(["p0"], second.Conversations.Select(each => each.With));
        Assert.Equal((true, false), (first.HasMore, second.HasMore));
        var nothing = chat.Reader.ListConversations(bob.Account, second.Last, 2, onlyUnread: true);
        Assert.Equal((0, false), (nothing.Conversations.Count, nothing.HasMore));
    }

    [Fact]
    public void A_file_and_a_snapshot_keep_marks()
    {
        var talk = Delivered("one", "two", "three");
        MarkRead(bob, talk, 1);
        MarkRead(bob, talk, 2, quiet: true);

        using var copy = new TestChat(ChatState.OpenInMemory(chat.State.CopyBytes()));
        Assert.Equal((1, 2, 1), (Unread(bob, copy).Count, Unread(bob, copy).Read, ToldTo(alice, copy)));
        copy.Pass(TimeSpan.FromMicroseconds(chat.NowUs - copy.NowUs));
        TestChat.Rejects(
            Rejection.NotDelivered, copy.Apply(Commands.MarkRead(bob.Session, quiet: false, (talk, 4))));
        Assert.IsType<Outcome.Done>(copy.Apply(Commands.MarkRead(bob.Session, quiet: false, (talk, 3))));
        Assert.Equal(3, ToldTo(alice, copy));
        Assert.Equal(copy.State.ScanDigest(), copy.State.Digest);
    }

    private long Delivered(params string[] texts)
    {
        var last = texts.Select(text => chat.Stored(alice, bob, text)).ToArray()[^1];
        chat.Acknowledge(bob, last.Conversation, last.Sequence);
        return last.Conversation;
    }

    private Outcome Mark(Person who, params (long Conversation, long Sequence)[] marks) =>
        chat.Apply(Commands.MarkRead(who.Session, quiet: false, marks));

    private void MarkRead(Person who, long conversation, long sequence, bool quiet = false) =>
        Assert.IsType<Outcome.Done>(
            chat.Apply(Commands.MarkRead(who.Session, quiet, (conversation, sequence))));

    private (long Count, long Read) Unread(Person who, TestChat? of = null)
    {
        var only = Assert.Single(List(of ?? chat, who));
        return (only.Unread, only.ReadSequence);
    }

    private (long Count, bool IsLeast) Exactly(Person who)
    {
        var only = Assert.Single(List(chat, who));
        return (only.Unread, only.UnreadIsLeast);
    }

    private static long[] Counts(TestChat of, Person who) => [.. List(of, who).Select(each => each.Unread)];

    private static IReadOnlyList<ConversationEntry> List(TestChat of, Person who) =>
        of.Reader.ListConversations(who.Account, long.MaxValue, 1_000).Conversations;

    /// <summary>How far the other has read, as far as this one may know.</summary>
    private long ToldTo(Person who, TestChat? of = null) => Assert.Single(
        (of ?? chat).Reader.ReadDelivery(who.Account, new DeliveryCursor(), 10, 1_000).Receipts).ReadSequence;

    private Dictionary<string, long> MembersOf(long room) =>
        chat.Reader.ListRoomMembers(room, alice.Account, "", 10)!
            .ToDictionary(member => member.Name, member => member.ReadSequence);

    private long Rows()
    {
        using var copy = Database.OpenInMemory();
        copy.LoadBytes(chat.State.CopyBytes());
        return copy.ReadInt64("SELECT COUNT(*) FROM read_marks");
    }
}
