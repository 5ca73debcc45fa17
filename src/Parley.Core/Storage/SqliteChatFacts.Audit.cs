using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>What administrators did; rows are only added, and the oldest go when there are too many.</content>
internal sealed partial class SqliteChatFacts
{
    private long auditRows;

    private Statement InsertAudit => field ??= database.Prepare(
        """
        INSERT INTO audit (number, at_us, actor, actor_name, act, subject, subject_name, detail)
        VALUES ($number, $at_us, $actor, $actor_name, $act, $subject, $subject_name, $detail)
        """,
        Schema.Audit);

    private Statement SelectOldestAudit => field ??= database.Prepare(
        """
        SELECT number, at_us, actor, actor_name, act, subject, subject_name, detail
        FROM audit ORDER BY number LIMIT 1
        """);

    private Statement DeleteAudit => field ??= database.Prepare("DELETE FROM audit WHERE number = $number");

    public void Audit(in AuditedAct act, in EntryStamp stamp)
    {
        if (auditRows == Limits.AuditRowsMax)
        {
            DropOldestAudit();
        }

        digest += writer.Start(Schema.Audit, InsertAudit)
            .Add(stamp.Index).Add(stamp.TimeUs).Add(act.Actor.Number).AddText(act.Actor.Name).Add((long)act.Act)
            .Add(act.Subject?.Number ?? 0).AddText(act.Subject?.Name ?? "").AddText(act.Detail).Write();
        auditRows++;
    }

    private void DropOldestAudit()
    {
        var select = SelectOldestAudit.Start();
        Invariant.Holds(select.Step());
        var number = select.Int64(0);
        digest -= rowHash.OfRow(Schema.Audit, select);
        select.End();
        DeleteAudit.Start().With(number).Run();
        auditRows--;
    }

    private void CountAudit() => auditRows = database.ReadInt64("SELECT COUNT(*) FROM audit");
}
