using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Who may know more about somebody than a name.</summary>
[Trait("Promise", "8")]
public sealed class AcquaintanceTests : IDisposable
{
    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void Who_has_written_to_me_is_known_to_me_and_not_the_other_way_round()
    {
        var (alice, bob, carol) = (chat.Person("alice"), chat.Person("bob"), chat.Person("carol"));

        chat.Stored(alice, bob, "are you there?");
        chat.Stored(carol, bob, "and you?");

        Assert.Equal([bob.Account], Known(bob, bob));
        Assert.Equal([alice.Account, carol.Account], Known(bob, alice, carol));
        Assert.Empty(Known(alice, bob, carol));
        Assert.Empty(Known(carol, bob, alice));

        chat.Stored(bob, alice, "I am");
        Assert.Equal([bob.Account], Known(alice, bob, carol));
        Assert.Empty(Known(carol, bob));
    }

    [Fact]
    public void Who_is_in_a_room_with_me_is_known_to_me_while_both_are_in_it()
    {
        var (alice, bob, carol) = (chat.Person("alice"), chat.Person("bob"), chat.Person("carol"));
        var room = chat.Room(alice, "board", byInvitation: true);
        chat.InRoom(alice, room, RoomMemberChange.Invite, bob);
        chat.InRoom(alice, room, RoomMemberChange.Invite, carol);
        Assert.Empty(Known(bob, alice));
        Assert.Empty(Known(alice, bob));

        chat.Join(room, bob);
        Assert.Equal([alice.Account], Known(bob, alice, carol));
        Assert.Equal([bob.Account], Known(alice, bob, carol));

        chat.InRoom(bob, room, RoomMemberChange.Leave);
        Assert.Empty(Known(bob, alice));
        Assert.Empty(Known(alice, bob));
    }

    [Fact]
    public void One_room_of_many_is_enough_however_often_and_with_whomever_one_is_asked_about()
    {
        var (alice, bob, carol) = (chat.Person("alice"), chat.Person("bob"), chat.Person("carol"));
        var rooms = Enumerable.Range(1, 50).Select(number => chat.Room(alice, $"room{number}")).ToList();
        chat.Join(rooms[^1], bob);
        chat.Join(chat.Room(carol, "elsewhere"), bob);

        Assert.Equal([bob.Account], Known(alice, carol, bob, carol, bob));
        Assert.Equal([alice.Account, carol.Account], Known(bob, carol, alice));
        Assert.Equal([bob.Account], Known(carol, alice, bob));
    }

    [Fact]
    public void Nobody_is_known_by_the_numbers_of_rooms_or_of_nobody()
    {
        var alice = chat.Person("alice");
        var room = chat.Room(alice, "ops");
        chat.Say(alice, room, "hello");

        Assert.Empty(chat.Reader.FindAcquaintances(alice.Account, [0, -1, room + 1_000, long.MaxValue]));
    }

    private IEnumerable<long> Known(Person who, params Person[] others) =>
        chat.Reader.FindAcquaintances(who.Account, [.. others.Select(other => other.Account)]).Order();
}
