using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Parley.Core.Log.V1;
using Parley.Server.Api;
using Parley.Server.Consensus;

namespace Parley.Server.Guarding;

/// <summary>How many calls there may be: a second and at a time; of an address, an account and this node. Each refusal
/// is RESOURCE_EXHAUSTED and tells how long to wait. Any thread.</summary>
internal sealed class CallLimits(StateAccess state, TimeProvider time)
{
    private readonly RateBuckets<CallerAddress> addresses = new(time);
    private readonly RateBuckets<long> accounts = new(time);
    private readonly ConcurrentDictionary<long, int> open = new();
    private readonly ConcurrentDictionary<CallerAddress, int> openOfStrangers = new();
    private int openHere;
    private int strangersHere;

    private Settings Settings => state.Directory.Settings;

    /// <summary>A call begins, from whomever.</summary>
    /// <exception cref="RefusedException">TOO_MANY_CONNECTIONS.</exception>
    public CallPlace Enter(HttpContext http)
    {
        if (http.Features.Get<GuardedConnection>() is { IsSurplus: true })
        {
            throw new RefusedException(Reasons.TooManyConnections, retryAfter: GuardLimits.RetryAfter);
        }

        if (Interlocked.Increment(ref openHere) > Settings.CallsPerNodeOrDefault)
        {
            Interlocked.Decrement(ref openHere);
            throw new RefusedException(Reasons.TooManyConnections, retryAfter: GuardLimits.RetryAfter);
        }

        return new CallPlace(this);
    }

    /// <summary>It has no session, or none that this node knows: that counts for its address. An address may have as
    /// many open as it may have connections, all together half of the node's: the other half is for sessions. A rate
    /// heals by waiting, a place that somebody holds need not: then another node is to be asked.</summary>
    /// <exception cref="RefusedException">TOO_MANY_CALLS, or TOO_MANY_CONNECTIONS where no place is left.</exception>
    public void TakeOfAddress(CallPlace place, HttpContext http)
    {
        var settings = Settings;
        var address = CallerAddress.Of(http.Connection.RemoteIpAddress);
        if (settings.AddressRateOrDefault is > 0 and var rate)
        {
            Check(addresses.Take(address, rate, settings.AddressBurstOrDefault));
        }

        place.Stranger = address;
        var all = Interlocked.Increment(ref strangersHere);
        if (Add(openOfStrangers, address) > settings.ConnectionsPerAddressOrDefault
            || all > Math.Max(1, settings.CallsPerNodeOrDefault / 2))
        {
            throw new RefusedException(Reasons.TooManyConnections, retryAfter: GuardLimits.RetryAfter);
        }
    }

    /// <summary>It has a session.</summary>
    /// <exception cref="RefusedException">TOO_MANY_CALLS.</exception>
    public void TakeOfAccount(CallPlace place, long account)
    {
        LeaveStrangers(place);
        var rate = Settings.CallRateOrDefault;
        if (rate > 0)
        {
            Check(accounts.Take(account, rate, Settings.CallBurstOrDefault));
        }

        place.Account = account;
        var now = Add(open, account);
        if (now > Settings.CallsAtOnceOrDefault)
        {
            throw TooMany(GuardLimits.RetryAfter);
        }
    }

    internal void Leave(CallPlace place)
    {
        Interlocked.Decrement(ref openHere);
        LeaveStrangers(place);
        if (place.Account != 0)
        {
            Remove(open, place.Account);
        }
    }

    private void LeaveStrangers(CallPlace place)
    {
        if (place.Stranger is { } address)
        {
            place.Stranger = null;
            Interlocked.Decrement(ref strangersHere);
            Remove(openOfStrangers, address);
        }
    }

    private static int Add<TKey>(ConcurrentDictionary<TKey, int> counts, TKey key)
        where TKey : notnull => counts.AddOrUpdate(key, 1, static (_, count) => count + 1);

    private static void Remove<TKey>(ConcurrentDictionary<TKey, int> counts, TKey key)
        where TKey : notnull
    {
        counts.AddOrUpdate(key, 0, static (_, count) => count - 1);
        counts.TryRemove(KeyValuePair.Create(key, 0));
    }

    private static void Check(TimeSpan wait)
    {
        if (wait > TimeSpan.Zero)
        {
            throw TooMany(wait);
        }
    }

    private static RefusedException TooMany(TimeSpan wait) => new(Reasons.TooManyCalls, retryAfter: wait);
}

/// <summary>A call's place among those there may be at a time; disposed at its end.</summary>
internal sealed class CallPlace(CallLimits limits) : IDisposable
{
    /// <summary>Whose call it is; 0: nobody's.</summary>
    public long Account { get; set; }

    /// <summary>Where it comes from, while it counts as a stranger's.</summary>
    public CallerAddress? Stranger { get; set; }

    public void Dispose() => limits.Leave(this);
}
