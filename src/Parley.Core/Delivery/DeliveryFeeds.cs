using System.Collections.Concurrent;

namespace Parley.Core.Delivery;

/// <summary>
/// Tells readers which conversations to look at, so that they need not look at all; in memory, rebuilt from the file.
/// A hint only: what is sent comes from the file. Written after each COMMIT by the applier, read by any thread.
/// </summary>
internal sealed class DeliveryFeeds
{
    private readonly ConcurrentDictionary<long, AccountFeed> feeds = new();

    public void Publish(IReadOnlyList<DeliveryChange> changes)
    {
        foreach (var change in changes)
        {
            if (change.Kind != DeliveryChangeKind.Caught || feeds.ContainsKey(change.Account))
            {
                feeds.GetOrAdd(change.Account, static _ => new AccountFeed()).Add(change);
            }
        }
    }

    public void Remove(long account) => feeds.TryRemove(account, out _);

    public AccountFeed? Find(long account) => feeds.GetValueOrDefault(account);
}

/// <summary>The conversations of an account that have something undelivered, and those that moved last.</summary>
internal sealed class AccountFeed
{
    private const int RecentMax = 32;
    private const int ChangedMax = 256;

    private readonly Lock gate = new();

    // Conversation to the position of the message that made it pending; in about the order they became so.
    private readonly Dictionary<long, long> pending = [];
    private readonly List<RecentChange> recent = [];
    private long changes;

    // Changes up to this number are no longer in the list.
    private long forgotten;

    // Messages that were edited or deleted, at most so many; those up to a number are no longer there.
    private readonly Queue<ChangedMessages> changed = new();
    private int changedCount;
    private long changedForgotten;

    public void Add(in DeliveryChange change)
    {
        lock (gate)
        {
            if (change.Kind == DeliveryChangeKind.Caught)
            {
                pending.Remove(change.Conversation);
                return;
            }

            if (change.Kind == DeliveryChangeKind.Changed)
            {
                AddChanged(new ChangedMessages(++changes, change.Conversation, change.Sequences));
                return;
            }

            if (change.Kind == DeliveryChangeKind.Message)
            {
                pending.TryAdd(change.Conversation, change.Position);
            }

            AddRecent(new RecentChange(++changes, change.Conversation, change.Kind));
        }
    }

    /// <summary>What moved since the cursor looked last; false when that is not known any more: look at everything.
    /// </summary>
    public bool TryCollectRecent(ref long seen, List<RecentChange> into)
    {
        lock (gate)
        {
            var known = seen >= forgotten;
            foreach (var change in recent)
            {
                if (known && change.Number > seen)
                {
                    into.Add(change);
                }
            }

            seen = changes;
            return known;
        }
    }

    /// <summary>The number of the newest change.</summary>
    public long ReadNumber()
    {
        lock (gate)
        {
            return changes;
        }
    }

    /// <summary>Which messages were edited or deleted since the cursor looked last; false when that is not known any
    /// more of all.</summary>
    public bool TryCollectChanged(ref long seen, List<ChangedMessages> into)
    {
        lock (gate)
        {
            var (known, since) = (seen >= changedForgotten, seen);
            into.AddRange(changed.Where(each => each.Number > since));
            seen = changes;
            return known;
        }
    }

    /// <summary>Conversations with something undelivered, oldest first.</summary>
    public IReadOnlyList<long> CollectPending()
    {
        lock (gate)
        {
            return [.. pending.OrderBy(entry => entry.Value).Select(entry => entry.Key)];
        }
    }

    private void AddChanged(in ChangedMessages messages)
    {
        changed.Enqueue(messages);
        changedCount += messages.Sequences.Count;
        while (changedCount > ChangedMax)
        {
            var oldest = changed.Dequeue();
            changedCount -= oldest.Sequences.Count;
            changedForgotten = oldest.Number;
        }
    }

    private void AddRecent(in RecentChange change)
    {
        // Two people chatting would fill the list with one conversation: the newer number stands for both.
        if (recent.Count > 0 && recent[^1].Conversation == change.Conversation && recent[^1].Kind == change.Kind)
        {
            recent[^1] = change;
            return;
        }

        if (recent.Count == RecentMax)
        {
            forgotten = recent[0].Number;
            recent.RemoveAt(0);
        }

        recent.Add(change);
    }
}

/// <summary>A change with its number in the account's feed.</summary>
internal readonly record struct RecentChange(long Number, long Conversation, DeliveryChangeKind Kind);

/// <summary>Messages of a conversation that were edited or deleted, with the change's number in the account's feed.
/// </summary>
internal readonly record struct ChangedMessages(long Number, long Conversation, IReadOnlyList<long> Sequences);
