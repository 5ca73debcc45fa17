namespace Parley.Client.Receiving;

/// <summary>
/// What may be acknowledged in each conversation. Marks are cumulative: an own message is acknowledged by itself, but
/// never past another's message that the caller has not acknowledged. A mark beyond what was shown, from the history or
/// a mistake, counts once the cluster has it; until then the caller owes what it would cover. Safe for many threads.
/// </summary>
internal sealed class AckLedger
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>A message arrived.</summary>
    /// <param name="conversation">Its conversation.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="own">The session's account sent it.</param>
    /// <param name="mark">What to acknowledge at once; 0: nothing.</param>
    /// <returns>False: it has been shown already.</returns>
    public bool Arrived(string conversation, long sequence, bool own, out long mark)
    {
        lock (gate)
        {
            mark = 0;
            if (!entries.TryGetValue(conversation, out var entry))
            {
                entries.Add(conversation, entry = new Entry());
            }

            if (sequence <= entry.Shown)
            {
                // It comes again because a mark was lost: unless the caller still owes it, it is told again.
                mark = entry.Open.TryPeek(out var owed) ? (sequence < owed ? owed - 1 : 0) : entry.Shown;
                entry.Told = Math.Max(entry.Told, mark);
                return false;
            }

            entry.Shown = sequence;
            if (!own)
            {
                entry.Open.Enqueue(sequence);
            }
            else if (entry.Open.Count == 0)
            {
                mark = entry.Told = sequence;
            }

            return true;
        }
    }

    /// <summary>A message is about to be told as it is since it was edited or deleted. What was told like this and may
    /// still come again, for its mark may be lost, needs no second word.</summary>
    /// <param name="message">As it is.</param>
    /// <returns>False: it was told like this.</returns>
    public bool IsNews(ChatMessage message)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(message.Conversation, out var entry)
                || message.Sequence > entry.Shown || message.Sequence <= entry.Confirmed)
            {
                return true;
            }

            var now = (message.EditedAt, message.DeletedAt);
            var isNews = !entry.Changes.TryGetValue(message.Sequence, out var told) || told != now;
            entry.Changes[message.Sequence] = now;
            return isNews;
        }
    }

    /// <summary>Up to which sequence the conversation was shown; 0: nothing of it.</summary>
    public long ShownUpTo(string conversation)
    {
        lock (gate)
        {
            return entries.TryGetValue(conversation, out var entry) ? entry.Shown : 0;
        }
    }

    /// <summary>The caller acknowledged up to a sequence: how far the mark goes with own messages behind it.</summary>
    public long Acknowledged(string conversation, long sequence)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(conversation, out var entry) || sequence > entry.Shown)
            {
                // Whether there is so much is not known here. If not, the refusal must leave no trace.
                return sequence;
            }

            entry.Settle(sequence);
            var end = entry.Open.TryPeek(out var next) ? next - 1 : entry.Shown;
            return entry.Told = Math.Max(end, entry.Told);
        }
    }

    /// <summary>The cluster has this mark.</summary>
    public void Confirmed(string conversation, long mark)
    {
        lock (gate)
        {
            if (entries.TryGetValue(conversation, out var entry))
            {
                // Of one beyond what was shown this much is sure: in a room that was left the cluster takes any.
                entry.Confirmed = Math.Max(entry.Confirmed, Math.Min(mark, entry.Shown));
                entry.ForgetChanges();
                entry.Settle(mark);
            }
        }
    }

    /// <summary>
    /// How far the conversations have come in which the caller owes something: a new stream need not bring it again.
    /// Where a mark is on its way, or was lost, it must: what comes again is how the mark is told again.
    /// </summary>
    /// <param name="conversationsMax">Of more, those in which the most is owed.</param>
    public IReadOnlyList<(string Conversation, long Sequence)> Received(int conversationsMax)
    {
        lock (gate)
        {
            return [.. entries.Where(each => each.Value.Open.Count > 0 && each.Value.Told <= each.Value.Confirmed)
                .OrderByDescending(each => each.Value.Open.Count).Take(conversationsMax)
                .Select(each => (each.Key, each.Value.Shown))];
        }
    }

    private sealed class Entry
    {
        /// <summary>Sequences of others that the caller has not acknowledged, ascending.</summary>
        public Queue<long> Open { get; } = new();

        /// <summary>Of what is not confirmed, how the edited and deleted were told last.</summary>
        public SortedDictionary<long, (DateTimeOffset? EditedAt, DateTimeOffset? DeletedAt)> Changes { get; } = [];

        public long Shown { get; set; }

        /// <summary>The last mark that was to be sent to the cluster; never beyond what was shown.</summary>
        public long Told { get; set; }

        /// <summary>The last that it is known to have, of what was shown.</summary>
        public long Confirmed { get; set; }

        /// <summary>Nothing up to the mark is owed any more.</summary>
        public void Settle(long mark)
        {
            while (Open.TryPeek(out var open) && open <= mark)
            {
                Open.Dequeue();
            }
        }

        /// <summary>What is confirmed does not come again.</summary>
        public void ForgetChanges()
        {
            while (Changes.Count > 0 && Changes.First().Key is var first && first <= Confirmed)
            {
                Changes.Remove(first);
            }
        }
    }
}
