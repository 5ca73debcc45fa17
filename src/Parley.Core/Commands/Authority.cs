using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>Who asks, for the rules that need more than a session.</summary>
internal static class Authority
{
    /// <summary>Why this session may not do what administrators do; none when it may.</summary>
    /// <param name="session">The session that asks.</param>
    /// <param name="facts">The state.</param>
    /// <param name="administrator">Whose it is, when it may.</param>
    public static Rejection Refuse(long session, IChatFacts facts, out AccountFacts administrator)
    {
        administrator = null!;
        if (facts.FindLiveSession(session) is not { } live)
        {
            return Rejection.SessionEnded;
        }

        var account = facts.FindAccount(live.Account);
        Invariant.Holds(account is not null);
        administrator = account;
        return account.IsAdministrator ? Rejection.None : Rejection.NotAllowed;
    }

    /// <summary>Why this session may not do what needs the account's password besides; none when it may.</summary>
    /// <param name="session">The session that asks.</param>
    /// <param name="passwordHash">The hash that the password was verified against.</param>
    /// <param name="facts">The state.</param>
    /// <param name="account">Whose it is, if the session lives.</param>
    public static Rejection RefuseWithPassword(
        long session, string passwordHash, IChatFacts facts, out AccountFacts account)
    {
        account = null!;
        if (facts.FindLiveSession(session) is not { } live)
        {
            return Rejection.SessionEnded;
        }

        var found = facts.FindAccount(live.Account);
        Invariant.Holds(found is not null);
        account = found;
        return string.Equals(account.PasswordHash, passwordHash, StringComparison.Ordinal)
            ? Rejection.None
            : Rejection.PasswordChanged;
    }
}
