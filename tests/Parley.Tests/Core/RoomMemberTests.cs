using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Who comes into a room, who goes, and who may do what about others.</summary>
public sealed class RoomMemberTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;
    private readonly Person carol;
    private readonly Person dave;

    public RoomMemberTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
        carol = chat.Person("carol");
        dave = chat.Person("dave");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    [Trait("Promise", "2")]
    public void A_late_copy_of_a_joining_does_not_bring_back_who_has_left()
    {
        var room = chat.Room(alice, "ops");
        var join = Commands.ChangeRoomMember(bob.Session, TestChat.RequestId("j"), room, RoomMemberChange.Join);
        var first = chat.Apply(join);
        chat.InRoom(bob, room, RoomMemberChange.Leave);
        var members = Members(alice, room);

        var late = chat.Apply(join);

        Assert.Equal(new Outcome.ConversationChanged(room), first);
        Assert.Equal(first, late);
        Assert.Equal(members, Members(alice, room));
        Assert.DoesNotContain("bob", members);
    }

    [Fact]
    public void A_refusal_is_remembered_too_until_its_day_is_over()
    {
        var room = chat.Room(alice, "ops", byInvitation: true);
        var join = Commands.ChangeRoomMember(bob.Session, TestChat.RequestId("j"), room, RoomMemberChange.Join);
        TestChat.Rejects(Rejection.NotFound, chat.Apply(join));
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);

        TestChat.Rejects(Rejection.NotFound, chat.Apply(join));
        chat.Pass(TimeSpan.FromDays(2));
        chat.Apply(Commands.Purge(forgetExpired: true));

        Assert.IsType<Outcome.ConversationChanged>(chat.Apply(join));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void An_account_has_its_last_requests_remembered_and_no_more()
    {
        var room = chat.Room(alice, "ops");
        var first = Commands.ChangeRoom(alice.Session, TestChat.RequestId("t 0"), room, topic: "first");
        chat.Apply(first);
        for (var number = 1; number < Limits.RoomRequestsMax; number++)
        {
            chat.Apply(Commands.ChangeRoom(alice.Session, TestChat.RequestId($"t {number}"), room, topic: "later"));
        }

        chat.Apply(first);
        Assert.Equal("later", chat.State.Directory.Rooms.Find("ops")!.Topic);

        chat.Apply(Commands.ChangeRoom(alice.Session, TestChat.RequestId("one more"), room, topic: "last"));
        chat.Apply(first);
        Assert.Equal("first", chat.State.Directory.Rooms.Find("ops")!.Topic);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Who_is_removed_stays_out_until_a_moderator_invites()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob, carol);
        chat.InRoom(alice, room, RoomMemberChange.Remove, bob);

        TestChat.Rejects(Rejection.Barred, chat.InRoom(bob, room, RoomMemberChange.Join));
        TestChat.Rejects(Rejection.RoomRoleNeeded, chat.InRoom(carol, room, RoomMemberChange.Invite, bob));
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.Join(room, bob);

        Assert.Contains("bob", Members(alice, room));
    }

    [Fact]
    public void Who_is_muted_reads_on_and_cannot_talk_by_leaving_and_coming_back()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        chat.InRoom(alice, room, RoomMemberChange.Mute, bob);
        TestChat.Rejects(Rejection.Muted, chat.Say(bob, room, "let me talk"));
        chat.InRoom(bob, room, RoomMemberChange.Leave);
        chat.Join(room, bob);
        TestChat.Rejects(Rejection.Muted, chat.Say(bob, room, "let me talk"));
        chat.Say(alice, room, "listen");
        Assert.Equal(["listen"], chat.Undelivered(bob));

        chat.InRoom(alice, room, RoomMemberChange.Unmute, bob);

        Assert.IsType<Outcome.MessageStored>(chat.Say(bob, room, "thank you"));
    }

    [Theory]
    [InlineData("bob", RoomMemberChange.Remove, "alice", Rejection.RoomRoleNeeded)]
    [InlineData("bob", RoomMemberChange.Mute, "bob", Rejection.RoomRoleNeeded)]
    [InlineData("bob", RoomMemberChange.MakeModerator, "carol", Rejection.RoomRoleNeeded)]
    [InlineData("bob", RoomMemberChange.MakeOwner, "bob", Rejection.RoomRoleNeeded)]
    [InlineData("bob", RoomMemberChange.Remove, "dave", Rejection.NotFound)]
    [InlineData("bob", RoomMemberChange.Remove, "carol", Rejection.None)]
    [InlineData("bob", RoomMemberChange.Mute, "carol", Rejection.None)]
    [InlineData("carol", RoomMemberChange.Remove, "bob", Rejection.RoomRoleNeeded)]
    [InlineData("carol", RoomMemberChange.Invite, "dave", Rejection.RoomRoleNeeded)]
    [InlineData("carol", RoomMemberChange.Leave, "", Rejection.None)]
    [InlineData("dave", RoomMemberChange.Leave, "", Rejection.NotFound)]
    [InlineData("dave", RoomMemberChange.Mute, "carol", Rejection.NotFound)]
    [InlineData("alice", RoomMemberChange.MakeMember, "bob", Rejection.None)]
    [InlineData("alice", RoomMemberChange.MakeMember, "alice", Rejection.RoomRoleNeeded)]
    [InlineData("alice", RoomMemberChange.MakeOwner, "carol", Rejection.None)]
    [InlineData("alice", RoomMemberChange.Invite, "dave", Rejection.None)]
    internal void The_owner_is_above_moderators_and_they_above_members(
        string who, RoomMemberChange change, string other, Rejection expected)
    {
        var people = new[] { alice, bob, carol, dave }.ToDictionary(person => person.Name, StringComparer.Ordinal);
        var room = chat.Room(alice, "ops", byInvitation: true);
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.InRoom(alice, room, RoomMemberChange.Invite, carol);
        chat.Join(room, bob, carol);
        chat.InRoom(alice, room, RoomMemberChange.MakeModerator, bob);

        var outcome = chat.InRoom(people[who], room, change, people.GetValueOrDefault(other));

        Assert.Equal(
            expected == Rejection.None ? new Outcome.ConversationChanged(room) : new Outcome.Rejected(expected),
            outcome);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Theory]
    [InlineData(RoomMemberChange.Leave)]
    [InlineData(RoomMemberChange.MakeOwner)]
    internal void Who_becomes_owner_may_talk(RoomMemberChange how)
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob);
        chat.InRoom(alice, room, RoomMemberChange.Mute, bob);

        chat.InRoom(alice, room, how, how == RoomMemberChange.MakeOwner ? bob : null);

        Assert.IsType<Outcome.MessageStored>(chat.Say(bob, room, "so be it"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void The_owners_place_goes_to_the_oldest_moderator_then_the_oldest_member_then_the_room_closes()
    {
        var room = chat.Room(alice, "ops");
        chat.Join(room, bob, carol, dave);
        chat.InRoom(alice, room, RoomMemberChange.MakeModerator, dave);
        chat.Say(alice, room, "good-bye");

        chat.InRoom(alice, room, RoomMemberChange.Leave);
        Assert.Equal("dave", Owner());
        chat.Apply(Commands.DeleteAccount(dave));
        Assert.Equal("bob", Owner());
        chat.InRoom(bob, room, RoomMemberChange.Leave);
        chat.InRoom(carol, room, RoomMemberChange.Leave);

        Assert.Null(chat.State.Directory.Rooms.Find("ops"));
        Assert.NotEqual(room, chat.Room(bob, "ops"));
        Assert.Empty(chat.Texts(bob, "#ops"));
        TestChat.Rejects(Rejection.NotFound, chat.InRoom(alice, room, RoomMemberChange.Join));
    }

    [Fact]
    public void What_a_closed_room_held_goes_at_the_next_purge_whatever_retention_says()
    {
        chat.Apply(Commands.ChangeSettings(0, new Settings { Retention = RetentionKind.Forever }));
        var room = chat.Room(alice, "ops");
        chat.Say(alice, room, "gone soon");
        chat.InRoom(alice, room, RoomMemberChange.Leave);

        var purge = chat.Reader.FindPurge(chat.NowUs, 1_000);
        Assert.Equal((room, 1L), (purge!.Cuts[0].Conversation, purge.Cuts[0].Sequence));
        chat.Apply(new LoggedCommand { Purge = purge });

        Assert.Null(chat.Reader.FindPurge(chat.NowUs, 1_000));
        TestChat.Rejects(Rejection.NotFound, chat.Acknowledge(alice, room, 1));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_room_takes_so_many_members_and_an_account_so_many_rooms()
    {
        var room = chat.Room(alice, "ops");
        for (var number = 1; number < Limits.RoomMembersMax; number++)
        {
            chat.Join(room, chat.Person($"person{number}"));
        }

        TestChat.Rejects(Rejection.RoomFull, chat.InRoom(bob, room, RoomMemberChange.Join));
        Assert.IsType<Outcome.MessageStored>(chat.Say(alice, room, "hello, all"));
        Assert.Equal(Limits.RoomMembersMax, chat.Last.AccountsToRing.Count);

        for (var number = 1; number < Limits.RoomsPerAccountMax; number++)
        {
            chat.Room(alice, $"room{number}");
        }

        TestChat.Rejects(
            Rejection.TooManyRooms,
            chat.Apply(Commands.CreateRoom(alice.Session, TestChat.RequestId("one more"), "more")));
        TestChat.Rejects(
            Rejection.RoomNameTaken,
            chat.Apply(Commands.CreateRoom(alice.Session, TestChat.RequestId("that too"), "ops")));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Theory]
    [InlineData(StateVersions.LastingBars - 1, false)]
    [InlineData(StateVersions.LastingBars, true)]
    internal void No_invitation_makes_a_bar_forgotten(int version, bool lasts)
    {
        var room = chat.Room(alice, "ops");
        chat.Apply(Commands.RaiseVersion((uint)version));
        chat.Join(room, bob, carol, dave);
        chat.InRoom(alice, room, RoomMemberChange.Remove, bob);
        for (var number = 1; number < Limits.RoomOutsidersMax; number++)
        {
            var invited = new Person("", chat.Account($"friend{number}"), 0, 0);
            Assert.IsType<Outcome.ConversationChanged>(chat.InRoom(carol, room, RoomMemberChange.Invite, invited));
        }

        chat.InRoom(alice, room, RoomMemberChange.Remove, dave);

        // An older log gives what it gave.
        Assert.Equal(
            lasts ? new Outcome.Rejected(Rejection.Barred) : new Outcome.ConversationChanged(room),
            chat.InRoom(bob, room, RoomMemberChange.Join));
        TestChat.Rejects(Rejection.Barred, chat.InRoom(dave, room, RoomMemberChange.Join));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Bars_have_a_bound_of_their_own_and_none_gives_way_to_another()
    {
        var room = chat.Room(alice, "ops");
        chat.Apply(Commands.RaiseVersion(StateVersions.LastingBars));
        var barred = new List<Person>();
        while (barred.Count < Limits.RoomOutsidersMax)
        {
            barred.Add(chat.Person($"troll{barred.Count}"));
            chat.Join(room, barred[^1]);
            Assert.IsType<Outcome.ConversationChanged>(chat.InRoom(alice, room, RoomMemberChange.Remove, barred[^1]));
        }

        chat.Join(room, bob, carol);
        TestChat.Rejects(Rejection.RoomFull, chat.InRoom(alice, room, RoomMemberChange.Remove, bob));
        Assert.IsType<Outcome.ConversationChanged>(chat.InRoom(alice, room, RoomMemberChange.Invite, dave));
        chat.InRoom(alice, room, RoomMemberChange.Mute, carol);
        chat.InRoom(carol, room, RoomMemberChange.Leave);
        TestChat.Rejects(Rejection.Barred, chat.InRoom(barred[0], room, RoomMemberChange.Join));

        chat.InRoom(alice, room, RoomMemberChange.Invite, barred[0]);

        Assert.IsType<Outcome.ConversationChanged>(chat.InRoom(alice, room, RoomMemberChange.Remove, bob));
        TestChat.Rejects(Rejection.Barred, chat.InRoom(bob, room, RoomMemberChange.Join));
        TestChat.Rejects(Rejection.Barred, chat.InRoom(barred[^1], room, RoomMemberChange.Join));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    private string Owner() =>
        Assert.Single(chat.Reader.ListRooms(carol.Account, "*", "", onlyOwn: false, 10)).Owner;

    private List<string> Members(Person reader, long room) =>
        [.. chat.Reader.ListRoomMembers(room, reader.Account, "", 10)!
            .Where(member => member.Standing >= Parley.Core.Facts.RoomStanding.Member).Select(member => member.Name)];
}
