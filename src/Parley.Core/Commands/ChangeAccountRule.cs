using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>What an administrator does to another's account; what changes nothing is not kept in the audit.</summary>
/// <remarks>Never to the own one: so whoever asks remains, and there is always an administrator left.</remarks>
internal static class ChangeAccountRule
{
    public static Outcome Decide(ChangeAccount command, in EntryStamp stamp, IChatFacts facts)
    {
        var refusal = Authority.Refuse(command.Session, facts, out var administrator);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        if (facts.FindAccount(command.Account) is not { } account)
        {
            return new Outcome.Rejected(Rejection.NotFound);
        }

        if (account.Number == administrator.Number)
        {
            return new Outcome.Rejected(Rejection.OwnAccount);
        }

        if (Change(command, account, stamp, facts))
        {
            facts.Audit(new AuditedAct(administrator, ActOf(command.Change), account, Detail: ""), stamp);
        }

        return Outcome.Done.Instance;
    }

    /// <summary>False when it is so already.</summary>
    private static bool Change(
        ChangeAccount command, AccountFacts account, in EntryStamp stamp, IChatFacts facts)
    {
        switch (command.Change)
        {
            case AccountChange.Disable:
                EndSession(account, stamp, facts);
                facts.DisableAccount(account.Number, account.DisabledAtUs == 0 ? stamp.TimeUs : account.DisabledAtUs);
                return account.DisabledAtUs == 0;
            case AccountChange.Enable:
                facts.DisableAccount(account.Number, 0);
                return account.DisabledAtUs != 0;
            case AccountChange.Delete:
                EndSession(account, stamp, facts);
                RoomDoor.LeaveAll(account.Number, stamp, facts);
                facts.DeleteAccount(account.Number, stamp.TimeUs);
                return true;
            case AccountChange.ResetPassword:
                Invariant.Holds(command.PasswordHash.Length is > 0 and <= Limits.PasswordHashBytesMax);
                EndSession(account, stamp, facts);
                facts.ReplacePasswordHash(account.Number, command.PasswordHash);
                facts.RevokeDeviceTokens(account.Number, stamp.TimeUs);
                return true;
            case AccountChange.EndSession:
                EndSession(account, stamp, facts);
                return account.LiveSession != 0;
            case AccountChange.MakeAdministrator:
                facts.ChangeRole(account.Number, AccountRole.Administrator);
                return !account.IsAdministrator;
            case AccountChange.MakeMember:
                facts.ChangeRole(account.Number, AccountRole.Member);
                return account.IsAdministrator;
            default:
                throw new InvariantBrokenException("every known change has a rule");
        }
    }

    private static void EndSession(AccountFacts account, in EntryStamp stamp, IChatFacts facts)
    {
        if (account.LiveSession != 0)
        {
            facts.EndSession(account.LiveSession, forgetClients: false, stamp.TimeUs);
        }
    }

    private static AuditAct ActOf(AccountChange change) => change switch
    {
        AccountChange.Disable => AuditAct.Disabled,
        AccountChange.Enable => AuditAct.Enabled,
        AccountChange.Delete => AuditAct.Deleted,
        AccountChange.ResetPassword => AuditAct.PasswordReset,
        AccountChange.EndSession => AuditAct.SessionEnded,
        AccountChange.MakeAdministrator => AuditAct.MadeAdministrator,
        AccountChange.MakeMember => AuditAct.MadeMember,
        _ => throw new InvariantBrokenException("every known change is an act"),
    };
}
