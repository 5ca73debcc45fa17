namespace Parley.Core.Storage;

/// <summary>Reads a conversation forward although its rows only point back: in blocks, each from its end.</summary>
internal sealed class MessageWalk(Database database)
{
    private readonly List<MessageRow> rows = [];

    private Statement SelectAnchor => field ??= database.Prepare(
        "SELECT position FROM anchors WHERE conversation = $conversation AND sequence = $sequence");

    private Statement SelectMessage => field ??= database.Prepare(
        """
        SELECT sequence, conversation_previous, sender, client, counter, sent_at_us, text
        FROM messages WHERE position = $position
        """);

    /// <summary>The messages from a kept sequence up to the next anchor or the head, in order; at least one. Valid
    /// until the next call.</summary>
    public IReadOnlyList<MessageRow> ReadBlock(in ConversationPicture conversation, long firstSequence)
    {
        Invariant.Holds(firstSequence >= conversation.FirstKept && firstSequence <= conversation.HeadSequence);
        var anchor = Anchoring.NextAnchor(firstSequence);
        var (sequence, position) = anchor <= conversation.HeadSequence
            ? (anchor, GetAnchor(conversation.Number, anchor))
            : (conversation.HeadSequence, conversation.HeadPosition);
        rows.Clear();
        for (; sequence >= firstSequence; sequence--)
        {
            var select = SelectMessage.Start().With(position);
            Invariant.Holds(select.Step() && select.Int64(0) == sequence);
            rows.Add(new MessageRow(
                sequence, position, select.Int64(2), (ulong)select.Int64(3), (ulong)select.Int64(4), select.Int64(5),
                select.Text(6), select.Bytes(6).Length));
            position = select.Int64(1);
            select.End();
        }

        rows.Reverse();
        return rows;
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
    long Sequence, long Position, long Sender, ulong Client, ulong Counter, long SentAtUs, string Text, int TextBytes);

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
