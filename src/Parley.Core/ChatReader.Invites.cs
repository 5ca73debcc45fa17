using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Invitations that are good.</content>
internal sealed partial class ChatReader
{
    private Statement SelectInvites => field ??= database.Prepare(
        """
        SELECT number, creator, created_at_us, expires_at_us, uses_left FROM invites
        WHERE number > $after AND uses_left > 0 AND expires_at_us > $now_us ORDER BY number LIMIT $rows
        """);

    /// <summary>Those with which accounts can be made at this log time, with a number above <paramref name="after"/>,
    /// the oldest first.</summary>
    public IReadOnlyList<InvitePicture> ListInvites(long after, long nowUs, int rowsMax)
    {
        BeginRead();
        try
        {
            var rows = new List<InvitePicture>();
            var select = SelectInvites.Start().With(after).With(nowUs).With(rowsMax);
            while (select.Step())
            {
                rows.Add(new InvitePicture
                {
                    Number = select.Int64(0),
                    Creator = select.Int64(1),
                    CreatedAtUs = select.Int64(2),
                    ExpiresAtUs = select.Int64(3),
                    UsesLeft = select.Int32(4),
                });
            }

            return rows;
        }
        finally
        {
            EndIfOpen();
        }
    }
}

/// <summary>An invitation as administrators see it: without its code's hash.</summary>
internal sealed record InvitePicture
{
    /// <summary>The log index of the entry that made it.</summary>
    public required long Number { get; init; }

    /// <summary>The administrator's account number.</summary>
    public required long Creator { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long CreatedAtUs { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long ExpiresAtUs { get; init; }

    /// <summary>From 1.</summary>
    public required int UsesLeft { get; init; }
}
