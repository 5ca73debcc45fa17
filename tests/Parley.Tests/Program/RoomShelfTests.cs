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

        Assert.Equal("#ops 1", shelf.ToString());
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

        Assert.Equal("#new 1 #ops 2", shelf.ToString());
        Assert.Equal([1L, 2L], shelf.Take("#ops").Last.Select(message => message.Sequence));
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
        },
        namesReader: false);
}
