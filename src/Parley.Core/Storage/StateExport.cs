using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <summary>Reads what people made out of a state file that nobody writes, row by row, in an order that stays. Secrets
/// are not among it. One thread; one list at a time.</summary>
internal sealed class StateExport(string path) : IDisposable
{
    private readonly Database database = Database.OpenForChecking(path);

    /// <summary>All there ever were and are remembered, by number.</summary>
    public IEnumerable<ExportedAccount> ReadAccounts() => Read(
        "SELECT number, name, role, created_at_us, disabled_at_us, deleted_at_us FROM accounts ORDER BY number",
        row => new ExportedAccount(
            row.Int64(0), row.Text(1), row.Int64(2) == (long)AccountRole.Administrator, row.Int64(3), row.Int64(4),
            row.Int64(5)));

    /// <summary>Those that are open, by number.</summary>
    public IEnumerable<ExportedRoom> ReadRooms() => Read(
        """
        SELECT r.number, r.name, r.by_invitation, r.topic, r.owner, o.name, r.retention_days
        FROM rooms r JOIN accounts o ON o.number = r.owner ORDER BY r.number
        """,
        row => new ExportedRoom(
            row.Int64(0), row.Text(1), row.Int64(2) != 0, row.Text(3), new ExportedName(row.Int64(4), row.Text(5)),
            row.Int64(6)));

    /// <summary>Who is in a room, is invited, or is kept out of it, by room and account.</summary>
    public IEnumerable<ExportedRoomMember> ReadRoomMembers() => Read(
        """
        SELECT m.room, m.account, a.name, m.standing, m.muted, m.barred, m.delivered
        FROM room_members m JOIN accounts a ON a.number = m.account ORDER BY m.room, m.account
        """,
        row => new ExportedRoomMember(
            row.Int64(0), new ExportedName(row.Int64(1), row.Text(2)), (RoomStanding)row.Int64(3), row.Int64(4) != 0,
            row.Int64(5) != 0, row.Int64(6)));

    /// <summary>By number; of a room that was closed there may be messages left.</summary>
    public IEnumerable<ExportedConversation> ReadConversations() => Read(
        """
        SELECT c.number, c.low_account, COALESCE(l.name, ''), c.high_account, COALESCE(h.name, ''),
               COALESCE(r.name, ''), c.first_kept, c.head_sequence, c.low_delivered, c.high_delivered
        FROM conversations c
        LEFT JOIN accounts l ON l.number = c.low_account
        LEFT JOIN accounts h ON h.number = c.high_account
        LEFT JOIN rooms r ON r.number = c.number
        ORDER BY c.number
        """,
        row => new ExportedConversation
        {
            Number = row.Int64(0),
            Members = row.Int64(1) == 0
                ? []
                : [new(row.Int64(1), row.Text(2)), new(row.Int64(3), row.Text(4))],
            IsRoom = row.Int64(1) == 0,
            Room = row.Text(5),
            FirstKept = row.Int64(6),
            LastSequence = row.Int64(7),
            Delivered = row.Int64(1) == 0 ? [] : [row.Int64(8), row.Int64(9)],
        });

    /// <summary>In the order in which they were stored: so in each conversation by sequence.</summary>
    public IEnumerable<ExportedMessage> ReadMessages() => Read(
        """
        SELECT m.conversation, m.sequence, m.client, m.counter, m.sender, COALESCE(s.name, ''), m.sent_at_us, m.text,
               COALESCE(c.edited_at_us, 0), COALESCE(c.deleted_at_us, 0)
        FROM messages m
        LEFT JOIN changed_messages c ON c.conversation = m.conversation AND c.sequence = m.sequence
        LEFT JOIN accounts s ON s.number = m.sender
        ORDER BY m.position
        """,
        row => new ExportedMessage
        {
            Conversation = row.Int64(0),
            Sequence = row.Int64(1),
            Client = (ulong)row.Int64(2),
            Counter = (ulong)row.Int64(3),
            Sender = new(row.Int64(4), row.Text(5)),
            SentAtUs = row.Int64(6),
            Text = row.Text(7),
            EditedAtUs = row.Int64(8),
            DeletedAtUs = row.Int64(9),
        });

    public void Dispose() => database.Dispose();

    private IEnumerable<T> Read<T>(string sql, Func<Statement, T> toRow)
    {
        using var select = database.PrepareOnce(sql);
        while (select.Step())
        {
            yield return toRow(select);
        }
    }
}

/// <summary>An account as others call it; the number tells it from one that has the name later.</summary>
internal sealed record ExportedName(long Account, string Name);

/// <summary>An account; times are log time, 0 for never.</summary>
internal sealed record ExportedAccount(
    long Number, string Name, bool IsAdministrator, long CreatedAtUs, long DisabledAtUs, long DeletedAtUs);

/// <summary>A room; its number is its conversation's.</summary>
internal sealed record ExportedRoom(
    long Number, string Name, bool IsByInvitation, string Topic, ExportedName Owner, long RetentionDays);

/// <summary>Somebody's place in a room.</summary>
internal sealed record ExportedRoomMember(
    long Room, ExportedName Account, RoomStanding Standing, bool IsMuted, bool IsBarred, long Delivered);

/// <summary>A conversation; two members, or a room.</summary>
internal sealed record ExportedConversation
{
    public required long Number { get; init; }

    /// <summary>Two; none in a room.</summary>
    public required IReadOnlyList<ExportedName> Members { get; init; }

    public required bool IsRoom { get; init; }

    /// <summary>Empty when the room was closed, or it is none.</summary>
    public required string Room { get; init; }

    public required long FirstKept { get; init; }

    public required long LastSequence { get; init; }

    /// <summary>Of the members, in their order.</summary>
    public required IReadOnlyList<long> Delivered { get; init; }
}

/// <summary>A message as it is stored now.</summary>
internal sealed record ExportedMessage
{
    public required long Conversation { get; init; }

    public required long Sequence { get; init; }

    public required ulong Client { get; init; }

    public required ulong Counter { get; init; }

    public required ExportedName Sender { get; init; }

    public required long SentAtUs { get; init; }

    /// <summary>Empty in place of one that was deleted.</summary>
    public required string Text { get; init; }

    /// <summary>0 for never.</summary>
    public required long EditedAtUs { get; init; }

    /// <summary>0 for never.</summary>
    public required long DeletedAtUs { get; init; }
}
