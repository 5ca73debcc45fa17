using Microsoft.Extensions.Time.Testing;
using Parley.Core;
using Parley.Server.Guarding;

namespace Parley.Tests.Guarding;

/// <summary>Whatever log time does, nobody waits longer than the longest delay, and who guesses waits for each.
/// </summary>
[Trait("Promise", "8")]
public sealed class LoginWaitsTests
{
    private const long Day = 86_400_000_000;
    private const long Second = 1_000_000;
    private const long Now = 1_750_000_000_000_000;

    private static readonly UInt128 Alice = LoginFailureFacts.HashOf("alice");

    private readonly FakeTimeProvider time = new();
    private readonly LoginWaits waits;

    public LoginWaitsTests() => waits = new LoginWaits(time);

    [Fact]
    public void Log_time_says_how_long_the_wait_is()
    {
        var failures = new LoginFailureFacts(7, Now); // 4 s.

        Assert.Equal(TimeSpan.FromSeconds(4), waits.FindLeft(Alice, failures, Now));
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(1), waits.FindLeft(Alice, failures, Now + (3 * Second)));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, waits.FindLeft(Alice, failures, Now + (4 * Second)));
        Assert.Equal(TimeSpan.Zero, waits.FindLeft(Alice, new LoginFailureFacts(4, Now), Now));
    }

    /// <summary>The clocks were a day ahead when the last wrong password came, and are right again.</summary>
    [Theory]
    [InlineData(5, 1)]
    [InlineData(7, 4)]
    [InlineData(1_000, 30)]
    public void A_wait_ends_by_the_own_clock_where_log_time_had_leapt(int count, int seconds)
    {
        var failures = new LoginFailureFacts(count, Now + Day);

        Assert.Equal(TimeSpan.FromSeconds(seconds), waits.FindLeft(Alice, failures, Now));
        time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.FromMilliseconds(1), waits.FindLeft(Alice, failures, Now));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeSpan.Zero, waits.FindLeft(Alice, failures, Now));
    }

    /// <summary>Log time stands still where it leapt to, and the count at its end: each failure looks like the last.
    /// </summary>
    [Fact]
    public void One_attempt_is_let_through_at_a_time_where_log_time_stands_still()
    {
        var failures = new LoginFailureFacts(Limits.LoginFailuresMax, Now + Day);
        var attempts = 0;
        for (var second = 0; second < 3_600; second++)
        {
            attempts += waits.FindLeft(Alice, failures, Now + Day) == TimeSpan.Zero ? 1 : 0;
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(attempts, 100, 120);
    }

    [Fact]
    public void A_failure_more_begins_its_own_wait()
    {
        waits.FindLeft(Alice, new LoginFailureFacts(9, Now + Day), Now);
        time.Advance(TimeSpan.FromSeconds(16));

        Assert.Equal(TimeSpan.FromSeconds(30), waits.FindLeft(Alice, new LoginFailureFacts(10, Now + Day), Now));
    }

    [Fact]
    public void More_names_than_are_remembered_wait_no_longer_than_the_longest_delay_each_time()
    {
        var failures = new LoginFailureFacts(20, long.MaxValue / 2);
        for (var number = 0; number < GuardLimits.NamesHeldBackMax + 10; number++)
        {
            Assert.Equal(Limits.LoginDelayMax, waits.FindLeft((UInt128)number, failures, Now));
        }

        // Who is remembered waited long enough; who came when it was full is remembered from now on.
        time.Advance(Limits.LoginDelayMax);
        Assert.Equal(TimeSpan.Zero, waits.FindLeft(0, failures, Now));
        time.Advance(TimeSpan.FromSeconds(1));
        var late = (UInt128)(GuardLimits.NamesHeldBackMax + 1);
        Assert.Equal(Limits.LoginDelayMax, waits.FindLeft(late, failures, Now));
        time.Advance(Limits.LoginDelayMax);
        Assert.Equal(TimeSpan.Zero, waits.FindLeft(late, failures, Now));
    }
}
