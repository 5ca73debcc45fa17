using Parley.Client;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What waits in rooms that are not looked at.</summary>
public sealed class RoomShelfTests
{
    private readonly RoomShelf shelf = new();

    [Fact]
    public void What_waited_in_a_room_that_was_left_is_dropped()
    {
        Put("#dev", 1);
        Put("#ops", 1);

        shelf.Keep(Rooms("#ops"), shelf.Puts);

        Assert.False(shelf.Has("#dev"));
        Assert.True(shelf.Has("#ops"));
    }

    /// <summary>A room may be joined after the answer, and the mark of what comes next covers what came first.
    /// </summary>
    [Fact]
    [Trait("Promise", "4")]
    public void What_came_since_the_rooms_were_asked_for_is_kept_whatever_the_answer()
    {
        Put("#dev", 1);
        Put("#ops", 1);
        var asked = shelf.Puts;
        Put("#ops", 2);
        Put("#new", 1);

        shelf.Keep(Rooms(), asked);

        Assert.Single(shelf.Take("#new").Last);
        Assert.False(shelf.Has("#dev"));
        Assert.Equal([1L, 2L], shelf.Take("#ops").Last.Select(message => message.Sequence));
    }

    /// <summary>What nobody has looked at is shown as it is then.</summary>
    [Fact]
    [Trait("Promise", "9")]
    public void What_waits_and_is_changed_is_taken_as_it_is_now()
    {
        Put("#ops", 1);
        var one = Assert.Single(shelf.Take("#ops").Last);
        Put("#ops", 1);
        Put("#ops", 2);

        Assert.True(shelf.Change(one with { Text = "", DeletedAt = DateTimeOffset.UnixEpoch }));
        Assert.False(shelf.Change(one with { Sequence = 3 }));
        Assert.False(shelf.Change(one with { To = "#dev" }));

        Assert.Equal([true, false], shelf.Take("#ops").Last.Select(message => message.DeletedAt is not null));
    }

    /// <summary>What was changed while no stream was open is told to nobody: before it is shown, it is read anew.
    /// </summary>
    [Fact]
    [Trait("Promise", "9")]
    public void After_a_doubt_what_waits_is_to_be_read_anew_once()
    {
        Put("#ops", 3);
        Put("#ops", 5);
        Assert.Null(shelf.FindDoubtful("#ops"));

        shelf.Doubt();
        Put("#dev", 1);

        Assert.Null(shelf.FindDoubtful("#dev"));
        Assert.Equal((3, 5, 1), shelf.FindDoubtful("#ops"));
        shelf.Doubt(); // While it is read.
        shelf.Trust("#ops", 1);
        Assert.Equal((3, 5, 2), shelf.FindDoubtful("#ops"));
        shelf.Trust("#ops", 2);
        Assert.Null(shelf.FindDoubtful("#ops"));
    }

    private static HashSet<string> Rooms(params string[] names) => [.. names];

    private void Put(string room, long sequence) => shelf.Put(
        new ChatMessage
        {
            Conversation = room,
            Sequence = sequence,
            MessageId = new MessageId(1, (ulong)sequence),
            From = "bob",
            To = room,
            SentAt = DateTimeOffset.UnixEpoch,
            Text = "hello",
            LogIndex = sequence,
        });
}
