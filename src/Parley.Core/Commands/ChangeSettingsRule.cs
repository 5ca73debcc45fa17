using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Changes the cluster's settings, unless someone changed them in between. Without a session only the first
/// ones, which a leader proposes from what it was started with.</summary>
internal static class ChangeSettingsRule
{
    public static Outcome Decide(ChangeSettings command, in EntryStamp stamp, IChatFacts facts)
    {
        AccountFacts? administrator = null;
        if (command.Session != 0)
        {
            var refusal = Authority.Refuse(command.Session, facts, out administrator);
            if (refusal != Rejection.None)
            {
                return new Outcome.Rejected(refusal);
            }
        }

        if (command.ExpectedRevision != facts.SettingsRevision
            || (administrator is null && facts.SettingsRevision != 0))
        {
            return new Outcome.Rejected(Rejection.RevisionChanged);
        }

        facts.ChangeSettings(command.Settings ?? new Settings());
        if (administrator is not null)
        {
            facts.Audit(new AuditedAct(administrator, AuditAct.SettingsChanged, Subject: null, command.Summary), stamp);
        }

        return Outcome.Done.Instance;
    }
}
