using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Who may know about whom.</content>
internal sealed partial class ChatReader
{
    private Statement SelectTotalsOfPair => field ??= database.Prepare(
        """
        SELECT head_sequence, low_messages FROM conversations WHERE low_account = $low AND high_account = $high
        """);

    private Statement SelectRoomsOf => field ??= database.Prepare(
        "SELECT room FROM room_members WHERE account = $account AND standing >= $standing ORDER BY room");

    private Statement SelectIsIn => field ??= database.Prepare(
        "SELECT 1 FROM room_members WHERE room = $room AND account = $account AND standing >= $standing");

    /// <summary>Those of the others whom an account may know more about than their names: itself, who has written to
    /// it, and who is in a room with it. The account's own rooms are read once, and each of the others is looked for
    /// once in each: <see cref="Limits.RoomsPerAccountMax"/> looks at most, wherever the others are.</summary>
    public IReadOnlySet<long> FindAcquaintances(long account, IReadOnlyCollection<long> others)
    {
        BeginRead();
        try
        {
            var rooms = FindRooms(account);
            return others.Distinct()
                .Where(other => other > 0)
                .Where(other => other == account || HasWrittenTo(account, other)
                    || rooms.Exists(room => IsIn(room, other)))
                .ToHashSet();
        }
        finally
        {
            EndIfOpen();
        }
    }

    /// <summary>To be written to is one's own doing; to write is not.</summary>
    private bool HasWrittenTo(long account, long other)
    {
        var isLow = other < account;
        var select = SelectTotalsOfPair.Start().With(Math.Min(account, other)).With(Math.Max(account, other));
        if (!select.Step())
        {
            return false;
        }

        var (head, low) = (select.Int64(0), select.Int64(1));
        select.End();
        return (isLow ? low : head - low) > 0;
    }

    private List<long> FindRooms(long account)
    {
        var rooms = new List<long>();
        var select = SelectRoomsOf.Start().With(account).With((long)RoomStanding.Member);
        while (select.Step())
        {
            rooms.Add(select.Int64(0));
        }

        return rooms;
    }

    private bool IsIn(long room, long account)
    {
        var select = SelectIsIn.Start().With(room).With(account).With((long)RoomStanding.Member);
        var isIn = select.Step();
        select.End();
        return isIn;
    }
}
