using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Search;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Search: an index offers, the state decides.</content>
/// <remarks>
/// Whether a message is there and may be read by the account is looked up in one and the same read transaction, for
/// each message, and what it says comes from there. A transaction copies a few messages and ends before their words
/// are compared: a search keeps nobody from a checkpoint.
/// </remarks>
internal sealed partial class ChatReader
{
    /// <summary>Messages copied in one transaction: 256 KiB of text at most.</summary>
    private const int LooksAtOnce = 16;

    /// <summary>Edited or deleted messages that the index takes at once: 1 MiB of text at most.</summary>
    private const int RewrittenAtOnce = 64;

    private Statement SelectOwnConversations => field ??= database.Prepare(
        """
        SELECT c.number, c.head_position
        FROM (
            SELECT conversation AS number FROM memberships WHERE account = $account
            UNION ALL
            SELECT room FROM room_members WHERE account = $account AND standing >= $standing) own
        CROSS JOIN conversations c ON c.number = own.number
        WHERE c.head_sequence >= c.first_kept
        ORDER BY c.head_position DESC LIMIT $conversations
        """);

    private Statement SelectAtPosition => field ??= database.Prepare(
        """
        SELECT m.conversation, m.sequence, m.sender, m.client, m.counter, m.sent_at_us, m.text, c.edited_at_us
        FROM messages m
        LEFT JOIN changed_messages c ON c.conversation = m.conversation AND c.sequence = m.sequence
        WHERE m.position = $position
        """);

    private Statement SelectRewritten => field ??= database.Prepare(
        """
        SELECT c.position, m.conversation, m.text, c.changed
        FROM changed_messages c JOIN messages m ON m.position = c.position
        WHERE c.changed > $after AND c.changed <= $through AND c.position <= $after ORDER BY c.changed LIMIT $rows
        """);

    private Statement SelectTextsAfter => field ??= database.Prepare(
        """
        SELECT position, conversation, text FROM messages
        WHERE position > $after AND position <= $through ORDER BY position LIMIT $rows
        """);

    private Statement SelectPositionsAfter => field ??= database.Prepare(
        """
        SELECT position FROM messages WHERE position > $after AND position <= $through ORDER BY position LIMIT $rows
        """);

    /// <summary>The newest messages with all the words that the account may read.</summary>
    /// <exception cref="MessageIndexException">The index cannot say.</exception>
    public SearchPage Search(long account, in SearchWish wish, IMessageIndex index, Func<bool> isOver)
    {
        var (conversations, appliedIndex) = FindSearched(account, wish.With, out var knowsPartner);
        var searched = conversations.Take(SearchRun.ConversationsMax).ToList();
        var offers = new OfferMerge(index, wish.Query.Terms, searched, wish.Before, isOver);
        var search = new SearchRun(wish, offers, isOver);
        var only = wish.With is null || searched.Count == 0 ? (long?)null : searched[0].Number;
        while (search.GoesOn && search.Next(LooksAtOnce) is { Count: > 0 } positions)
        {
            foreach (var (conversation, row) in ReadReadable(positions, account, only))
            {
                if (search.GoesOn && search.Wants(row))
                {
                    search.Found(Named(conversation, row));
                }
            }
        }

        return search.ToPage(appliedIndex, knowsPartner, isLeftOut: conversations.Count > searched.Count);
    }

