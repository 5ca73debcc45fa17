using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>An account's conversations, and what is unread in them.</content>
internal sealed partial class ChatReader
{
    /// <summary>Messages of a room that are looked at for whose they are; beyond, "at least" is the answer.</summary>
    public const int UnreadLookedAtMax = 1_000;

    /// <summary>Messages that one page of conversations looks at; then it ends. Some milliseconds, for nobody waits for
    /// a turn here.</summary>
    private const int LooksPerPage = 2_000;

    /// <summary>Conversations that one page looks into for what is unread; then it ends.</summary>
    private const int ConversationsPerPage = 5_000;

    private Statement SelectConversationsOfAccount => field ??= database.Prepare(
        """
        SELECT conversation FROM memberships WHERE account = $account AND conversation < $before
        UNION ALL
        SELECT room FROM room_members WHERE account = $account AND standing >= $standing AND room < $before
        ORDER BY 1 DESC LIMIT $rows
        """);

    private Statement SelectReadMark => field ??= database.Prepare(
        "SELECT sequence, told FROM read_marks WHERE conversation = $conversation AND account = $account");

    private Statement SelectSentByLow => field ??= database.Prepare(
        "SELECT low_messages FROM conversations WHERE number = $number");

    private Statement SelectSentAt => field ??= database.Prepare(
        "SELECT sent_at_us FROM messages WHERE position = $position");

    /// <summary>The conversations of an account with a number below <paramref name="before"/>, the newest first; a page
    /// also ends when it has looked at many messages, or for something unread into many conversations.</summary>
    public ConversationList ListConversations(long account, long before, int rowsMax, bool onlyUnread = false)
    {
        var appliedIndex = BeginRead();
        try
        {
            var numbers = new List<long>();
            var select = SelectConversationsOfAccount.Start()
                .With(account).With(before).With((long)RoomStanding.Member)
                .With((onlyUnread ? ConversationsPerPage : rowsMax) + 1);
            while (select.Step())
            {
                numbers.Add(select.Int64(0));
            }

            var (conversations, looks, seen) = (new List<ConversationEntry>(), 0, 0);
            foreach (var number in numbers.Take(onlyUnread ? ConversationsPerPage : rowsMax))
            {
                if (looks >= LooksPerPage || conversations.Count == rowsMax)
                {
                    break;
                }

                // In one transaction with the list: it is there.
                var picture = FindConversation(number, account);
                Invariant.Holds(picture is not null);
                seen++;
                var entry = ReadEntry(picture.Value, account, ref looks);
                if (!onlyUnread || entry.HasUnread)
                {
                    conversations.Add(entry);
                }
            }

            return new ConversationList(
                appliedIndex, conversations, numbers.Count > seen, seen > 0 ? numbers[seen - 1] : before);
        }
        finally
        {
            EndIfOpen();
        }
    }

    private ConversationEntry ReadEntry(in ConversationPicture conversation, long account, ref int looks)
    {
        var mark = FindReadMark(conversation.Number, account);
        var read = mark?.Sequence ?? conversation.Delivered(account);
        var from = Math.Max(read + 1, conversation.FirstReadable);
        var isRoom = conversation.RoomName is not null;
        var (unread, isLeast) = from > conversation.HeadSequence ? (0, false)
            : isRoom ? CountInRoom(conversation, account, from, ref looks)
            : (CountInDirect(conversation, account, from, ref looks), false);
        var other = isRoom ? 0 : conversation.Other(account);
        return new ConversationEntry
        {
            Number = conversation.Number,
            With = isRoom ? $"#{conversation.RoomName}" : GetName(other),
            HeadSequence = conversation.HeadSequence,
            LastAtUs = conversation.HeadSequence < conversation.FirstReadable ? 0 : ReadSentAt(conversation),
            DeliveredSequence = conversation.Delivered(account),
            ReadSequence = read,
            Unread = unread,
            UnreadIsLeast = isLeast,
        };
    }

    /// <summary>What the other has sent from a sequence on: the totals stand beside each message.</summary>
    private long CountInDirect(in ConversationPicture conversation, long account, long from, ref int looks)
    {
        var first = walk.FindLink(conversation, from, ref looks);
        var isLow = account == conversation.LowAccount;
        var select = SelectSentByLow.Start().With(conversation.Number);
        Invariant.Holds(select.Step());
        var sentByLow = select.Int64(0);
        select.End();
        var head = isLow ? conversation.HeadSequence - sentByLow : sentByLow;
        var atFirst = isLow ? from - first.LowMessages : first.LowMessages;
        return head - atFirst + (first.Sender == account ? 0 : 1);
    }

    private (long Unread, bool IsLeast) CountInRoom(
        in ConversationPicture conversation, long account, long from, ref int looks)
    {
        var first = Math.Max(from, conversation.HeadSequence - UnreadLookedAtMax + 1);
        var (unread, position) = (0L, conversation.HeadPosition);
        for (var sequence = conversation.HeadSequence; sequence >= first; sequence--)
        {
            var link = walk.ReadLink(position, sequence, ref looks);
            unread += link.Sender == account ? 0 : 1;
            position = link.Previous;
        }

        return (unread, first > from);
    }

    private ReadMarkFacts? FindReadMark(long conversation, long account)
    {
        var select = SelectReadMark.Start().With(conversation).With(account);
        if (!select.Step())
        {
            return null;
        }

        var mark = new ReadMarkFacts(select.Int64(0), select.Int64(1));
        select.End();
        return mark;
    }

    private long ReadSentAt(in ConversationPicture conversation)
    {
        var select = SelectSentAt.Start().With(conversation.HeadPosition);
        Invariant.Holds(select.Step());
        var at = select.Int64(0);
        select.End();
        return at;
    }
}

/// <summary>A page of an account's conversations.</summary>
/// <param name="AppliedIndex">What the state had applied.</param>
/// <param name="Conversations">Those wanted.</param>
/// <param name="HasMore">There are some below.</param>
/// <param name="Last">The number of the last that was looked into, wanted or not: the next page begins below.</param>
internal sealed record ConversationList(
    long AppliedIndex, IReadOnlyList<ConversationEntry> Conversations, bool HasMore, long Last);

/// <summary>A conversation as one of its members sees it.</summary>
internal sealed record ConversationEntry
{
    public required long Number { get; init; }

    /// <summary>The other's name, the own one, or a room's with its '#'.</summary>
    public required string With { get; init; }

    /// <summary>0 before the first message.</summary>
    public required long HeadSequence { get; init; }

    /// <summary>When the last message was stored; 0 when it is gone, or not for the account to read.</summary>
    public required long LastAtUs { get; init; }

    public required long DeliveredSequence { get; init; }

    /// <summary>At most what was delivered.</summary>
    public required long ReadSequence { get; init; }

    /// <summary>Messages of others behind that which are kept and may be read.</summary>
    public required long Unread { get; init; }

    /// <summary>There may be more: not all were looked at.</summary>
    public required bool UnreadIsLeast { get; init; }

    public bool HasUnread => Unread > 0 || UnreadIsLeast;
}
