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

    // A cross join keeps its order in SQLite: from the one's rooms to the other's place in each.
    private Statement SelectSharedRoom => field ??= database.Prepare(
        """
        SELECT m.room
        FROM room_members m
        CROSS JOIN room_members o ON o.room = m.room AND o.account = $other
        WHERE m.account = $account AND m.standing >= $standing AND o.standing >= $standing
        ORDER BY m.room LIMIT 1
        """);

    /// <summary>Those of the others whom an account may know more about than their names: itself, who has written to
    /// it, and who is in a room with it.</summary>
    public IReadOnlySet<long> FindAcquaintances(long account, IReadOnlyCollection<long> others)
    {
        BeginRead();
        try
        {
            return others
                .Where(other => other > 0)
                .Where(other => other == account || HasWrittenTo(account, other) || SharesRoom(account, other))
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

    private bool SharesRoom(long account, long other)
    {
        var select = SelectSharedRoom.Start().With(other).With(account).With((long)RoomStanding.Member);
        var isShared = select.Step();
        select.End();
        return isShared;
    }
}
