using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>What is said in rooms: stored once, in one order, to who is inside and nobody else.</summary>
public sealed class RoomTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;
    private readonly Person carol;

    public RoomTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        carol = chat.Person("carol");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    [Trait("Promise", "3")]
    public void Every_member_gets_the_same_messages_with_the_same_sequences()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob, carol);

        chat.Say(alice, room, "one");
        chat.Say(bob, room, "two");
        chat.Say(carol, room, "three");

        foreach (var person in new[] { alice, bob, carol })
        {
            var messages = Delivered(person, new DeliveryCursor()).Messages;
            Assert.Equal(["one", "two", "three"], messages.Select(message => message.Text));
            Assert.Equal([1L, 2L, 3L], messages.Select(message => message.Sequence));
            Assert.Equal(["alice", "bob", "carol"], messages.Select(message => message.Sender));
            Assert.All(messages, message => Assert.Equal("#ops", message.Recipient));
            Assert.Equal(messages.Select(message => message.LogIndex).Distinct().Count(), messages.Count);
        }
    }

    [Fact]
    [Trait("Promise", "2")]
    public void A_repeated_send_to_a_room_gets_the_first_outcome_and_is_stored_once()
    {
        var room = chat.Room(alice, "ops");
        var first = chat.Apply(Commands.Say(alice.Session, alice.Client, 1, room, "once"));
        chat.InRoom(alice, room, RoomMemberChange.Leave);

        var again = chat.Apply(Commands.Say(alice.Session, alice.Client, 1, room, "once"));

        Assert.IsType<Outcome.MessageStored>(first);
        Assert.Equal(first, again);
    }

    [Fact]
    [Trait("Promise", "4")]
    public void What_was_said_before_a_joining_is_history_and_not_undelivered()
    {
        var (open, closed) = (chat.Room(alice, "open"), chat.Room(alice, "closed", byInvitation: true));
        chat.Say(alice, open, "early");
        chat.Say(alice, closed, "secret");
        chat.InRoom(alice, closed, RoomMemberChange.Invite, bob);

        chat.Join(open, bob);
        chat.Join(closed, bob);
        chat.Say(alice, open, "late");
        chat.Say(alice, closed, "told");

        Assert.Equal(["late", "told"], chat.Undelivered(bob));
        Assert.Equal(["early", "late"], chat.Texts(bob, "#open"));
        Assert.Equal(["told"], chat.Texts(bob, "#closed"));
        Assert.Equal(2, chat.Reader.ReadHistory(bob.Account, "#closed", 0, 10, 1_000).FirstSequenceKept);
    }

    [Fact]
    [Trait("Promise", "8")]
    public void Who_is_outside_gets_reads_and_sends_nothing()
    {
        var (open, closed) = (chat.Room(alice, "open"), chat.Room(alice, "closed", byInvitation: true));
        chat.Say(alice, open, "canary");
        chat.Say(alice, closed, "canary");

        Assert.Empty(chat.Undelivered(carol));
        Assert.Empty(chat.Texts(carol, "#open"));
        Assert.Empty(chat.Texts(carol, "#closed"));
        Assert.Null(chat.Reader.ListRoomMembers(open, carol.Account, "", 10));
        Assert.Equal(["open"], chat.Reader.ListRooms(carol.Account, "*", "", false, 10).Select(room => room.Name));
        TestChat.Rejects(Rejection.NotMember, chat.Say(carol, open, "let me in"));
        TestChat.Rejects(Rejection.NotFound, chat.Say(carol, closed, "let me in"));
        TestChat.Rejects(Rejection.NotFound, chat.Say(carol, 77, "is anybody there?"));
        TestChat.Rejects(Rejection.NotFound, chat.InRoom(carol, closed, RoomMemberChange.Join));
        TestChat.Rejects(Rejection.NotFound, chat.InRoom(carol, closed, RoomMemberChange.Invite, carol));
    }

    [Fact]
    [Trait("Promise", "8")]
    public void After_leaving_or_removal_nothing_more_is_delivered_not_even_what_waited()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob, carol);
        var (ofBob, ofCarol) = (new DeliveryCursor(), new DeliveryCursor());
        Delivered(bob, ofBob);
        Delivered(carol, ofCarol);
        chat.Say(alice, room, "waits");

        chat.InRoom(bob, room, RoomMemberChange.Leave);
        chat.InRoom(alice, room, RoomMemberChange.Remove, carol);
        chat.Say(alice, room, "behind their backs");

        Assert.Empty(Delivered(bob, ofBob).Messages);
        Assert.Empty(Delivered(carol, ofCarol).Messages);
        Assert.Empty(chat.Undelivered(bob));
        Assert.Empty(chat.Undelivered(carol));
        Assert.Equal(["waits", "behind their backs"], chat.Undelivered(alice));
    }

    [Fact]
    public void Acknowledging_a_room_one_has_left_keeps_no_other_mark_from_moving()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        chat.Say(alice, room, "to all");
        var direct = chat.Stored(alice, bob, "to bob").Conversation;
        chat.InRoom(bob, room, RoomMemberChange.Leave);

        var outcome = chat.Apply(Commands.Acknowledge(bob.Session, (room, 1), (direct, 1)));

        Assert.IsType<Outcome.Done>(outcome);
        Assert.Empty(chat.Undelivered(bob));
        TestChat.Rejects(Rejection.BeyondHead, chat.Acknowledge(alice, room, 2));
    }

    [Fact]
    [Trait("Promise", "4")]
    public void A_member_who_never_acknowledges_holds_up_nobody_and_is_told_what_retention_took()
    {
        chat.Apply(Commands.ChangeSettings(0, new Settings { UndeliveredMessagesMax = 2 }));
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        for (var number = 1; number <= 5; number++)
        {
            Assert.IsType<Outcome.MessageStored>(chat.Say(alice, room, $"line {number}"));
            chat.Pass(TimeSpan.FromDays(10));
        }

        Purge();

        var page = Delivered(bob, new DeliveryCursor());
        Assert.Equal(new GapFacts(room, "ops", 1, 3), Assert.Single(page.Gaps));
        Assert.Equal([4L, 5L], page.Messages.Select(message => message.Sequence));
        Assert.IsType<Outcome.MessageStored>(chat.Send(alice, bob, "the room does not fill his inbox"));
    }

    [Fact]
    public void A_room_keeps_its_own_days()
    {
        var (brief, usual) = (chat.Room(alice, "brief"), chat.Room(alice, "usual"));
        chat.Apply(Commands.ChangeRoom(alice.Session, TestChat.RequestId("days"), brief, retentionDays: 2));
        chat.Say(alice, brief, "soon gone");
        chat.Say(alice, usual, "stays");
        chat.Pass(TimeSpan.FromDays(3));
        chat.Apply(Commands.Purge(forgetExpired: false, (brief, 1), (usual, 1)));

        Assert.Empty(chat.Texts(alice, "#brief"));
        Assert.Equal(["stays"], chat.Texts(alice, "#usual"));
        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(chat.Say(alice, brief, "next")).Sequence);
    }

    [Fact]
    public void A_state_opened_again_delivers_what_rooms_still_owe()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        chat.Say(alice, room, "one");
        chat.Say(alice, room, "two");
        chat.Acknowledge(bob, room, 1);

        using var again = new TestChat(ChatState.OpenInMemory(chat.State.CopyBytes()));

        Assert.Equal(["two"], again.Undelivered(bob));
        Assert.Equal(["one", "two"], again.Undelivered(alice));
        Assert.Equal(again.State.ScanDigest(), again.State.Digest);
    }

    [Fact]
    public void A_stream_is_told_when_the_rooms_of_its_account_change()
    {
        var room = chat.Room(alice, "ops", byInvitation: true);
        var cursor = new DeliveryCursor();
        Delivered(bob, cursor);
        Assert.False(Delivered(bob, cursor).RoomsChanged);

        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);

        Assert.Contains(bob.Account, chat.Last.AccountsToRing);
        Assert.True(Delivered(bob, cursor).RoomsChanged);
        Assert.False(Delivered(bob, cursor).RoomsChanged);
    }

    [Fact]
    public void A_new_stream_is_told_of_rooms_that_changed_while_none_was_open()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        Delivered(bob, new DeliveryCursor());
        chat.InRoom(alice, room, RoomMemberChange.Remove, bob);

        var (cursor, stranger) = (new DeliveryCursor(), new DeliveryCursor());

        Assert.True(Delivered(bob, cursor).RoomsChanged);
        Assert.False(Delivered(bob, cursor).RoomsChanged);
        Assert.True(Delivered(carol, stranger).RoomsChanged);
    }

    [Theory]
    [Trait("Promise", "4")]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(3, 4)]
    [InlineData(5, 6)]
    [InlineData(6, 2)]
    [InlineData(long.MaxValue, 2)]
    public void A_stream_begins_behind_what_its_client_has_and_never_beyond_what_there_is(long claimed, long first)
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        for (var number = 1; number <= 5; number++)
        {
            chat.Say(alice, room, $"line {number}");
        }

        chat.Acknowledge(bob, room, 1);
        var cursor = new DeliveryCursor(new Dictionary<long, long> { [room] = claimed });

        var messages = Delivered(bob, cursor).Messages.Select(message => message.Sequence).ToList();
        chat.Say(alice, room, "line 6");
        messages.AddRange(Delivered(bob, cursor).Messages.Select(message => message.Sequence));

        Assert.Equal(Enumerable.Range((int)first, 7 - (int)first).Select(sequence => (long)sequence), messages);
    }

    [Fact]
    [Trait("Promise", "8")]
    public void What_a_client_claims_to_have_opens_no_room()
    {
        var room = chat.Room(alice, "ops", byInvitation: true);
        chat.Say(alice, room, "canary 1");
        chat.Say(alice, room, "canary 2");
        var cursor = new DeliveryCursor(new Dictionary<long, long> { [room] = 1 });

        Assert.Empty(Delivered(bob, cursor).Messages);
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.Join(room, bob);
        chat.Say(alice, room, "welcome");

        Assert.Equal(["welcome"], Delivered(bob, cursor).Messages.Select(message => message.Text));
    }

    [Fact]
    public void Listing_the_own_rooms_reads_no_others()
    {
        for (var number = 0; number < 400; number++)
        {
            chat.Room(alice, $"room-{number}");
        }

        var room = chat.Room(alice, "with-bob", byInvitation: true);
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        var reader = chat.Reader;
        reader.ListRooms(bob.Account, "*", "", onlyOwn: true, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var own = reader.ListRooms(bob.Account, "*", "", onlyOwn: true, 10);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        Assert.Equal("with-bob", Assert.Single(own).Name);
        Assert.Empty(reader.ListRooms(carol.Account, "*", "", onlyOwn: true, 10));
        Assert.Equal(
            ["room-0", "room-1"],
            reader.ListRooms(alice.Account, "room-*", "", onlyOwn: true, 2).Select(found => found.Name));
        Assert.Equal(
            "with-bob", Assert.Single(reader.ListRooms(alice.Account, "*", "room-99", onlyOwn: true, 10)).Name);
    }

    private DeliveryPage Delivered(Person reader, DeliveryCursor cursor) =>
        chat.Reader.ReadDelivery(reader.Account, cursor, 1_000, 1 << 20);

    private void Purge()
    {
        while (chat.Reader.FindPurge(chat.NowUs, 1_000) is { Cuts.Count: > 0 } found)
        {
            chat.Apply(new LoggedCommand { Purge = found });
        }
    }
}
