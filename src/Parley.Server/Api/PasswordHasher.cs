using Parley.Server.Guarding;
using Parley.Server.Hosting;

namespace Parley.Server.Api;

/// <summary>Hashes and verifies passwords, two at a time: each takes 19 MiB and a core for tens of milliseconds. The
/// others wait in the order they came, so many of an address and so many altogether.</summary>
internal sealed class PasswordHasher : IDisposable
{
    private readonly int kib;
    private readonly int passes;
    private readonly IKeyDerivation derivation;
    private readonly PasswordHash nobodys;
    private readonly SemaphoreSlim places = new(ApiLimits.HashesAtOnceMax, ApiLimits.HashesAtOnceMax);
    private readonly Lock gate = new();
    private readonly Dictionary<CallerAddress, int> waiting = [];
    private int waitingCount;

    public PasswordHasher(ServerOptions options, IKeyDerivation derivation)
    {
        this.derivation = derivation;
        PasswordRules.CheckNormalization();
        kib = options.PasswordHashKib;
        passes = options.PasswordHashPasses;
        nobodys = PasswordHash.Create("nobody's password"u8, kib, passes, derivation);
    }

    /// <summary>A PHC string of the password.</summary>
    /// <param name="password">As received.</param>
    /// <param name="from">Who asks.</param>
    /// <param name="cancellationToken">Stops the wait for a place.</param>
    /// <exception cref="RefusedException">Not a possible password, or too many are waiting.</exception>
    public async Task<string> HashAsync(string password, CallerAddress from, CancellationToken cancellationToken)
    {
        var bytes = PasswordRules.GetBytes(password);
        return await RunAsync(() => Create(bytes), from, cancellationToken);
    }

    /// <summary>Verifies a password; the time it takes does not tell whether the account was there.</summary>
    /// <param name="password">As received.</param>
    /// <param name="passwordHash">The account's PHC string, or null when there is no such account.</param>
    /// <param name="from">Who asks.</param>
    /// <param name="cancellationToken">Stops the wait for a place.</param>
    /// <exception cref="RefusedException">Not a possible password, or too many are waiting.</exception>
    public async Task<PasswordVerdict> VerifyAsync(
        string password, string? passwordHash, CallerAddress from, CancellationToken cancellationToken)
    {
        var bytes = PasswordRules.GetBytes(password);
        return await RunAsync(() => Verify(bytes, passwordHash), from, cancellationToken);
    }

    public void Dispose() => places.Dispose();

    private PasswordVerdict Verify(byte[] password, string? passwordHash)
    {
        var stored = passwordHash is null ? nobodys : PasswordHash.Parse(passwordHash);
        if (!stored.Matches(password, derivation) || passwordHash is null)
        {
            SpendRest(password, stored);
            return PasswordVerdict.Wrong;
        }

        var isOutdated = stored.Kib < kib || stored.Passes < passes;
        return new PasswordVerdict(IsRight: true, isOutdated ? Create(password) : "");
    }

    /// <summary>A hash from when they cost less would tell by its quick answer that there is such an account. What one
    /// costs is its memory times its passes (RFC 9106).</summary>
    private void SpendRest(byte[] password, PasswordHash stored)
    {
        var missing = (((long)kib * passes) - ((long)stored.Kib * stored.Passes)) / passes;
        if (missing >= PasswordHash.KibMin)
        {
            derivation.Derive(password, (int)missing, passes, stored.Salt);
        }
    }

    private string Create(byte[] password) => PasswordHash.Create(password, kib, passes, derivation).ToString();

    private async Task<T> RunAsync<T>(Func<T> work, CallerAddress from, CancellationToken cancellationToken)
    {
        if (!places.Wait(TimeSpan.Zero, cancellationToken))
        {
            await WaitForPlaceAsync(from, cancellationToken);
        }

        try
        {
            // A thread of its own: on the pool's few, nobody else's call or peer's message would go on meanwhile.
            return await Task.Factory.StartNew(
                work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            places.Release();
        }
    }

    private async Task WaitForPlaceAsync(CallerAddress from, CancellationToken cancellationToken)
    {
        StandInLine(from);
        try
        {
            await places.WaitAsync(cancellationToken);
        }
        finally
        {
            LeaveLine(from);
        }
    }

    private void StandInLine(CallerAddress from)
    {
        lock (gate)
        {
            var ofAddress = waiting.GetValueOrDefault(from);
            if (waitingCount >= ApiLimits.HashesWaitingMax || ofAddress >= ApiLimits.HashesWaitingPerAddressMax)
            {
                throw new RefusedException(Reasons.TooManyLogins, retryAfter: ApiLimits.LoginRetryAfter);
            }

            waiting[from] = ofAddress + 1;
            waitingCount++;
        }
    }

    private void LeaveLine(CallerAddress from)
    {
        lock (gate)
        {
            waitingCount--;
            if (--waiting[from] == 0)
            {
                waiting.Remove(from);
            }
        }
    }
}

/// <summary>Whether a password was right.</summary>
/// <param name="IsRight">It was.</param>
/// <param name="NewHash">A hash to store instead, because costs were raised since; empty for none.</param>
internal sealed record PasswordVerdict(bool IsRight, string NewHash)
{
    public static readonly PasswordVerdict Wrong = new(IsRight: false, "");
}
