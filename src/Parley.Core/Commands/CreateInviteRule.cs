using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Makes an invitation; a repeat with the same code changes nothing, also when it is used up or expired.
/// </summary>
internal static class CreateInviteRule
{
    public static Outcome Decide(CreateInvite command, in EntryStamp stamp, IChatFacts facts)
    {
        Invariant.Holds(command.Uses is >= 1 and <= Limits.InviteUsesMax);
        var refusal = Authority.Refuse(command.Session, facts, out var administrator);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        // Those outlived first: then what is found does not depend on when a purge came.
        facts.ForgetInvites(stamp.TimeUs - Microseconds.Of(Limits.RequestMemory));
        var codeHash = TokenHash.From(command.CodeHash.Span);
        if (facts.FindInvite(codeHash) is not null)
        {
            return Outcome.Done.Instance;
        }

        if (facts.CountInvites() >= Limits.InvitesMax)
        {
            return new Outcome.Rejected(Rejection.TooManyInvites);
        }

        var lifetime = TimeSpan.FromMilliseconds(command.LifetimeMs);
        facts.AddInvite(new InviteFacts(
            stamp.Index, codeHash, administrator.Number, stamp.TimeUs + Microseconds.Of(lifetime), command.Uses)
        {
            CreatedAtUs = stamp.TimeUs,
        });
        var detail = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"uses={command.Uses}");
        facts.Audit(new AuditedAct(administrator, AuditAct.InviteCreated, Subject: null, detail), stamp);
        return Outcome.Done.Instance;
    }
}
