namespace Parley.Core.Delivery;

/// <summary>What one delivery stream has sent so far, per conversation; not thread-safe.</summary>
/// <param name="received">Up to which sequence the client has conversations from streams before, as it says.</param>
internal sealed class DeliveryCursor(IReadOnlyDictionary<long, long>? received = null)
{
    private readonly Dictionary<long, long> claims = received is null ? [] : new(received);
    private readonly Queue<long> conversations = new();
    private readonly HashSet<long> queued = [];
    private readonly Queue<long> receipts = new();
    private readonly HashSet<long> queuedReceipts = [];
    private readonly Queue<(long Conversation, long Sequence)> changed = new();
    private readonly HashSet<(long Conversation, long Sequence)> queuedChanged = [];
    private DeliveryFeeds? feeds;
    private bool hasRoomChanges;
    private bool hasMissedChanges;

    /// <summary>The last sequence sent, by conversation.</summary>
    public Dictionary<long, long> LastSent { get; } = [];

    /// <summary>The number of the last change seen in the account's feed.</summary>
    public long Seen;

    /// <summary>The number of the last change seen among those of messages.</summary>
    public long SeenChanged;

    public bool HasChanged => changed.Count > 0;

    public bool HasConversations => conversations.Count > 0;

    public bool HasReceipts => receipts.Count > 0;

    /// <summary>The last sequence that the client need not be sent: from this stream or, as it says, from one before.
    /// What it says is judged once: what lies beyond the head then was never sent by anybody, and means nothing.
    /// </summary>
    public long UpTo(long conversation, long headSequence)
    {
        if (claims.Remove(conversation, out var had) && had <= headSequence)
        {
            LastSent[conversation] = Math.Max(had, LastSent.GetValueOrDefault(conversation));
        }

        return LastSent.GetValueOrDefault(conversation);
    }

    /// <summary>It has read nothing yet.</summary>
    public bool IsNew => feeds is null;

    /// <summary>True when it read from other feeds before, or never: nothing it saw counts.</summary>
    public bool StartsAt(DeliveryFeeds current)
    {
        if (ReferenceEquals(feeds, current))
        {
            return false;
        }

        feeds = current;
        Seen = 0;
        return true;
    }

    public void NoteRoomChange() => hasRoomChanges = true;

    /// <summary>Whether the account's rooms moved since this was last asked.</summary>
    public bool TakeRoomChanges()
    {
        var had = hasRoomChanges;
        hasRoomChanges = false;
        return had;
    }

    public void NoteMissedChanges() => hasMissedChanges = true;

    /// <summary>Whether messages were edited or deleted since this was last asked that nobody can name any more.
    /// </summary>
    public bool TakeMissedChanges()
    {
        var had = hasMissedChanges;
        hasMissedChanges = false;
        return had;
    }

    /// <summary>A message to tell of as it is then.</summary>
    public void EnqueueChanged(long conversation, long sequence)
    {
        if (queuedChanged.Add((conversation, sequence)))
        {
            changed.Enqueue((conversation, sequence));
        }
    }

    public (long Conversation, long Sequence) PeekChanged() => changed.Peek();

    public void DequeueChanged() => queuedChanged.Remove(changed.Dequeue());

    public void EnqueueConversation(long conversation)
    {
        if (queued.Add(conversation))
        {
            conversations.Enqueue(conversation);
        }
    }

    public void EnqueueReceipt(long conversation)
    {
        if (queuedReceipts.Add(conversation))
        {
            receipts.Enqueue(conversation);
        }
    }

    public long DequeueReceipt()
    {
        var conversation = receipts.Dequeue();
        queuedReceipts.Remove(conversation);
        return conversation;
    }

    /// <summary>The first conversations in the queue, at most so many.</summary>
    public IReadOnlyList<long> PeekConversations(int conversationsMax) =>
        [.. conversations.Take(conversationsMax)];

    /// <summary>Takes the first conversations out; those with more to send come back to the front.</summary>
    public void Replace(int taken, IReadOnlyList<long> unfinished)
    {
        for (var index = 0; index < taken; index++)
        {
            queued.Remove(conversations.Dequeue());
        }

        var waiting = conversations.ToArray();
        conversations.Clear();
        foreach (var conversation in unfinished.Concat(waiting))
        {
            queued.Add(conversation);
            conversations.Enqueue(conversation);
        }
    }
}
