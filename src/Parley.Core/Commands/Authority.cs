using Parley.Core.Facts;

namespace Parley.Core.Commands;

/// <summary>Who asks, for the rules that are for administrators alone.</summary>
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
}
