using Parley.Core.Facts;
using Parley.Core.Storage;

namespace Parley.Core;

/// <content>What administrators did.</content>
internal sealed partial class ChatReader
{
    private Statement SelectAudit => field ??= database.Prepare(
        """
        SELECT number, at_us, actor_name, act, subject_name, detail FROM audit
        WHERE number < $before ORDER BY number DESC LIMIT $rows
        """);

    /// <summary>Rows with a log index below <paramref name="before"/>, the newest first.</summary>
    public IReadOnlyList<AuditRow> ReadAudit(long before, int rowsMax)
    {
        BeginRead();
        try
        {
            var rows = new List<AuditRow>();
            var select = SelectAudit.Start().With(before).With(rowsMax);
            while (select.Step())
            {
                rows.Add(new AuditRow
                {
                    LogIndex = select.Int64(0),
                    AtUs = select.Int64(1),
                    Actor = select.Text(2),
                    Act = (AuditAct)select.Int32(3),
                    Subject = select.Text(4),
                    Detail = select.Text(5),
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

/// <summary>An act of an administrator, as it was kept.</summary>
internal sealed record AuditRow
{
    public required long LogIndex { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long AtUs { get; init; }

    /// <summary>The administrator's name then.</summary>
    public required string Actor { get; init; }

    public required AuditAct Act { get; init; }

    /// <summary>The other account's name then; empty when the act concerned the cluster.</summary>
    public required string Subject { get; init; }

    public required string Detail { get; init; }
}
