using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Who is in which room; a room's people are in memory once they were asked for, until those of too many
/// others were asked for since.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly int membersInMemoryMax;
    private long membersInMemory;
    private long memberUses;

    /// <summary>How often the people of a room were read from the file.</summary>
    public long RoomsRead { get; private set; }

    private Statement InsertRoomMember => field ??= database.Prepare(
        """
        INSERT INTO room_members (room, account, standing, muted, barred, since, first_sequence, delivered)
        VALUES ($room, $account, $standing, $muted, $barred, $since, $first_sequence, $delivered)
        """,
        Schema.RoomMembers);

    private Statement UpdateRoomMember => field ??= database.Prepare(
        """
        UPDATE room_members
        SET standing = $standing, muted = $muted, barred = $barred, since = $since,
            first_sequence = $first_sequence, delivered = $delivered
        WHERE room = $room AND account = $account
        """,
        Schema.RoomMembers);

    private Statement DeleteRoomMember => field ??= database.Prepare(
        "DELETE FROM room_members WHERE room = $room AND account = $account");

    private Statement SelectRoomMembers => field ??= database.Prepare(
        """
        SELECT room, account, standing, muted, barred, since, first_sequence, delivered
        FROM room_members WHERE room = $room ORDER BY account
        """);

    private Statement SelectRoomsOfAccount => field ??= database.Prepare(
        "SELECT room FROM room_members WHERE account = $account ORDER BY room");

    private Statement CountRoomsOfAccount => field ??= database.Prepare(
        "SELECT COUNT(*) FROM room_members WHERE account = $account AND standing >= $standing");

    public int CountRooms(long account)
    {
        WriteCachedRows();
        var count = CountRoomsOfAccount.Start().With(account).With((long)RoomStanding.Member);
        Invariant.Holds(count.Step());
        var found = count.Int32(0);
        count.End();
        return found;
    }

    public IReadOnlyList<long> GetRooms(long account)
    {
        WriteCachedRows();
        var numbers = new List<long>();
        var select = SelectRoomsOfAccount.Start().With(account);
        while (select.Step())
        {
            numbers.Add(select.Int64(0));
        }

        return numbers;
    }

    public RoomMemberFacts? FindRoomMember(long room, long account) =>
        rooms.TryGetValue(room, out var row) ? LoadMembers(row).GetValueOrDefault(account)?.Facts : null;

    public IReadOnlyCollection<RoomMemberFacts> GetRoomMembers(long room) =>
        [.. LoadMembers(rooms[room]).Values.Select(member => member.Facts)];

    public void PutRoomMember(RoomMemberFacts member)
    {
        var room = rooms[member.Room];
        var members = LoadMembers(room);
        var wasInside = false;
        if (members.TryGetValue(member.Account, out var row))
        {
            wasInside = row.Facts.IsInside;
            row.Facts = member;
        }
        else
        {
            members.Add(member.Account, row = new RoomMemberRow { Facts = member });
            membersInMemory++;
        }

        Touch(row);
        CountInside(room, (member.IsInside ? 1 : 0) - (wasInside ? 1 : 0));
        if (wasInside && !member.IsInside)
        {
            ForgetReadMark(member.Room, member.Account);
            News.Changes.Add(new DeliveryChange(member.Account, member.Room, DeliveryChangeKind.Caught, 0));
        }

        TellOfRoom(member);
    }

    public void ForgetRoomMember(long room, long account)
    {
        var of = rooms[room];
        var members = LoadMembers(of);
        if (!members.Remove(account, out var row))
        {
            return;
        }

        DeleteRoomMember.Start().With(room).With(account).Run();
        Drop(row);
        membersInMemory--;
        CountInside(of, row.Facts.IsInside ? -1 : 0);
        ForgetReadMark(room, account);
        News.Changes.Add(new DeliveryChange(account, room, DeliveryChangeKind.Caught, 0));
        TellOfRoom(row.Facts);
    }

    public void MoveRoomMark(long room, long account, long sequence)
    {
        var row = LoadMembers(rooms[room])[account];
        var head = LoadConversation(room)?.HeadSequence ?? 0;
        Invariant.Holds(row.Facts.IsInside && sequence > row.Facts.Delivered && sequence <= head);
        PinReadMark(room, account, row.Facts.Delivered);
        row.Facts = row.Facts with { Delivered = sequence };
        Touch(row);
        if (sequence == head)
        {
            News.Changes.Add(new DeliveryChange(account, room, DeliveryChangeKind.Caught, 0));
        }
    }

    /// <summary>What the account sees of its rooms is another now.</summary>
    private void TellOfRoom(RoomMemberFacts member)
    {
        if (accounts.ContainsKey(member.Account))
        {
            News.AccountsToRing.Add(member.Account);
            News.Changes.Add(new DeliveryChange(member.Account, member.Room, DeliveryChangeKind.Rooms, 0));
        }
    }

    private void CountInside(RoomRow room, int more)
    {
        if (more != 0)
        {
            room.Facts = room.Facts with { Members = room.Facts.Members + more };
            Changed(room);
        }
    }

    private Dictionary<long, RoomMemberRow> LoadMembers(RoomRow room)
    {
        room.MembersUsed = ++memberUses;
        if (room.Members is { } known)
        {
            return known;
        }

        RoomsRead++;
        var members = new Dictionary<long, RoomMemberRow>();
        var select = SelectRoomMembers.Start().With(room.Facts.Number);
        while (select.Step())
        {
            var facts = new RoomMemberFacts(select.Int64(0), select.Int64(1), (RoomStanding)select.Int32(2))
            {
                IsMuted = select.Int64(3) != 0,
                IsBarred = select.Int64(4) != 0,
                Since = select.Int64(5),
                FirstSequence = select.Int64(6),
                Delivered = select.Int64(7),
            };
            members.Add(facts.Account, new RoomMemberRow
            {
                Facts = facts,
                StoredHash = rowHash.OfRow(Schema.RoomMembers, select),
                IsStored = true,
            });
        }

        membersInMemory += members.Count;
        return room.Members = members;
    }

    /// <summary>The rooms go that were quiet for longest, some more than must: it is not to be done with every batch.
    /// </summary>
    private void TrimRoomMembers()
    {
        if (membersInMemory <= membersInMemoryMax)
        {
            return;
        }

        foreach (var room in rooms.Values.Where(room => room.Members is not null).OrderBy(room => room.MembersUsed))
        {
            if (membersInMemory <= membersInMemoryMax / 4 * 3)
            {
                break;
            }

            membersInMemory -= room.Members!.Count;
            room.Members = null;
        }
    }

    private UInt128 WriteRoomMember(RoomMemberRow row) =>
        writer.Start(Schema.RoomMembers, row.IsStored ? UpdateRoomMember : InsertRoomMember)
            .Add(row.Facts.Room).Add(row.Facts.Account).Add((long)row.Facts.Standing).Add(row.Facts.IsMuted ? 1 : 0)
            .Add(row.Facts.IsBarred ? 1 : 0).Add(row.Facts.Since).Add(row.Facts.FirstSequence)
            .Add(row.Facts.Delivered).Write();
}
