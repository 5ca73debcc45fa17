namespace Parley.Core.Storage;

/// <summary>Reads a conversation forward although its rows only point back: in blocks, each from its end.</summary>
internal sealed class MessageWalk(Database database)
{
    private readonly List<MessageRow> rows = [];

    private Statement SelectAnchor => field ??= database.Prepare(
        "SELECT position FROM anchors WHERE conversation = $conversation AND sequence = $sequence");

    private Statement SelectMessage => field ??= database.Prepare(
        """
        SELECT m.sequence, m.conversation_previous, m.sender, m.client, m.counter, m.sent_at_us, m.text,
               c.edited_at_us, c.deleted_at_us, c.deleted_by
        FROM messages m
        LEFT JOIN changed_messages c ON c.conversation = m.conversation AND c.sequence = m.sequence
        WHERE m.position = $position
        """);

    private Statement SelectLink => field ??= database.Prepare(
        """
        SELECT sequence, conversation_previous, sender, low_messages FROM messages WHERE position = $position
        """);

    /// <summary>The messages from a kept sequence up to the next anchor or the head, in order; at least one. Valid
    /// until the next call.</summary>
    public IReadOnlyList<MessageRow> ReadBlock(in ConversationPicture conversation, long firstSequence)
    {
        var (sequence, position) = Start(conversation, firstSequence);
        rows.Clear();
        for (; sequence >= firstSequence; sequence--)
        {
            rows.Add(Read(sequence, position, out position));
        }

        rows.Reverse();
        return rows;
    }

    /// <summary>The messages from a kept sequence back to the first kept one; each is read when it is asked for.
    /// </summary>
    public IEnumerable<MessageRow> ReadBack(ConversationPicture conversation, long lastSequence)
    {
        var looks = 0;
        var position = FindLink(conversation, lastSequence, ref looks).Position;
        for (var sequence = lastSequence; sequence >= conversation.FirstKept; sequence--)
        {
            yield return Read(sequence, position, out position);
        }
    }

    /// <summary>One message whose sequence is kept.</summary>
    public MessageRow ReadOne(in ConversationPicture conversation, long sequence)
    {
        var looks = 0;
        return Read(sequence, FindLink(conversation, sequence, ref looks).Position, out _);
    }

    /// <summary>A message without its text.</summary>
    /// <param name="position">Where it stands.</param>
    /// <param name="sequence">Which one that is.</param>
    /// <param name="looks">Counts messages that were looked at.</param>
    public MessageLink ReadLink(long position, long sequence, ref int looks)
    {
        var select = SelectLink.Start().With(position);
        Invariant.Holds(select.Step() && select.Int64(0) == sequence);
        var link = new MessageLink(position, select.Int64(1), select.Int64(2), select.Int64(3));
        select.End();
        looks++;
        return link;
    }

    /// <summary>The link of a sequence that is kept: back from the next anchor or the head.</summary>
    public MessageLink FindLink(in ConversationPicture conversation, long sequence, ref int looks)
    {
        var (at, position) = Start(conversation, sequence);
        var link = ReadLink(position, at, ref looks);
        while (at > sequence)
        {
            link = ReadLink(link.Previous, --at, ref looks);
        }

        return link;
    }

    /// <summary>Where a walk back to a sequence begins.</summary>
    private (long Sequence, long Position) Start(in ConversationPicture conversation, long sequence)
    {
        Invariant.Holds(sequence >= conversation.FirstKept && sequence <= conversation.HeadSequence);
        var anchor = Anchoring.NextAnchor(sequence);
        return anchor <= conversation.HeadSequence
            ? (anchor, GetAnchor(conversation.Number, anchor))
            : (conversation.HeadSequence, conversation.HeadPosition);
    }

    private MessageRow Read(long sequence, long position, out long previous)
    {
        var select = SelectMessage.Start().With(position);
        Invariant.Holds(select.Step() && select.Int64(0) == sequence);
        var row = new MessageRow(
            sequence, position, select.Int64(2), (ulong)select.Int64(3), (ulong)select.Int64(4), select.Int64(5),
            select.Text(6), select.Bytes(6).Length)
        {
            // NULL, which reads as 0, where it is as it was sent.
            EditedAtUs = select.Int64(7),
            DeletedAtUs = select.Int64(8),
            DeletedBy = select.Int64(9),
        };
        previous = select.Int64(1);
        select.End();
        return row;
    }

    private long GetAnchor(long conversation, long sequence)
    {
        var select = SelectAnchor.Start().With(conversation).With(sequence);
        Invariant.Holds(select.Step());
        var position = select.Int64(0);
        select.End();
        return position;
    }
}

/// <summary>A message as it is stored.</summary>
internal readonly record struct MessageRow(
    long Sequence, long Position, long Sender, ulong Client, ulong Counter, long SentAtUs, string Text, int TextBytes)
{
    /// <summary>Log time; 0 for never.</summary>
    public long EditedAtUs { get; init; }

    /// <summary>Log time; 0: it is no tombstone.</summary>
    public long DeletedAtUs { get; init; }

    /// <summary>The account's number; 0 for nobody.</summary>
    public long DeletedBy { get; init; }
}

/// <summary>What a message tells without its text.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Previous">Where the one before it in its conversation stands.</param>
/// <param name="Sender">Who sent it.</param>
/// <param name="LowMessages">How many the low member had sent with it.</param>
internal readonly record struct MessageLink(long Position, long Previous, long Sender, long LowMessages);

/// <summary>A conversation as a reader sees it.</summary>
internal readonly record struct ConversationPicture(
    long Number, long LowAccount, long HighAccount, long HeadSequence, long HeadPosition, long FirstKept,
    long LowDelivered, long HighDelivered)
{
    /// <summary>Without the '#'; null in a direct conversation.</summary>
    public string? RoomName { get; init; }

    /// <summary>The first sequence that retention kept and the reading account may read.</summary>
    public long FirstReadable { get; init; } = FirstKept;

    /// <summary>In a room: the reading account's mark.</summary>
    public long DeliveredInRoom { get; init; }

    public long Other(long account) => account == LowAccount ? HighAccount : LowAccount;

    public bool HasMember(long account) =>
        RoomName is not null || account == LowAccount || account == HighAccount;

    public long Delivered(long account) => RoomName is not null
        ? DeliveredInRoom
        : account == LowAccount ? LowDelivered : HighDelivered;
}
