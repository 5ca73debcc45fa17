using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <content>Administrators: who may register, what is done to others, settings, audit.</content>
internal sealed partial class NaiveChat
{
    public List<NaiveInvite> Invites { get; } = [];

    /// <summary>Actor, act, subject; in log order.</summary>
    public List<(string Actor, string Act, string Subject)> Audit { get; } = [];

    private Rejection MayRegister(ByteString code) => Settings.Registration switch
    {
        Registration.Closed => Rejection.RegistrationClosed,
        Registration.Invitation => Invites.Exists(each => each.Code == code && each.Uses > 0 && each.ExpiresAt > now)
            ? Rejection.None
            : Rejection.InviteInvalid,
        _ => Rejection.None,
    };

    private Rejection MayAdminister(long number, out NaiveAccount who)
    {
        who = null!;
        if (Live(number) is not { } session)
        {
            return Rejection.SessionEnded;
        }

        who = Living(session.Account)!;
        return who.IsAdministrator ? Rejection.None : Rejection.NotAllowed;
    }

    private Outcome Invite(CreateInvite command)
    {
        if (MayAdminister(command.Session, out var who) is var refusal and not Rejection.None)
        {
            return No(refusal);
        }

        Invites.RemoveAll(each => each.ExpiresAt + (TimeSpan.FromDays(1).Ticks / 10) <= now);
        if (Invites.Exists(each => each.Code == command.CodeHash))
        {
            return Outcome.Done.Instance;
        }

        Invites.Add(new NaiveInvite(index, command.CodeHash, now + (command.LifetimeMs * 1_000), command.Uses));
        Audit.Add((who.Name, "InviteCreated", ""));
        return Outcome.Done.Instance;
    }

    private Outcome Revoke(RevokeInvite command)
    {
        if (MayAdminister(command.Session, out var who) is var refusal and not Rejection.None)
        {
            return No(refusal);
        }

        Invites.RemoveAll(each => each.ExpiresAt + (TimeSpan.FromDays(1).Ticks / 10) <= now);
        if (Invites.Find(each => each.Number == command.Invite) is not { } invite)
        {
            return No(Rejection.NotFound);
        }

        Audit.AddRange(invite.Uses > 0 && invite.ExpiresAt > now ? [(who.Name, "InviteRevoked", "")] : []);
        invite.Uses = invite.ExpiresAt > now ? 0 : invite.Uses;
        return Outcome.Done.Instance;
    }

    private Outcome ChangeAccount(ChangeAccount command)
    {
        if (MayAdminister(command.Session, out var who) is var refusal and not Rejection.None)
        {
            return No(refusal);
        }

        if (Living(command.Account) is not { } account)
        {
            return No(Rejection.NotFound);
        }

        if (account == who)
        {
            return No(Rejection.OwnAccount);
        }

        var live = Sessions.Find(each => each.Account == account.Number && each.EndedAt == 0);
        var act = command.Change switch
        {
            AccountChange.Disable => account.IsDisabled ? "" : "Disabled",
            AccountChange.Enable => account.IsDisabled ? "Enabled" : "",
            AccountChange.Delete => "Deleted",
            AccountChange.ResetPassword => "PasswordReset",
            AccountChange.EndSession => live is null ? "" : "SessionEnded",
            AccountChange.MakeAdministrator => account.IsAdministrator ? "" : "MadeAdministrator",
            _ => account.IsAdministrator ? "MadeMember" : "",
        };
        Audit.AddRange(act.Length == 0 ? [] : [(who.Name, act, account.Name)]);
        if (command.Change <= AccountChange.EndSession && command.Change != AccountChange.Enable)
        {
            End(live, forget: false);
        }

        account.IsDisabled = act == "Disabled" || (act != "Enabled" && account.IsDisabled);
        account.IsAdministrator = act == "MadeAdministrator" || (act != "MadeMember" && account.IsAdministrator);
        account.Password = act == "PasswordReset" ? command.PasswordHash : account.Password;
        if (act == "PasswordReset")
        {
            RevokeTokens(account.Number);
        }

        if (act == "Deleted")
        {
            Remove(account.Number);
        }

        return Outcome.Done.Instance;
    }

    private Outcome Change(ChangeSettings command)
    {
        NaiveAccount? who = null;
        if (command.Session != 0 && MayAdminister(command.Session, out who) is var refusal and not Rejection.None)
        {
            return No(refusal);
        }

        if (command.ExpectedRevision != Revision || (command.Session == 0 && Revision > 0))
        {
            return No(Rejection.RevisionChanged);
        }

        Audit.AddRange(who is null ? [] : [(who.Name, "SettingsChanged", "")]);
        Settings = command.Settings;
        Revision++;
        return Outcome.Done.Instance;
    }
}
