using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Makes an account; a repeat within a day gets the first answer, a refusal included.</summary>
internal static class CreateAccountRule
{
    public static Outcome Decide(CreateAccount command, in EntryStamp stamp, IChatFacts facts)
    {
        var requestId = Bytes16.From(command.RequestId.Span);
        if (facts.FindAccountRequest(requestId) is { } request)
        {
            return Repeat(request, command, facts);
        }

        if (facts.FindAccount(command.Name) is not null)
        {
            facts.RememberAccountRequest(new AccountRequest(requestId, command.Name, 0, stamp.TimeUs), stamp.Index);
            return new Outcome.Rejected(Rejection.NameTaken);
        }

        var account = facts.AddAccount(command.Name, command.PasswordHash, stamp.TimeUs);
        facts.RememberAccountRequest(
            new AccountRequest(requestId, account.Name, account.Number, stamp.TimeUs), stamp.Index);
        return new Outcome.AccountCreated(account.Number, account.Name);
    }

    private static Outcome Repeat(in AccountRequest request, CreateAccount command, IChatFacts facts)
    {
        if (!string.Equals(request.Name, command.Name, StringComparison.Ordinal))
        {
            return new Outcome.Rejected(
                facts.FindAccount(command.Name) is null ? Rejection.RequestIdReused : Rejection.NameTaken);
        }

        return request.Account == 0
            ? new Outcome.Rejected(Rejection.NameTaken)
            : new Outcome.AccountCreated(request.Account, request.Name);
    }
}
