using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Parley.Server.Guarding;

/// <summary>
/// So much a second, and so much at once, of everything that has a key: a token bucket each, kept as the one moment
/// when it is full again (the generic cell rate algorithm). Nothing is stored of a key that does nothing. Thread-safe.
/// </summary>
internal sealed class RateBuckets<TKey>(TimeProvider time)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, StrongBox<long>> fullAt = new();
    private int added;
    private int sweepAfter = GuardLimits.BucketsMax;

    /// <summary>Takes one out of the key's bucket.</summary>
    /// <returns>Zero: it may go; else it was not taken, and this long from now it could be.</returns>
    public TimeSpan Take(TKey key, int ratePerSecond, int burst)
    {
        var now = time.GetTimestamp();
        var interval = IntervalOf(ratePerSecond);
        var bucket = FindBucket(key, now);
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

    /// <summary>Puts one back that was taken and not used.</summary>
    public void GiveBack(TKey key, int ratePerSecond)
    {
        if (fullAt.TryGetValue(key, out var bucket))
        {
            Interlocked.Add(ref bucket.Value, -IntervalOf(ratePerSecond));
        }
    }

    private long IntervalOf(int ratePerSecond) => Math.Max(1, time.TimestampFrequency / ratePerSecond);

    private StrongBox<long> FindBucket(TKey key, long now)
    {
        if (fullAt.TryGetValue(key, out var bucket))
        {
            return bucket;
        }

        if (Interlocked.Increment(ref added) == Volatile.Read(ref sweepAfter))
        {
            SweepFull(now);
        }

        return fullAt.GetOrAdd(key, static (_, moment) => new StrongBox<long>(moment), now);
    }

    /// <summary>A full bucket says nothing: a new one is full as well.</summary>
    private void SweepFull(long now)
    {
        foreach (var (key, bucket) in fullAt)
        {
            if (Volatile.Read(ref bucket.Value) <= now)
            {
                fullAt.TryRemove(key, out _);
            }
        }

        // Those that stay are swept again when as many have come: each costs a bounded number of looks.
        Volatile.Write(ref sweepAfter, Math.Max(GuardLimits.BucketsMax, fullAt.Count));
        Volatile.Write(ref added, 0);
    }

    /// <summary>Rounded up to a millisecond, the unit clients are told.</summary>
    private TimeSpan ToWait(long ticks) =>
        TimeSpan.FromMilliseconds(Math.Ceiling(ticks * 1_000.0 / time.TimestampFrequency));
}
