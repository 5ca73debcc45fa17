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
    private long doubts;

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
    public void Put(ChatMessage message)
    {
        lock (gate)
        {
            if (!rooms.TryGetValue(message.To, out var waiting))
            {
                rooms.Add(message.To, waiting = new Waiting { Trusted = doubts });
            }

            waiting.Count++;
            waiting.LastPut = ++puts;
            waiting.Last.Enqueue(message);
            if (waiting.Last.Count > MessagesMax)
            {
                waiting.Last.Dequeue();
            }
        }
    }

    /// <summary>One that is kept back is like this now.</summary>
    /// <returns>False: it is not kept back.</returns>
    public bool Change(ChatMessage message)
    {
        lock (gate)
        {
            return rooms.TryGetValue(message.To, out var waiting) && waiting.Change(message);
        }
    }

    /// <summary>From here on what is kept back may have been changed without a word: its texts are to be read anew
    /// before they are shown.</summary>
    public void Doubt()
    {
        lock (gate)
        {
            doubts++;
        }
    }

    /// <summary>What of a room is to be read anew; null: nothing. <see cref="Trust"/> with the number, when it was.
    /// </summary>
    public (long First, long Last, long Doubts)? FindDoubtful(string room)
    {
        lock (gate)
        {
            return rooms.TryGetValue(room, out var waiting) && waiting.Trusted < doubts
                ? (waiting.Last.Min(each => each.Sequence), waiting.Last.Max(each => each.Sequence), doubts)
                : null;
        }
    }

    /// <summary>The texts of a room were read after this many doubts.</summary>
    public void Trust(string room, long number)
    {
        lock (gate)
        {
            if (rooms.TryGetValue(room, out var waiting))
            {
                waiting.Trusted = Math.Max(waiting.Trusted, number);
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

    /// <summary>Something of a room is kept back.</summary>
    public bool Has(string room)
    {
        lock (gate)
        {
            return rooms.ContainsKey(room);
        }
    }

    private sealed class Waiting
    {
        public Queue<ChatMessage> Last { get; private set; } = new();

        public int Count { get; set; }

        /// <summary>Which of all that was ever kept back came last in here, from 1.</summary>
        public long LastPut { get; set; }

        /// <summary>How many doubts there were when its texts were what they are now.</summary>
        public long Trusted { get; set; }

        public bool Change(ChatMessage message)
        {
            var isHere = Last.Any(each => each.Sequence == message.Sequence);
            if (isHere)
            {
                Last = new Queue<ChatMessage>(Last.Select(each => IsOlder(each, message) ? message : each));
            }

            return isHere;
        }

        /// <summary>What is read may be from before the last word that came: a tombstone stays one.</summary>
        private static bool IsOlder(ChatMessage known, ChatMessage found) =>
            known.Sequence == found.Sequence
            && known.DeletedAt is null
            && (found.DeletedAt is not null || known.EditedAt is null || found.EditedAt >= known.EditedAt);
    }
}
