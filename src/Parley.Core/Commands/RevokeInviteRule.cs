using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Revokes an invitation; one that is used up, expired or revoked stays as it is. It is remembered as long as
/// it would have been: no late copy makes it again.</summary>
internal static class RevokeInviteRule
{
    public static Outcome Decide(RevokeInvite command, in EntryStamp stamp, IChatFacts facts)
    {
        var refusal = Authority.Refuse(command.Session, facts, out var administrator);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        // Those outlived first: then what is found does not depend on when a purge came.
        facts.ForgetInvites(stamp.TimeUs - Microseconds.Of(Limits.RequestMemory));
        if (facts.FindInvite(command.Invite) is not { } invite)
        {
            return new Outcome.Rejected(Rejection.NotFound);
        }

        if (!invite.IsGoodAt(stamp.TimeUs))
        {
            return Outcome.Done.Instance;
        }

        facts.RevokeInvite(invite.CodeHash);
        var detail = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"invite={invite.Number}");
        facts.Audit(new AuditedAct(administrator, AuditAct.InviteRevoked, Subject: null, detail), stamp);
        return Outcome.Done.Instance;
    }
}