    /// <summary>Messages for the index, in order: above one position, up to another; at least one if there is one.
    /// </summary>
    public TextBatch ReadTexts(long after, long through, int messagesMax, int bytesMax)
    {
        var messages = new List<IndexedMessage>();
        BeginRead();
        try
        {
            var page = new PageBudget(messagesMax, bytesMax);
            var isCut = false;
            var select = SelectTextsAfter.Start().With(after).With(through).With(messagesMax + 1);
            while (!isCut && select.Step())
            {
                isCut = !page.TryTake(select.Bytes(2).Length);
                if (!isCut)
                {
                    messages.Add(new IndexedMessage(select.Int64(0), select.Int64(1), select.Text(2)));
                }
            }

            select.End();
            return WithRewritten(new TextBatch(messages, isCut ? messages[^1].Position : through), after);
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>With the texts of messages before it that were edited or deleted meanwhile, as far as so many go.
    /// </summary>
    private TextBatch WithRewritten(in TextBatch batch, long after)
    {
        var (rewritten, last) = (new List<IndexedMessage>(), 0L);
        var select = SelectRewritten.Start().With(after).With(batch.Through).With(RewrittenAtOnce);
        while (select.Step())
        {
            rewritten.Add(new IndexedMessage(select.Int64(0), select.Int64(1), select.Text(2)));
            last = select.Int64(3);
        }

        var through = rewritten.Count < RewrittenAtOnce ? batch.Through : last;
        return new TextBatch([.. batch.Messages.TakeWhile(message => message.Position <= through)], through)
        {
            Rewritten = rewritten,
        };
    }

    /// <summary>The positions of messages above one, up to another.</summary>
    public IReadOnlyList<long> ReadPositions(long after, long through, int rowsMax)
    {
        var positions = new List<long>();
        BeginRead();
        try
        {
            var select = SelectPositionsAfter.Start().With(after).With(through).With(rowsMax);
            while (select.Step())
            {
                positions.Add(select.Int64(0));
            }

            return positions;
        }
        finally
        {
            EndIfOpen();
        }
    }

    private (List<(long Number, long HeadPosition)> Conversations, long AppliedIndex) FindSearched(
        long account, string? with, out bool knowsPartner)
    {
        var found = new List<(long Number, long HeadPosition)>();
        knowsPartner = with is null;
        var appliedIndex = BeginRead();
        try
        {
            if (with is not null)
            {
                var only = with.StartsWith('#')
                    ? FindRoomConversation(account, with[1..])
                    : FindConversationWith(account, with);
                if (only is { } conversation)
                {
                    knowsPartner = true;
                    found.Add((conversation.Number, conversation.HeadPosition));
                }

                return (found, appliedIndex);
            }

            var select = SelectOwnConversations.Start()
                .With(account).With((long)RoomStanding.Member).With(SearchRun.ConversationsMax + 1);
            while (select.Step())
            {
                found.Add((select.Int64(0), select.Int64(1)));
            }

            return (found, appliedIndex);
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>Of these, the messages that the account may read, in one transaction.</summary>
    /// <param name="positions">Where to look.</param>
    /// <param name="account">Who asks.</param>
    /// <param name="only">The one conversation that is meant; null: any.</param>
    private List<(ConversationPicture Conversation, MessageRow Row)> ReadReadable(
        IReadOnlyList<long> positions, long account, long? only)
    {
        var readable = new List<(ConversationPicture, MessageRow)>(positions.Count);
        var seen = new Dictionary<long, ConversationPicture?>();
        BeginRead();
        try
        {
            foreach (var position in positions)
            {
                var select = SelectAtPosition.Start().With(position);
                if (!select.Step())
                {
                    continue;
                }

                var number = select.Int64(0);
                var row = new MessageRow(
                    select.Int64(1), position, select.Int64(2), (ulong)select.Int64(3), (ulong)select.Int64(4),
                    select.Int64(5), select.Text(6), select.Bytes(6).Length)
                {
                    EditedAtUs = select.Int64(7), // NULL, which reads as 0. No words find a tombstone, which has none.
                };
                select.End();
                if (!seen.TryGetValue(number, out var conversation))
                {
                    conversation = only is null || only == number ? FindListed(number, account) : null;
                    seen.Add(number, conversation);
                }

                if (conversation is { } found && row.Sequence >= found.FirstReadable)
                {
                    readable.Add((found, row));
                }
            }

            return readable;
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>As <see cref="ReadHistory"/> finds it by a name: one with an account that was deleted, whose name
    /// another has now, is not there.</summary>
    private ConversationPicture? FindListed(long number, long account)
    {
        if (FindConversation(number, account) is not { } conversation || !conversation.HasMember(account))
        {
            return null;
        }

        var isListed = conversation.RoomName is not null
            || FindConversationWith(account, GetName(conversation.Other(account)))?.Number == number;
        return isListed ? conversation : null;
    }
}
