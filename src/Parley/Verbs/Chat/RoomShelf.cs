using System.Globalization;
using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>What came in rooms that are not looked at: kept back, unacknowledged, until somebody looks. Whatever is not
/// looked at in this run comes again in the next. Any thread.</summary>
internal sealed class RoomShelf
{
    private const int MessagesMax = 500;

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Waiting> rooms = new(StringComparer.Ordinal);
    private long puts;

    /// <summary>How often something was kept back.</summary>
    public long Puts
    {
        get
        {
            lock (gate)
            {
                return puts;
            }
        }
    }

    /// <summary>Keeps a message back.</summary>
    /// <param name="message">Of another, in a room.</param>
    /// <param name="namesReader">It names who reads.</param>
    public void Put(ChatMessage message, bool namesReader)
    {
        lock (gate)
        {
            if (!rooms.TryGetValue(message.To, out var waiting))
            {
                rooms.Add(message.To, waiting = new Waiting());
            }

            waiting.Count++;
            waiting.LastPut = ++puts;
            waiting.NamesReader |= namesReader;
            waiting.Last.Enqueue(message);
            if (waiting.Last.Count > MessagesMax)
            {
                waiting.Last.Dequeue();
            }
        }
    }

    /// <summary>Takes what waits in a room: the last messages, and how many older ones are only in its history.
    /// </summary>
    public (IReadOnlyCollection<ChatMessage> Last, int Older) Take(string room)
    {
        lock (gate)
        {
            return rooms.Remove(room, out var waiting) ? (waiting.Last, waiting.Count - waiting.Last.Count) : ([], 0);
        }
    }

    /// <summary>Drops the rooms that are waited in no more. One that was joined while it was asked is not in the
    /// answer: what came in it does not come again, and the next mark there would acknowledge it unseen. So a room in
    /// which something came since the asking stays, with all that waits in it.</summary>
    /// <param name="inside">Rooms that the account is in, as it was answered.</param>
    /// <param name="putsBefore"><see cref="Puts"/> before it was asked.</param>
    public void Keep(IReadOnlySet<string> inside, long putsBefore)
    {
        lock (gate)
        {
            var left = rooms.Where(room => !inside.Contains(room.Key) && room.Value.LastPut <= putsBefore);
            foreach (var (room, _) in left.ToArray())
            {
                rooms.Remove(room);
            }
        }
    }

    /// <summary>As the prompt shows it: <c>#dev 3 #ops 12!</c>, with a sign where the reader is named; empty when
    /// nothing waits.</summary>
    public override string ToString()
    {
        lock (gate)
        {
            return string.Join(' ', rooms.Select(room =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{room.Key} {room.Value.Count}{(room.Value.NamesReader ? "!" : "")}")));
        }
    }

    private sealed class Waiting
    {
        public Queue<ChatMessage> Last { get; } = new();

        public int Count { get; set; }

        /// <summary>Which of all that was ever kept back came last in here, from 1.</summary>
        public long LastPut { get; set; }

        public bool NamesReader { get; set; }
    }
}
