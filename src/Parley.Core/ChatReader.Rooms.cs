using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Rooms: which there are for an account, and who is in them.</content>
internal sealed partial class ChatReader
{
    private const string RoomColumns = """
        SELECT r.number, r.name, r.by_invitation, r.topic, o.name, r.members, r.retention_days, c.head_sequence,
               c.first_kept, m.standing, m.muted, m.delivered, m.first_sequence
        """;

    private Statement SelectRooms => field ??= database.Prepare(
        $"""
        {RoomColumns}
        FROM rooms r
        JOIN conversations c ON c.number = r.number
        JOIN accounts o ON o.number = r.owner
        LEFT JOIN room_members m ON m.room = r.number AND m.account = $account
        WHERE r.name > $after_name AND (r.by_invitation = 0 OR m.standing >= $standing)
        ORDER BY r.name
        """);

    // A cross join keeps its order in SQLite: from the account's own places to their rooms, never through all rooms.
    private Statement SelectOwnRooms => field ??= database.Prepare(
        $"""
        {RoomColumns}
        FROM room_members m
        CROSS JOIN rooms r ON r.number = m.room
        JOIN conversations c ON c.number = r.number
        JOIN accounts o ON o.number = r.owner
        WHERE m.account = $account AND r.name > $after_name AND m.standing >= $standing
        ORDER BY r.name
        """);

    private Statement SelectPlace => field ??= database.Prepare(
        """
        SELECT r.name, m.first_sequence, m.delivered, r.owner
        FROM rooms r JOIN room_members m ON m.room = r.number
        WHERE r.number = $room AND m.account = $account AND m.standing >= $standing
        """);

    private Statement SelectRoomNamed => field ??= database.Prepare(
        "SELECT number FROM rooms WHERE name = $name");

    private Statement SelectMembers => field ??= database.Prepare(
        """
        SELECT a.name, m.account, m.standing, m.muted, m.barred, m.delivered, COALESCE(d.told, 0)
        FROM room_members m JOIN accounts a ON a.number = m.account
        LEFT JOIN read_marks d ON d.conversation = m.room AND d.account = m.account
        WHERE m.room = $room AND a.name > $after_name ORDER BY a.name LIMIT $rows
        """);

    /// <summary>The rooms an account may see whose name matches (<c>*</c> and <c>?</c>), above
    /// <paramref name="afterName"/>, by name.</summary>
    public IReadOnlyList<RoomPicture> ListRooms(
        long account, string pattern, string afterName, bool onlyOwn, int roomsMax)
    {
        BeginRead();
        try
        {
            var found = new List<RoomPicture>();
            var rooms = onlyOwn ? SelectOwnRooms : SelectRooms;
            var select = rooms.Start().With(account).WithText(afterName).With((long)RoomStanding.Invited);
            while (found.Count < roomsMax && select.Step())
            {
                var room = ReadRoom(select);
                if (Wildcard.Matches(pattern, room.Name))
                {
                    found.Add(room);
                }
            }

            select.End();
            return found;
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>People of a room above <paramref name="afterName"/>, by name; null when the account is not in it.
    /// </summary>
    public IReadOnlyList<RoomMemberPicture>? ListRoomMembers(long room, long account, string afterName, int rowsMax)
    {
        BeginRead();
        try
        {
            if (FindPlace(room, account) is not { } place)
            {
                return null;
            }

            var members = new List<RoomMemberPicture>();
            var select = SelectMembers.Start().With(room).WithText(afterName).With(rowsMax);
            while (select.Step())
            {
                members.Add(new RoomMemberPicture
                {
                    Name = select.Text(0),
                    IsOwner = select.Int64(1) == place.Owner,
                    Standing = (RoomStanding)select.Int32(2),
                    IsMuted = select.Int64(3) != 0,
                    IsBarred = select.Int64(4) != 0,
                    DeliveredSequence = select.Int64(5),
                    ReadSequence = select.Int64(6),
                });
            }

            return members;
        }
        finally
        {
            EndIfOpen();
        }
    }

    private static RoomPicture ReadRoom(Statement row) => new()
    {
        Number = row.Int64(0),
        Name = row.Text(1),
        IsByInvitation = row.Int64(2) != 0,
        Topic = row.Text(3),
        Owner = row.Text(4),
        Members = row.Int32(5),
        RetentionDays = row.Int32(6),
        HeadSequence = row.Int64(7),
        FirstSequence = Math.Max(row.Int64(8), row.Int64(12)),
        Standing = (RoomStanding)row.Int32(9),
        IsMuted = row.Int64(10) != 0,
        DeliveredSequence = row.Int64(11),
    };

    private RoomPlace? FindPlace(long room, long account)
    {
        var select = SelectPlace.Start().With(room).With(account).With((long)RoomStanding.Member);
        if (!select.Step())
        {
            return null;
        }

        var place = new RoomPlace(select.Text(0), select.Int64(1), select.Int64(2), select.Int64(3));
        select.End();
        return place;
    }

    private ConversationPicture? FindRoomConversation(long account, string name)
    {
        var select = SelectRoomNamed.Start().WithText(name);
        if (!select.Step())
        {
            return null;
        }

        var number = select.Int64(0);
        select.End();
        return FindConversation(number, account);
    }
}

/// <summary>The place of an account inside a room.</summary>
/// <param name="RoomName">Without the '#'.</param>
/// <param name="FirstSequence">The first it may read.</param>
/// <param name="Delivered">What it has acknowledged.</param>
/// <param name="Owner">The room's owner.</param>
internal readonly record struct RoomPlace(string RoomName, long FirstSequence, long Delivered, long Owner);

/// <summary>A room as an account sees it.</summary>
internal sealed record RoomPicture
{
    public required long Number { get; init; }

    /// <summary>Without the '#'.</summary>
    public required string Name { get; init; }

    public required bool IsByInvitation { get; init; }

    public required string Topic { get; init; }

    public required string Owner { get; init; }

    public required int Members { get; init; }

    public required int RetentionDays { get; init; }

    public required long HeadSequence { get; init; }

    /// <summary>The first that is kept and that the account may read.</summary>
    public required long FirstSequence { get; init; }

    /// <summary>What the account is to it.</summary>
    public required RoomStanding Standing { get; init; }

    public required bool IsMuted { get; init; }

    /// <summary>The account's mark; 0 outside.</summary>
    public required long DeliveredSequence { get; init; }
}

/// <summary>Somebody who has to do with a room.</summary>
internal sealed record RoomMemberPicture
{
    public required string Name { get; init; }

    public required bool IsOwner { get; init; }

    public required RoomStanding Standing { get; init; }

    public required bool IsMuted { get; init; }

    public required bool IsBarred { get; init; }

    public required long DeliveredSequence { get; init; }

    /// <summary>As far as others may know.</summary>
    public required long ReadSequence { get; init; }
}
