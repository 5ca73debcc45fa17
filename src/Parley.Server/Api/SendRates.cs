using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Parley.Core.Log.V1;

namespace Parley.Server.Api;

/// <summary>
/// How many messages a second an account may send through this node: a token bucket each, kept as the one moment when
/// it is full again (the generic cell rate algorithm). Nothing is stored of an account that does not send.
/// </summary>
internal sealed class SendRates(TimeProvider time)
{
    private readonly ConcurrentDictionary<long, StrongBox<long>> fullAt = new();
    private int added;
    private int sweepAfter = ApiLimits.RatesMax;

    /// <summary>Takes one message out of the account's bucket.</summary>
    /// <returns>Zero: it may go; else it was not taken, and this long from now it could be.</returns>
    public TimeSpan Take(long account, Settings settings)
    {
        if (settings.SendRatePerSecond < 0)
        {
            return TimeSpan.Zero;
        }

        var rate = settings.SendRatePerSecond == 0 ? ApiLimits.SendRatePerSecond : settings.SendRatePerSecond;
        var burst = settings.SendBurst <= 0 ? ApiLimits.SendBurst : settings.SendBurst;
        var now = time.GetTimestamp();
        var interval = Math.Max(1, time.TimestampFrequency / rate);
        var bucket = FindBucket(account, now);
        while (true)
        {
            var before = Volatile.Read(ref bucket.Value);
            var after = Math.Max(before, now) + interval;
            var missing = after - now - (interval * burst);
            if (missing > 0)
            {
                return ToWait(missing);
            }

            if (Interlocked.CompareExchange(ref bucket.Value, after, before) == before)
            {
                return TimeSpan.Zero;
            }
        }
    }

    private StrongBox<long> FindBucket(long account, long now)
    {
        if (fullAt.TryGetValue(account, out var bucket))
        {
            return bucket;
        }

        if (Interlocked.Increment(ref added) == Volatile.Read(ref sweepAfter))
        {
            SweepFull(now);
        }

        return fullAt.GetOrAdd(account, static (_, moment) => new StrongBox<long>(moment), now);
    }

    /// <summary>A full bucket says nothing: a new one is full as well.</summary>
    private void SweepFull(long now)
    {
        foreach (var (account, bucket) in fullAt)
        {
            if (Volatile.Read(ref bucket.Value) <= now)
            {
                fullAt.TryRemove(account, out _);
            }
        }

        // Those that stay are swept again when as many have come: each costs a bounded number of looks.
        Volatile.Write(ref sweepAfter, Math.Max(ApiLimits.RatesMax, fullAt.Count));
        Volatile.Write(ref added, 0);
    }

    /// <summary>Rounded up to a millisecond, the unit clients are told.</summary>
    private TimeSpan ToWait(long ticks) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1_000.0 / time.TimestampFrequency));
}
