using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <summary>Rebuilds from the file which conversations have something undelivered.</summary>
internal static class PendingDeliveries
{
    private const string Select = """
        SELECT c.number, c.low_account, c.high_account, c.low_delivered, c.high_delivered, c.head_sequence,
               c.head_position,
               EXISTS (SELECT 1 FROM accounts a WHERE a.number = c.low_account AND a.deleted_at_us = 0),
               EXISTS (SELECT 1 FROM accounts a WHERE a.number = c.high_account AND a.deleted_at_us = 0)
        FROM conversations c
        WHERE c.low_delivered < c.head_sequence OR c.high_delivered < c.head_sequence
        ORDER BY c.head_position
        """;

    private const string SelectInRooms = """
        SELECT m.account, m.room, c.head_position
        FROM rooms r JOIN conversations c ON c.number = r.number JOIN room_members m ON m.room = r.number
        WHERE m.standing >= $standing AND m.delivered < c.head_sequence
        ORDER BY c.head_position, m.account
        """;

    public static void Load(Database database, DeliveryFeeds feeds)
    {
        var read = database.Prepare(Select).Start();
        var changes = new List<DeliveryChange>();
        while (read.Step())
        {
            var (low, high) = (read.Int64(1), read.Int64(2));
            if (read.Int64(3) < read.Int64(5) && read.Int64(7) != 0)
            {
                changes.Add(Pending(low, read));
            }

            if (high != low && read.Int64(4) < read.Int64(5) && read.Int64(8) != 0)
            {
                changes.Add(Pending(high, read));
            }
        }

        var rooms = database.Prepare(SelectInRooms).Start().With((long)RoomStanding.Member);
        while (rooms.Step())
        {
            changes.Add(new DeliveryChange(
                rooms.Int64(0), rooms.Int64(1), DeliveryChangeKind.Message, rooms.Int64(2)));
        }

        feeds.Publish(changes);
    }

    private static DeliveryChange Pending(long account, Statement row) =>
        new(account, row.Int64(0), DeliveryChangeKind.Message, row.Int64(6));
}
