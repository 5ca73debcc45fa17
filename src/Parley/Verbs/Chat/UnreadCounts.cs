using System.Globalization;
using Parley.Client;
using Parley.Verbs.Rooms;

namespace Parley.Verbs.Chat;

/// <summary>What is unread in each conversation, as the prompt shows it: what the cluster said when it was asked, what
/// came since, less what was looked at since. Any thread.</summary>
internal sealed class UnreadCounts
{
    private const int CountedMax = 1_000;
    private const int ConversationsMax = 10_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, Talk> talks = new(StringComparer.Ordinal);

    /// <summary>What the cluster says. What was looked at since it was asked stays read, what came since is counted.
    /// </summary>
    public void Learn(IEnumerable<ConversationEntry> conversations)
    {
        lock (gate)
        {
            foreach (var told in conversations)
            {
                if (told.Unread > 0 || told.UnreadIsLeast || talks.ContainsKey(told.Conversation))
                {
                    Get(told.Conversation, told.With).Learn(told);
                }
            }
        }
    }

    /// <summary>A message of another came.</summary>
    /// <param name="message">In any conversation.</param>
    /// <param name="namesReader">It names who reads.</param>
    public void Arrived(ChatMessage message, bool namesReader)
    {
        lock (gate)
        {
            var with = RoomText.IsRoom(message.To) ? message.To : message.From;
            Get(message.Conversation, with).Arrived(message.Sequence, namesReader);
        }
    }

    /// <summary>Somebody has looked at a conversation up to there.</summary>
    /// <returns>False: that changes no count.</returns>
    public bool Read(string conversation, long sequence)
    {
        lock (gate)
        {
            return talks.TryGetValue(conversation, out var talk) && talk.Read(sequence);
        }
    }

    /// <summary>Forgets the rooms for which this is false.</summary>
    public void KeepRooms(Func<string, bool> isKept)
    {
        lock (gate)
        {
            foreach (var (conversation, talk) in talks.ToArray())
            {
                if (RoomText.IsRoom(talk.With) && !isKept(talk.With))
                {
                    talks.Remove(conversation);
                }
            }
        }
    }

    /// <summary>How much is unread with somebody, or in a room.</summary>
    public long With(string name)
    {
        lock (gate)
        {
            return talks.Values.Where(talk => talk.With == name).Sum(talk => talk.Count);
        }
    }

    /// <summary>So many lines of others, the last, are all that is unread with somebody; where only the least is known
    /// that is unread, no number is.</summary>
    public bool IsAll(string name, long lines)
    {
        lock (gate)
        {
            var open = talks.Values.Where(talk => talk.With == name).ToArray();
            return !open.Any(talk => talk.IsLeast) && open.Sum(talk => talk.Count) <= lines;
        }
    }

    /// <summary>As a list shows it: <c>3</c>, <c>1000+</c>; empty: nothing.</summary>
    public string TextOf(string name)
    {
        lock (gate)
        {
            var talk = talks.Values.FirstOrDefault(each => each.With == name && each.Count > 0);
            return talk?.Number ?? "";
        }
    }

    /// <summary>All but one as the prompt shows them, those first in which the reader is named: <c>#dev 3!</c>,
    /// <c>carol 1</c>, <c>#ops 1000+</c>.</summary>
    public IReadOnlyList<string> Elsewhere(string? than)
    {
        lock (gate)
        {
            return
            [
                .. talks.Values.Where(talk => talk.Count > 0 && talk.With != than)
                    .OrderBy(talk => !talk.NamesReader).ThenBy(talk => talk.With, StringComparer.Ordinal)
                    .Select(talk => talk.ToString()),
            ];
        }
    }

    private Talk Get(string conversation, string with)
    {
        if (!talks.TryGetValue(conversation, out var talk))
        {
            if (talks.Count >= ConversationsMax)
            {
                foreach (var (read, _) in talks.Where(each => each.Value.Count == 0).ToArray())
                {
                    talks.Remove(read);
                }
            }

            talks.Add(conversation, talk = new Talk(with));
        }

        return talk;
    }

    private sealed class Talk(string with)
    {
        private readonly SortedSet<long> since = [];
        private long head;
        private long upToHead;
        private bool isLeast;
        private long read;
        private long named;

        public string With => with;

        /// <summary>Up to the head that was told, and those that came behind it.</summary>
        public long Count => upToHead + since.Count;

        /// <summary>There may be more.</summary>
        public bool IsLeast => isLeast;

        public bool NamesReader => named > read;

        public void Learn(ConversationEntry told)
        {
            if (told.LastSequence < head)
            {
                return; // More is known here.
            }

            head = told.LastSequence;
            since.RemoveWhere(sequence => sequence <= head);
            upToHead = Math.Min(told.Unread, Math.Max(0, head - read));
            isLeast = told.UnreadIsLeast && upToHead > 0;
            read = Math.Max(read, told.ReadSequence);
        }

        public void Arrived(long sequence, bool namesReader)
        {
            named = namesReader ? Math.Max(named, sequence) : named;
            if (sequence <= Math.Max(head, read) || !since.Add(sequence) || since.Count <= CountedMax)
            {
                return;
            }

            head = since.Min;
            since.Remove(head);
            upToHead++;
        }

        public bool Read(long sequence)
        {
            var before = ToString();
            read = Math.Max(read, sequence);
            since.RemoveWhere(each => each <= sequence);
            upToHead = Math.Min(upToHead, Math.Max(0, head - read));
            isLeast &= upToHead > 0;
            return ToString() != before;
        }

        public string Number => string.Create(CultureInfo.InvariantCulture, $"{Count}{(isLeast ? "+" : "")}");

        public override string ToString() => $"{with} {Number}{(NamesReader ? "!" : "")}";
    }
}
