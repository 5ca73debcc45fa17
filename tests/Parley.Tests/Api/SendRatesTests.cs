using Microsoft.Extensions.Time.Testing;
using Parley.Core.Log.V1;
using Parley.Server.Api;
using Parley.Server.Guarding;

namespace Parley.Tests.Api;

/// <summary>The send rate of an account.</summary>
public sealed class SendRatesTests
{
    private const long Alice = 1;
    private const long Bob = 2;

    private static readonly Settings Default = new();

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void A_burst_of_60_goes_and_the_next_is_told_how_long_to_wait()
    {
        var rates = new SendRates(time);

        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(TimeSpan.Zero, rates.Take(Alice, Default));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(50), rates.Take(Alice, Default));
        Assert.Equal(TimeSpan.Zero, rates.Take(Bob, Default));
    }

    [Fact]
    public void Who_waits_as_told_may_send()
    {
        var rates = new SendRates(time);
        TakeAll(rates, Default);

        time.Advance(rates.Take(Alice, Default));

        Assert.Equal(TimeSpan.Zero, rates.Take(Alice, Default));
        Assert.NotEqual(TimeSpan.Zero, rates.Take(Alice, Default));
    }

    [Fact]
    public void In_the_long_run_20_go_a_second()
    {
        var rates = new SendRates(time);
        TakeAll(rates, Default);

        var sent = 0;
        for (var i = 0; i < 10_000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            sent += rates.Take(Alice, Default) == TimeSpan.Zero ? 1 : 0;
        }

        Assert.InRange(sent, 199, 200);
    }

    [Fact]
    public void Settings_count_at_once()
    {
        var rates = new SendRates(time);
        var slow = new Settings { SendRatePerSecond = 1, SendBurst = 2 };

        Assert.Equal(TimeSpan.Zero, rates.Take(Alice, slow));
        Assert.Equal(TimeSpan.Zero, rates.Take(Alice, slow));
        Assert.Equal(TimeSpan.FromSeconds(1), rates.Take(Alice, slow));
        Assert.Equal(TimeSpan.Zero, rates.Take(Alice, new Settings { SendRatePerSecond = -1 }));
    }

    [Fact]
    public void Sweeping_accounts_out_forgets_nobody_who_is_limited()
    {
        var rates = new SendRates(time);
        TakeAll(rates, Default);

        for (var account = 2; account < 2 + (2 * GuardLimits.BucketsMax); account++)
        {
            rates.Take(account, new Settings { SendRatePerSecond = 1_000_000 });
        }

        Assert.NotEqual(TimeSpan.Zero, rates.Take(Alice, Default));
    }

    private static void TakeAll(SendRates rates, Settings settings)
    {
        while (rates.Take(Alice, settings) == TimeSpan.Zero)
        {
            continue;
        }
    }
}
