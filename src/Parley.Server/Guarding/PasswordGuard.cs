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
/// name or not; and by address, on this node. An address from which the account has logged in before does not wait for
/// what others tried: nobody locks anybody out.
/// </summary>
internal sealed class PasswordGuard(
    StateAccess state, LogTime logTime, LoginFailureReports reports, PasswordHasher passwords, TimeProvider time)
{
    private readonly RateBuckets<CallerAddress> guesses = new(time);

    // Names that are guessed at: one attempt at a time.
    private readonly ConcurrentDictionary<UInt128, byte> beingTried = new();

    /// <summary>The time it takes, and what it refuses, do not tell whether there is an account.</summary>
    /// <param name="name">As it was asked for, lower-case.</param>
    /// <param name="account">Who has the name, or null.</param>
    /// <param name="password">As received.</param>
    /// <param name="http">The call.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="RefusedException">WRONG_CREDENTIALS, LOGIN_DELAYED, or as <see cref="PasswordHasher"/> refuses.
    /// </exception>
    public async Task<PasswordVerdict> VerifyAsync(
        string name, AccountFacts? account, string password, HttpContext http, CancellationToken cancellationToken)
    {
        var address = CallerAddress.Of(http.Connection.RemoteIpAddress);
        var burst = state.Directory.Settings.GuessBurstOrDefault;
        var wait = burst < 0 ? TimeSpan.Zero : guesses.Take(address, GuardLimits.GuessRatePerSecond, burst);
        if (wait > TimeSpan.Zero)
        {
            throw Delayed(wait);
        }

        var nameHash = LoginFailureFacts.HashOf(name);
        var isTried = !IsKnown(account, address) && HoldBack(nameHash);
        var isWrong = false;
        try
        {
            var verdict = await passwords.VerifyAsync(password, account?.PasswordHash, cancellationToken);
            isWrong = account is null || !verdict.IsRight;
            return isWrong ? throw new RefusedException(Reasons.WrongCredentials) : verdict;
        }
        finally
        {
            if (isWrong)
            {
                reports.Add(nameHash);
            }
            else
            {
                guesses.GiveBack(address, GuardLimits.GuessRatePerSecond);
            }

            if (isTried)
            {
                beingTried.TryRemove(nameHash, out _);
            }
        }
    }

    /// <summary>A login with this name was stored; the state has forgiven what was wrong before.</summary>
    public void LoggedIn(string name) => reports.Forget(LoginFailureFacts.HashOf(name));

    /// <summary>A PHC string of a password that an account is to have.</summary>
    /// <exception cref="RefusedException">It is too short, too long or too common, or too many are waiting.</exception>
    public Task<string> HashNewAsync(string name, string password, CancellationToken cancellationToken)
    {
        PasswordRules.GetBytes(password);
        return CommonPasswords.Contains(password.Normalize(NormalizationForm.FormC), name)
            ? throw new RefusedException(Reasons.PasswordTooCommon)
            : passwords.HashAsync(password, cancellationToken);
    }

    private static RefusedException Delayed(TimeSpan wait) => new(Reasons.LoginDelayed, retryAfter: wait);

    private bool IsKnown(AccountFacts? account, CallerAddress address) => account is not null
        && state.Directory.Credentials.IsKnown(account.Number, Bytes16.From(address.HashFor(account.Number)));

    /// <summary>Refuses while the name has to wait; true: the caller is the one who may try now.</summary>
    private bool HoldBack(UInt128 nameHash)
    {
        var nowUs = logTime.NowUs;
        var all = reports.Find(nameHash);
        if (all.WaitUntilUs > nowUs)
        {
            throw Delayed(TimeSpan.FromMilliseconds(Math.Ceiling((all.WaitUntilUs - nowUs) / 1_000.0)));
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
