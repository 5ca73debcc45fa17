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
            if (facts.StateVersion >= StateVersions.ClientRoom)
            {
                var hasRoom = ClientRoom.Has(account.Number, stamp, facts);
                Invariant.Holds(hasRoom, "the clients of the session that has just ended give way");
            }
        }

        if (command.NewPasswordHash.Length > 0)
        {
            facts.ReplacePasswordHash(account.Number, command.NewPasswordHash);
        }

        var session = facts.AddSession(account.Number, tokenHash, command.LeaseMs, stamp.TimeUs);
        NoteCredential(command, account, session, stamp, facts);
        return LoggedIn(session, facts);
    }

    /// <summary>A right password forgives the wrong ones, and its address is known from now on.</summary>
    private static void NoteCredential(
        Login command, AccountFacts account, long session, in EntryStamp stamp, IChatFacts facts)
    {
        if (command.DeviceTokenHash.Length > 0)
        {
            var device = facts.FindDeviceToken(TokenHash.From(command.DeviceTokenHash.Span));
            Invariant.Holds(device is not null);
            facts.UseDeviceToken(device.Number, session, stamp.TimeUs);
            return;
        }

        facts.ForgetLoginFailures(LoginFailureFacts.HashOf(account.Name));
        if (command.AddressHash.Length > 0)
        {
            facts.RememberAddress(account.Number, Bytes16.From(command.AddressHash.Span), stamp.TimeUs);
        }
    }

    private static Rejection RefuseCredential(Login command, AccountFacts account, IChatFacts facts)
    {
        if (command.DeviceTokenHash.Length > 0)
        {
            return facts.FindDeviceToken(TokenHash.From(command.DeviceTokenHash.Span)) is { } device
                && device.Account == account.Number && device.Hook is null
                ? Rejection.None
                : Rejection.TokenRevoked;
        }

        return string.Equals(account.PasswordHash, command.PasswordHash, StringComparison.Ordinal)
            ? Rejection.None
            : Rejection.PasswordChanged;
    }

    private static Rejection Refuse(
        Login command, AccountFacts account, bool tokenUsed, in EntryStamp stamp, IChatFacts facts)
    {
        if (RefuseCredential(command, account, facts) is var wrong and not Rejection.None)
        {
            return wrong;
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

        // A session that is taken over keeps its owner out by no number of clients: they end with it.
        var givesWay = account.LiveSession != 0 && facts.StateVersion >= StateVersions.ClientRoom;
        return givesWay || ClientRoom.Has(account.Number, stamp, facts) ? Rejection.None : Rejection.TooManyClients;
    }

    private static Outcome.LoggedIn LoggedIn(long session, IChatFacts facts)
    {
        var client = facts.GetFirstClient(session);
        var stream = facts.FindLiveSession(session)?.StreamNumber ?? 0;
        return new Outcome.LoggedIn(session, client.Number, client.LastCounter, stream);
    }
}
