using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Messages that are edited and deleted: by whom, once, and for everybody.</summary>
public sealed class ChangeMessageTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;
    private readonly Person carol;
    private int requests;

    public ChangeMessageTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        carol = chat.Person("carol");
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    [Trait("Promise", "9")]
    public void An_edit_replaces_the_text_and_nothing_else()
    {
        var stored = chat.Stored(alice, bob, "tpyo");

        Assert.Equal(new Outcome.ConversationChanged(stored.Conversation), Edit(alice, stored, "typo"));

        var message = Assert.Single(History(bob, "alice"));
        Assert.Equal(
            (stored.Sequence, stored.LogIndex, stored.SentAtUs, "typo", alice.Client, 1UL, chat.NowUs, 0L),
            (message.Sequence, message.LogIndex, message.SentAtUs, message.Text, message.Client, message.Counter,
                message.EditedAtUs, message.DeletedAtUs));
        Assert.Equal(["typo"], chat.Undelivered(bob));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    [Trait("Promise", "9")]
    public void A_deletion_leaves_a_tombstone_that_nothing_brings_back()
    {
        var stored = chat.Stored(alice, bob, "secret");
        Delete(alice, stored);
        var deletedAtUs = chat.NowUs;

        var again = chat.Apply(Commands.Send(alice, 1, bob.Account, "secret"));
        var edited = Edit(alice, stored, "secret");
        var deleted = Delete(alice, stored);

        Assert.Equal(stored, again);
        TestChat.Rejects(Rejection.MessageDeleted, edited);
        Assert.Equal(new Outcome.ConversationChanged(stored.Conversation), deleted);
        using var restored = new TestChat(ChatState.OpenInMemory(chat.State.CopyBytes()));
        foreach (var one in new[] { chat, restored })
        {
            var message = Assert.Single(one.Reader.ReadHistory(bob.Account, "alice", 0, 10, 1_000).Messages);
            Assert.Equal(("", deletedAtUs, "alice"), (message.Text, message.DeletedAtUs, message.DeletedBy));
            Assert.Equal([""], one.Undelivered(bob));
        }
    }

    [Fact]
    [Trait("Promise", "9")]
    public void A_repeated_change_answers_as_the_first_and_undoes_nothing_that_came_after()
    {
        var stored = chat.Stored(alice, bob, "one");
        var first = Commands.Edit(alice.Session, TestChat.RequestId("e"), stored.Conversation, 1, "two");
        var answer = chat.Apply(first.Clone());
        Edit(alice, stored, "three");

        Assert.Equal(answer, chat.Apply(first.Clone()));
        Assert.Equal(["three"], chat.Texts(bob, "alice"));
        Delete(alice, stored);
        Assert.Equal(answer, chat.Apply(first.Clone()));
        Assert.Equal([""], chat.Texts(bob, "alice"));
    }

    [Fact]
    [Trait("Promise", "9")]
    public void So_many_requests_of_an_account_are_remembered()
    {
        var stored = chat.Stored(alice, bob, "0");
        var first = Commands.Edit(alice.Session, TestChat.RequestId("first"), stored.Conversation, 1, "first");
        chat.Apply(first.Clone());
        for (var number = 1; number < Limits.ChangeRequestsMax; number++)
        {
            Edit(alice, stored, "later");
        }

        chat.Apply(first.Clone());

        Assert.Equal(["later"], chat.Texts(bob, "alice"));
    }

    [Fact]
    public void What_waits_comes_with_its_newest_text_and_what_was_shown_is_told_once()
    {
        var (one, two) = (chat.Stored(alice, bob, "one"), chat.Stored(alice, bob, "two"));
        var cursor = new DeliveryCursor();
        Assert.Equal(["one"], Read(cursor, messagesMax: 1).Messages.Select(message => message.Text));

        Edit(alice, one, "one, really");
        Edit(alice, two, "two, really");
        var page = Read(cursor);
        var next = Read(cursor);

        Assert.Equal(["one, really"], page.Changed.Select(message => message.Text));
        Assert.Equal(["two, really"], page.Messages.Select(message => message.Text));
        Assert.Empty(next.Changed.Concat(next.Messages));
        Assert.False(next.ChangesMissed);
    }

    [Fact]
    public void A_stream_that_looks_too_late_is_told_that_it_missed_something()
    {
        var stored = chat.Stored(alice, bob, "one");
        var others = Enumerable.Range(0, 300).Select(_ => chat.Stored(alice, bob, "more")).ToArray();
        var cursor = new DeliveryCursor();
        Read(cursor);
        Edit(alice, stored, "lost among the others");
        foreach (var other in others)
        {
            Delete(alice, other);
        }

        var page = Read(cursor);

        Assert.True(page.ChangesMissed);
        Assert.Equal(256, page.Changed.Count);
        Assert.All(page.Changed, message => Assert.NotEqual(0, message.DeletedAtUs));
        Assert.False(Read(cursor).ChangesMissed);
    }

    [Fact]
    public void A_stream_that_goes_on_with_another_state_may_have_missed_something()
    {
        chat.Stored(alice, bob, "one");
        var cursor = new DeliveryCursor();
        Assert.False(Read(cursor).ChangesMissed);
        using var other = ChatState.OpenInMemory(chat.State.CopyBytes());

        var page = other.OpenReader().ReadDelivery(bob.Account, cursor, 10, 1_000);

        Assert.True(page.ChangesMissed);
        Assert.Empty(page.Messages);
    }

    [Fact]
    public void Members_hear_of_a_change_and_others_do_not()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        var said = Assert.IsType<Outcome.MessageStored>(chat.Say(alice, room, "one"));

        Edit(alice, said, "two");
        Assert.Equal([alice.Account, bob.Account], chat.Last.AccountsToRing.Order());
        var direct = chat.Stored(alice, bob, "hi");
        Delete(alice, direct);
        Assert.Equal([alice.Account, bob.Account], chat.Last.AccountsToRing.Order());
    }

    /// <summary>Who: the author, the other one, an outsider.</summary>
    [Fact]
    [Trait("Promise", "8")]
    public void In_a_direct_conversation_the_author_alone_changes_a_message()
    {
        var stored = chat.Stored(alice, bob, "one");

        TestChat.Rejects(Rejection.NotAuthor, Edit(bob, stored, "forged"));
        TestChat.Rejects(Rejection.NotAuthor, Delete(bob, stored));
        TestChat.Rejects(Rejection.NotFound, Edit(carol, stored, "forged"));
        TestChat.Rejects(Rejection.NotFound, Delete(carol, stored));
        TestChat.Rejects(Rejection.NotFound, Delete(alice, stored with { Sequence = 2 }));
        TestChat.Rejects(Rejection.NotFound, Delete(alice, stored with { Sequence = 0 }));
        TestChat.Rejects(Rejection.NotFound, Delete(alice, stored with { Sequence = long.MinValue }));
        TestChat.Rejects(Rejection.NotFound, Delete(alice, stored with { Conversation = 99 }));
        Assert.Equal(["one"], chat.Texts(bob, "alice"));
    }

    /// <summary>alice owns the room, bob moderates, carol and dave are members.</summary>
    [Theory]
    [Trait("Promise", "8")]
    [InlineData("alice", "bob", true)]
    [InlineData("alice", "carol", true)]
    [InlineData("bob", "carol", true)]
    [InlineData("bob", "bob", true)]
    [InlineData("carol", "carol", true)]
    [InlineData("bob", "alice", false)]
    [InlineData("carol", "bob", false)]
    [InlineData("carol", "dave", false)]
    public void In_a_room_those_above_the_author_delete_and_the_author_alone_edits(
        string who, string author, bool isAllowed)
    {
        var people = Gather(out var room);
        var said = Assert.IsType<Outcome.MessageStored>(chat.Say(people[author], room, "one"));

        var edited = Edit(people[who], said, "two");
        var deleted = Delete(people[who], said);

        Outcome done = new Outcome.ConversationChanged(room);
        Assert.Equal(who == author ? done : new Outcome.Rejected(Rejection.NotAuthor), edited);
        Assert.Equal(isAllowed ? done : new Outcome.Rejected(Rejection.RoomRoleNeeded), deleted);
        Assert.Equal(
            isAllowed ? who : "", Assert.Single(History(people["dave"], "#ops")).DeletedBy);
    }

    [Fact]
    [Trait("Promise", "8")]
    public void Who_is_muted_takes_back_and_does_not_edit_and_who_is_outside_does_neither()
    {
        var people = Gather(out var room);
        var (one, two) = (Said("carol", room, "one"), Said("carol", room, "two"));

        chat.InRoom(people["bob"], room, RoomMemberChange.Mute, people["carol"]);
        TestChat.Rejects(Rejection.Muted, Edit(people["carol"], one, "more"));
        Assert.IsType<Outcome.ConversationChanged>(Delete(people["carol"], one));
        TestChat.Rejects(Rejection.Muted, Edit(people["carol"], one, "more"));
        chat.InRoom(people["bob"], room, RoomMemberChange.Remove, people["carol"]);
        TestChat.Rejects(Rejection.NotMember, Edit(people["carol"], two, "more"));
        TestChat.Rejects(Rejection.NotMember, Delete(people["carol"], two));
        Assert.IsType<Outcome.ConversationChanged>(Delete(people["bob"], two));

        Outcome.MessageStored Said(string who, long where, string text) =>
            Assert.IsType<Outcome.MessageStored>(chat.Say(people[who], where, text));
    }

    [Fact]
    [Trait("Promise", "8")]
    public void What_was_said_before_a_joining_by_invitation_is_not_there_for_who_joined()
    {
        var room = chat.Room(alice, "board", byInvitation: true);
        var early = Assert.IsType<Outcome.MessageStored>(chat.Say(alice, room, "early"));
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.Join(room, bob);
        chat.InRoom(alice, room, RoomMemberChange.MakeOwner, bob);

        TestChat.Rejects(Rejection.NotFound, Delete(bob, early));
        TestChat.Rejects(Rejection.NotFound, Delete(carol, early));
    }

    [Fact]
    [Trait("Promise", "9")]
    public void What_waits_may_not_grow_past_the_bound_of_what_may_wait()
    {
        var settings = new Settings { UndeliveredBytesMax = 100 };
        chat.Apply(Commands.ChangeSettings(0, settings));
        var (one, two) = (chat.Stored(alice, bob, new string('x', 40)), chat.Stored(carol, bob, new string('x', 40)));

        TestChat.Rejects(Rejection.InboxFull, Edit(alice, one, new string('y', 61)));
        Assert.IsType<Outcome.ConversationChanged>(Edit(alice, one, new string('y', 60)));
        TestChat.Rejects(Rejection.InboxFull, chat.Send(carol, bob, "x"));
        Delete(carol, two);
        Assert.IsType<Outcome.MessageStored>(chat.Send(carol, bob, new string('x', 40)));
        TestChat.Rejects(Rejection.InboxFull, chat.Send(carol, bob, "x"));

        // Acknowledged, it counts no more: neither what was sent nor what became of it.
        chat.Acknowledge(bob, one.Conversation, 1);
        Assert.IsType<Outcome.ConversationChanged>(Edit(alice, one, new string('z', 16_384)));
        Assert.IsType<Outcome.MessageStored>(chat.Send(alice, bob, new string('x', 60)));
        TestChat.Rejects(Rejection.InboxFull, chat.Send(alice, bob, "x"));
    }

    [Fact]
    public void Retention_drops_what_was_changed_with_the_message()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var (one, two) = (chat.Stored(alice, bob, "one"), chat.Stored(alice, bob, "two"));
        var untouched = chat.State.Digest;
        Edit(alice, one, "edited");
        Delete(alice, two);
        chat.Acknowledge(bob, one.Conversation, 2);

        chat.Apply(Commands.Purge(forgetExpired: false, (one.Conversation, 2)));

        Assert.Empty(History(bob, "alice"));
        TestChat.Rejects(Rejection.NotFound, Edit(alice, one, "again"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
        Assert.NotEqual(untouched, chat.State.Digest);
        Assert.Equal(two, chat.Apply(Commands.Send(alice, 2, bob.Account, "two")));
    }

    [Fact]
    public void Two_reasons_at_once_give_the_first()
    {
        var people = Gather(out var room);
        var said = Assert.IsType<Outcome.MessageStored>(chat.Say(people["carol"], room, "one"));
        Delete(people["carol"], said);
        chat.InRoom(alice, room, RoomMemberChange.Mute, people["dave"]);

        TestChat.Rejects(Rejection.NotAuthor, Edit(people["dave"], said, "two"));
        var late = Commands.Edit(alice.Session + 99, TestChat.RequestId("late"), room, 1, "two");
        late.NotAfterUs = 1;
        TestChat.Rejects(Rejection.TooLate, chat.Apply(late));
        late.NotAfterUs = 0;
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(late));
    }

    private Dictionary<string, Person> Gather(out long room)
    {
        var dave = chat.Person("dave");
        room = chat.Room(alice, "ops");
        chat.Join(room, bob, carol, dave);
        chat.InRoom(alice, room, RoomMemberChange.MakeModerator, bob);
        return new Dictionary<string, Person>(StringComparer.Ordinal)
        {
            ["alice"] = alice,
            ["bob"] = bob,
            ["carol"] = carol,
            ["dave"] = dave,
        };
    }

    private Outcome Edit(Person who, Outcome.MessageStored message, string text) => chat.Apply(
        Commands.Edit(who.Session, NextRequest(), message.Conversation, message.Sequence, text));

    private Outcome Delete(Person who, Outcome.MessageStored message) => chat.Apply(
        Commands.Delete(who.Session, NextRequest(), message.Conversation, message.Sequence));

    private byte[] NextRequest() => TestChat.RequestId($"request {++requests}");

    private IReadOnlyList<StoredMessage> History(Person reader, string with) =>
        chat.Reader.ReadHistory(reader.Account, with, 0, 1_000, 1 << 20).Messages;

    private DeliveryPage Read(DeliveryCursor cursor, int messagesMax = 1_000) =>
        chat.Reader.ReadDelivery(bob.Account, cursor, messagesMax, 1 << 20);
}
