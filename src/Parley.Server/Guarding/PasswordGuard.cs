using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Server.Api;
using Parley.Server.Consensus;

namespace Parley.Server.Guarding;

/// <summary>
/// Verifies passwords, and holds back who guesses: by name, counted in the replicated state, whether an account has the
/// name or not; and by address, on this node. An address from which the account has logged in before waits for nothing
/// that was tried for other names or elsewhere: nobody locks anybody out.
/// </summary>
internal sealed class PasswordGuard(
    StateAccess state, LogTime logTime, LoginFailureReports reports, PasswordHasher passwords, TimeProvider time)
{
    private readonly RateBuckets<GuessSource> guesses = new(time);
    private readonly LoginWaits waits = new(time);

    // Names that are guessed at: one attempt at a time.
    private readonly ConcurrentDictionary<UInt128, byte> beingTried = new();

    /// <summary>Whether an account may have this password, before anything is spent on it.</summary>
    /// <exception cref="RefusedException">It is too short, too long or too common.</exception>
    public static void CheckNew(string name, string password)
    {
        PasswordRules.GetBytes(password);
        if (CommonPasswords.Contains(password.Normalize(NormalizationForm.FormC), name))
        {
            throw new RefusedException(Reasons.PasswordTooCommon);
        }
    }

    /// <summary>The time it takes, and what it refuses, do not tell whether there is an account.</summary>
    /// <param name="name">As it was asked for, lower-case.</param>
    /// <param name="account">Who has the name, or null.</param>
    /// <param name="password">As received.</param>
    /// <param name="http">The call.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RefusedException">WRONG_CREDENTIALS, LOGIN_DELAYED, or as <see cref="PasswordHasher"/> refuses.
    /// </exception>
    public Task<PasswordVerdict> VerifyAsync(
        string name, AccountFacts? account, string password, HttpContext http, CancellationToken cancellationToken) =>
        AttemptAsync(
            name, account, http,
            from => passwords.VerifyAsync(password, account?.PasswordHash, from, cancellationToken));

    /// <summary>As <see cref="VerifyAsync"/>: one of the two is the account's password; where neither is, that counts
    /// once.</summary>
    public Task VerifyEitherAsync(
        AccountFacts account, string password, string other, HttpContext http, CancellationToken cancellationToken) =>
        AttemptAsync(
            account.Name, account, http,
            async from =>
            {
                var verdict = await passwords.VerifyAsync(password, account.PasswordHash, from, cancellationToken);
                return verdict.IsRight
                    ? verdict
                    : await passwords.VerifyAsync(other, account.PasswordHash, from, cancellationToken);
            });

    /// <summary>A login with this name and its password was stored; the state has forgiven what was wrong before.
    /// </summary>
    public void LoggedIn(string name) => reports.Forget(LoginFailureFacts.HashOf(name));

    /// <summary>A PHC string of a password that an account is to have.</summary>
    /// <exception cref="RefusedException">As <see cref="CheckNew"/>, or too many are waiting.</exception>
    public Task<string> HashNewAsync(
        string name, string password, HttpContext http, CancellationToken cancellationToken)
    {
        CheckNew(name, password);
        return passwords.HashAsync(password, AddressOf(http), cancellationToken);
    }

    /// <summary>As <see cref="HashNewAsync"/>, for who has no account yet: it costs the address as much as a wrong
    /// password does, until there is one (<see cref="Created"/>).</summary>
    /// <exception cref="RefusedException">Also TOO_MANY_CALLS.</exception>
    public async Task<string> HashFirstAsync(
        string name, string password, HttpContext http, CancellationToken cancellationToken)
    {
        CheckNew(name, password);
        var source = new GuessSource(AddressOf(http), Account: 0);
        Take(source, Reasons.TooManyCalls);
        try
        {
            return await passwords.HashAsync(password, source.Address, cancellationToken);
        }
        catch
        {
            guesses.GiveBack(source, GuardLimits.GuessRatePerSecond);
            throw;
        }
    }

    /// <summary>The account for which <see cref="HashFirstAsync"/> was called is stored.</summary>
    public void Created(HttpContext http) =>
        guesses.GiveBack(new GuessSource(AddressOf(http), Account: 0), GuardLimits.GuessRatePerSecond);

    private static RefusedException Delayed(TimeSpan wait) => new(Reasons.LoginDelayed, retryAfter: wait);

    private static CallerAddress AddressOf(HttpContext http) => CallerAddress.Of(http.Connection.RemoteIpAddress);

    private async Task<PasswordVerdict> AttemptAsync(
        string name, AccountFacts? account, HttpContext http, Func<CallerAddress, Task<PasswordVerdict>> verifyAsync)
    {
        var source = SourceOf(account, http);
        var nameHash = LoginFailureFacts.HashOf(name);
        var isTried = source.Account == 0 && HoldBack(nameHash);
        var (isTaken, isWrong) = (false, false);
        try
        {
            Take(source, Reasons.LoginDelayed);
            isTaken = true;
            var verdict = await verifyAsync(source.Address);
            isWrong = account is null || !verdict.IsRight;
            return isWrong ? throw new RefusedException(Reasons.WrongCredentials) : verdict;
        }
        finally
        {
            if (isWrong)
            {
                reports.Add(nameHash, isOfAccount: account is not null);
            }
            else if (isTaken)
            {
                guesses.GiveBack(source, GuardLimits.GuessRatePerSecond);
            }

            if (isTried)
            {
                beingTried.TryRemove(nameHash, out _);
            }
        }
    }

    /// <summary>An account and an address it knows count for themselves; all others there count together.</summary>
    private GuessSource SourceOf(AccountFacts? account, HttpContext http)
    {
        var address = AddressOf(http);
        var isKnown = account is not null
            && state.Directory.Credentials.IsKnown(account.Number, Bytes16.From(address.HashFor(account.Number)));
        return new GuessSource(address, isKnown ? account!.Number : 0);
    }

    private void Take(GuessSource source, Reason reason)
    {
        var burst = state.Directory.Settings.GuessBurstOrDefault;
        var wait = burst < 0 ? TimeSpan.Zero : guesses.Take(source, GuardLimits.GuessRatePerSecond, burst);
        if (wait > TimeSpan.Zero)
        {
            throw new RefusedException(reason, retryAfter: wait);
        }
    }

    /// <summary>Refuses while the name has to wait; true: the caller is the one who may try now.</summary>
    private bool HoldBack(UInt128 nameHash)
    {
        var nowUs = logTime.NowUs;
        var all = reports.Find(nameHash);
        var left = waits.FindLeft(nameHash, all, nowUs);
        if (left > TimeSpan.Zero)
        {
            throw Delayed(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
        }

        if (all.Count < Limits.LoginFailuresFree)
        {
            return false;
        }

        return beingTried.TryAdd(nameHash, 0)
            ? true
            : throw Delayed(LoginFailureFacts.DelayAfter(all.Count));
    }
}

/// <summary>What wrong passwords are counted for on a node.</summary>
/// <param name="Address">Where they come from.</param>
/// <param name="Account">Whose they are, where the account knows the address; 0: of all others there.</param>
internal readonly record struct GuessSource(CallerAddress Address, long Account);
