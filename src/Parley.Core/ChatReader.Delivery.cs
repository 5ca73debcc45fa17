using Parley.Core.Delivery;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>What a delivery stream shall send next.</content>
/// <remarks>
/// Which conversations to look at comes from the feeds, before the read transaction begins: what moves later rings the
/// bell again. Everything that is sent comes from that one transaction.
/// </remarks>
internal sealed partial class ChatReader
{
    // Between so many conversations messages are merged by age exactly; beyond, in about the order they came.
    private const int ConversationsMerged = 16;

    // Receipts that a new stream is told: of so many of the account's conversations, the newest first.
    private const int ReceiptsAtStart = 256;

    private readonly List<RecentChange> recent = [];
    private readonly List<ChangedMessages> collected = [];

    private Statement SelectNewestConversations => field ??= database.Prepare(
        """
        SELECT conversation FROM memberships WHERE account = $account ORDER BY conversation DESC LIMIT $conversations
        """);

    /// <summary>
    /// What an account's delivery stream shall send next: for each of its conversations the messages after
    /// max(last sent, what the client has, delivered mark), and receipts that moved. Moves the cursor.
    /// </summary>
    /// <param name="account">The account's number.</param>
    /// <param name="cursor">What this stream has sent; a new one for a new stream.</param>
    /// <param name="messagesMax">From 1.</param>
    /// <param name="bytesMax">Of text; one message always fits.</param>
    public DeliveryPage ReadDelivery(long account, DeliveryCursor cursor, int messagesMax, int bytesMax)
    {
        var looksAtAll = Collect(account, cursor);
        var appliedIndex = BeginRead();
        try
        {
            if (looksAtAll)
            {
                EnqueueReceiptsAtStart(account, cursor);
            }

            // Before the messages: what this page sends is as it is now.
            var changed = ReadChanged(account, cursor, new PageBudget(messagesMax, bytesMax));
            var page = new PageBudget(messagesMax, bytesMax);
            var (messages, gaps) = (new List<StoredMessage>(), new List<GapFacts>());
            while (cursor.HasConversations && !page.IsFull)
            {
                ReadMerged(account, cursor, page, messages, gaps);
            }

            var receipts = ReadReceipts(account, cursor, messagesMax);
            return new DeliveryPage
            {
                AppliedIndex = appliedIndex,
                Messages = messages,
                Receipts = receipts,
                Gaps = gaps,
                Changed = changed,
                ChangesMissed = cursor.TakeMissedChanges(),
                RoomsChanged = cursor.TakeRoomChanges(),
                HasMore = cursor.HasConversations || cursor.HasReceipts || cursor.HasChanged,
            };
        }
        finally
        {
            EndIfOpen();
        }
    }

    private bool Collect(long account, DeliveryCursor cursor)
    {
        var isNew = cursor.IsNew;
        var startsAnew = cursor.StartsAt(feeds);
        recent.Clear();
        var feed = feeds.Find(account);
        CollectChanged(feed, cursor, startsAnew, isNew);
        var knowsAll = feed is null || feed.TryCollectRecent(ref cursor.Seen, recent);
        if (feed is not null && (startsAnew || !knowsAll))
        {
            foreach (var conversation in feed.CollectPending())
            {
                cursor.EnqueueConversation(conversation);
            }
        }

        foreach (var change in recent)
        {
            switch (change.Kind)
            {
                case DeliveryChangeKind.Receipt:
                    cursor.EnqueueReceipt(change.Conversation);
                    break;
                case DeliveryChangeKind.Rooms:
                    cursor.NoteRoomChange();
                    break;
                default:
                    cursor.EnqueueConversation(change.Conversation);
                    break;
            }
        }

        // Rooms that changed while no stream was open rang nobody, and the feed does not reach back for ever.
        var looksAtAll = startsAnew || !knowsAll;
        if (looksAtAll)
        {
            cursor.NoteRoomChange();
        }

        return looksAtAll;
    }

    /// <summary>A new stream knows nothing that could have changed; one that goes on with another state may have missed
    /// something.</summary>
    private void CollectChanged(AccountFeed? feed, DeliveryCursor cursor, bool startsAnew, bool isNew)
    {
        if (startsAnew)
        {
            cursor.SeenChanged = feed?.ReadNumber() ?? 0;
            if (!isNew)
            {
                cursor.NoteMissedChanges();
            }
        }

        // One page after the other: what is not collected yet stays in the feed, or is known as missed.
        if (feed is null || cursor.HasChanged)
        {
            return;
        }

        collected.Clear();
        if (!feed.TryCollectChanged(ref cursor.SeenChanged, collected))
        {
            cursor.NoteMissedChanges();
        }

        foreach (var (_, conversation, sequences) in collected)
        {
            foreach (var sequence in sequences)
            {
                cursor.EnqueueChanged(conversation, sequence);
            }
        }
    }

