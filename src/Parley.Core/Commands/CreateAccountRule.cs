using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Makes an account; a repeat within a day gets the first answer, a refusal included.</summary>
/// <remarks>The first account of all becomes administrator, and needs no invitation: somebody must begin.</remarks>
internal static class CreateAccountRule
{
    public static Outcome Decide(CreateAccount command, in EntryStamp stamp, IChatFacts facts)
    {
        var requestId = Bytes16.From(command.RequestId.Span);
        if (facts.FindAccountRequest(requestId) is { } request)
        {
            return Repeat(request, command, facts);
        }

        var isFirst = facts.CountAccounts() == 0;
        var invite = FindInvite(command, stamp, facts);
        var refusal = Refuse(command, isFirst, invite, facts);
        if (refusal != Rejection.None)
        {
            facts.RememberAccountRequest(
                new AccountRequest(requestId, command.Name, 0, stamp.TimeUs) { Refusal = refusal }, stamp.Index);
            return new Outcome.Rejected(refusal);
        }

        if (!isFirst && facts.Settings.RegistrationOrDefault == Registration.Invitation)
        {
            facts.UseInvite(invite!.CodeHash);
        }

        var role = isFirst ? AccountRole.Administrator : AccountRole.Member;
        var account = facts.AddAccount(command.Name, command.PasswordHash, role, stamp.TimeUs);
        facts.RememberAccountRequest(
            new AccountRequest(requestId, account.Name, account.Number, stamp.TimeUs), stamp.Index);
        return new Outcome.AccountCreated(account.Number, account.Name);
    }

    private static InviteFacts? FindInvite(CreateAccount command, in EntryStamp stamp, IChatFacts facts)
    {
        if (command.InviteHash.IsEmpty)
        {
            return null;
        }

        var invite = facts.FindInvite(TokenHash.From(command.InviteHash.Span));
        return invite is not null && invite.IsGoodAt(stamp.TimeUs) ? invite : null;
    }

    /// <summary>Who may register comes before the name: strangers are not told which names there are.</summary>
    private static Rejection Refuse(CreateAccount command, bool isFirst, InviteFacts? invite, IChatFacts facts)
    {
        var registration = isFirst ? Registration.Open : facts.Settings.RegistrationOrDefault;
        if (registration == Registration.Closed)
        {
            return Rejection.RegistrationClosed;
        }

        if (registration == Registration.Invitation && invite is null)
        {
            return Rejection.InviteInvalid;
        }

        return facts.FindAccount(command.Name) is null ? Rejection.None : Rejection.NameTaken;
    }

    private static Outcome Repeat(in AccountRequest request, CreateAccount command, IChatFacts facts)
    {
        if (!string.Equals(request.Name, command.Name, StringComparison.Ordinal))
        {
            return new Outcome.Rejected(
                facts.FindAccount(command.Name) is null ? Rejection.RequestIdReused : Rejection.NameTaken);
        }

        return request.Account == 0
            ? new Outcome.Rejected(request.Refusal)
            : new Outcome.AccountCreated(request.Account, request.Name);
    }
}
