using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Commands;

/// <summary>Opens the account's one session and gives it its first client.</summary>
internal static class LoginRule
{
    public static Outcome Decide(Login command, in EntryStamp stamp, IChatFacts facts)
    {
        if (facts.FindAccount(command.Account) is not { } account)
        {
            return new Outcome.Rejected(Rejection.NotFound);
        }

        var tokenHash = TokenHash.From(command.TokenHash.Span);
        var token = facts.FindToken(tokenHash);

        // A repeat comes before the password: the first attempt may have stored a new hash.
        if (token is { IsLive: true } own && own.Account == account.Number)
        {
            return LoggedIn(own.Session, facts);
        }

        var refusal = Refuse(command, account, token is not null, stamp, facts);
        if (refusal != Rejection.None)
        {
            return new Outcome.Rejected(refusal);
        }

        if (account.LiveSession != 0)
        {
            facts.EndSession(account.LiveSession, forgetClients: false, stamp.TimeUs);
        }

        if (command.NewPasswordHash.Length > 0)
        {
            facts.ReplacePasswordHash(account.Number, command.NewPasswordHash);
        }

        return LoggedIn(facts.AddSession(account.Number, tokenHash, command.LeaseMs, stamp.TimeUs), facts);
    }

    private static Rejection Refuse(
        Login command, AccountFacts account, bool tokenUsed, in EntryStamp stamp, IChatFacts facts)
    {
        if (!string.Equals(account.PasswordHash, command.PasswordHash, StringComparison.Ordinal))
        {
            return Rejection.PasswordChanged;
        }

        if (account.DisabledAtUs != 0)
        {
            return Rejection.AccountDisabled;
        }

        if (tokenUsed)
        {
            return Rejection.TokenEnded;
        }

        if (account.LiveSession != 0 && !command.TakeOver)
        {
            return Rejection.AlreadyLoggedIn;
        }

        return ClientRoom.Has(account.Number, stamp, facts) ? Rejection.None : Rejection.TooManyClients;
    }

    private static Outcome.LoggedIn LoggedIn(long session, IChatFacts facts)
    {
        var client = facts.GetFirstClient(session);
        var stream = facts.FindLiveSession(session)?.StreamNumber ?? 0;
        return new Outcome.LoggedIn(session, client.Number, client.LastCounter, stream);
    }
}