    /// <summary>Of messages that were not sent yet there is nothing to tell: they come as they are.</summary>
    private List<StoredMessage> ReadChanged(long account, DeliveryCursor cursor, PageBudget page)
    {
        var changed = new List<StoredMessage>();
        while (cursor.HasChanged && !page.IsFull)
        {
            var (number, sequence) = cursor.PeekChanged();
            if (FindConversation(number, account) is { } conversation
                && sequence >= conversation.FirstReadable
                && sequence <= Math.Max(
                    cursor.UpTo(number, conversation.HeadSequence), conversation.Delivered(account)))
            {
                var row = walk.ReadOne(conversation, sequence);
                if (!page.TryTake(row.TextBytes))
                {
                    break;
                }

                changed.Add(Named(conversation, row));
            }

            cursor.DequeueChanged();
        }

        return changed;
    }

    private void EnqueueReceiptsAtStart(long account, DeliveryCursor cursor)
    {
        var select = SelectNewestConversations.Start().With(account).With(ReceiptsAtStart);
        while (select.Step())
        {
            cursor.EnqueueReceipt(select.Int64(0));
        }
    }

    /// <summary>Reads a block of each of the first conversations and sends them merged by age, as far as all are
    /// known.</summary>
    private void ReadMerged(
        long account,
        DeliveryCursor cursor,
        PageBudget page,
        List<StoredMessage> messages,
        List<GapFacts> gaps)
    {
        var window = cursor.PeekConversations(ConversationsMerged);
        var runs = new List<(ConversationPicture Conversation, MessageRow Row)>();
        var unfinished = new HashSet<long>();
        var knownUntil = long.MaxValue;
        foreach (var number in window)
        {
            if (FindConversation(number, account) is not { } conversation)
            {
                continue;
            }

            Invariant.Holds(conversation.HasMember(account));
            var next = FindNext(account, cursor, conversation, gaps);
            if (next > conversation.HeadSequence)
            {
                continue;
            }

            var block = walk.ReadBlock(conversation, next);
            foreach (var row in block)
            {
                runs.Add((conversation, row));
            }

            if (block[^1].Sequence < conversation.HeadSequence)
            {
                unfinished.Add(number);
                knownUntil = Math.Min(knownUntil, block[^1].Position);
            }
        }

        if (window.Count > 1)
        {
            runs.Sort(static (one, other) => one.Row.Position.CompareTo(other.Row.Position));
        }

        foreach (var (conversation, row) in runs)
        {
            if (row.Position > knownUntil || !page.TryTake(row.TextBytes))
            {
                unfinished.Add(conversation.Number);
                continue;
            }

            messages.Add(Named(conversation, row));
            cursor.LastSent[conversation.Number] = row.Sequence;
        }

        cursor.Replace(window.Count, [.. window.Where(unfinished.Contains)]);
    }

    /// <summary>The next sequence to send; what a room dropped before it is told.</summary>
    private static long FindNext(
        long account, DeliveryCursor cursor, in ConversationPicture conversation, List<GapFacts> gaps)
    {
        var number = conversation.Number;
        var had = cursor.UpTo(number, conversation.HeadSequence);
        var next = Math.Max(had, conversation.Delivered(account)) + 1;
        if (next >= conversation.FirstKept)
        {
            return next;
        }

        Invariant.Holds(conversation.RoomName is not null);
        gaps.Add(new GapFacts(number, conversation.RoomName, next, conversation.FirstKept - 1));
        cursor.LastSent[number] = conversation.FirstKept - 1;
        return conversation.FirstKept;
    }

    private List<ReceiptFacts> ReadReceipts(long account, DeliveryCursor cursor, int receiptsMax)
    {
        var receipts = new List<ReceiptFacts>();
        while (cursor.HasReceipts && receipts.Count < receiptsMax)
        {
            if (FindConversation(cursor.DequeueReceipt(), account) is { } conversation)
            {
                var other = conversation.Other(account);
                var delivered = conversation.Delivered(other);
                if (other != account && delivered > 0)
                {
                    var read = FindReadMark(conversation.Number, other)?.Told ?? 0;
                    receipts.Add(new ReceiptFacts(conversation.Number, GetName(other), delivered, read));
                }
            }
        }

        return receipts;
    }
}
