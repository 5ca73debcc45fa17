using System.Numerics;

namespace Parley.Verbs.Bench;

/// <summary>
/// Every latency that was measured, in buckets 1/64 wide of their value (as HdrHistogram does): percentiles without
/// samples, at a cost of one addition. Any thread may record.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private const int SubBuckets = 1 << SubBits;
    private const int Magnitudes = 40;
    private readonly long[] counts = new long[(Magnitudes + 1) * SubBuckets];
    private long count;

    public long Count => Volatile.Read(ref count);

    public void Record(TimeSpan latency)
    {
        Interlocked.Increment(ref counts[BucketOf((long)latency.TotalMicroseconds)]);
        Interlocked.Increment(ref count);
    }

    /// <summary>The latency that this share of all (0 to 1) did not exceed; zero when none was recorded.</summary>
    public TimeSpan Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(Count * share));
        long seen = 0;
        for (var bucket = 0; bucket < counts.Length; bucket++)
        {
            seen += counts[bucket];
            if (seen >= rank)
            {
                return TimeSpan.FromMicroseconds(UpperOf(bucket));
            }
        }

        return TimeSpan.Zero;
    }

    // Up to 63 µs each has its own bucket; then each doubling is divided into 64.
    private static int BucketOf(long microseconds)
    {
        if (microseconds < SubBuckets)
        {
            return (int)Math.Max(0, microseconds);
        }

        var magnitude = BitOperations.Log2((ulong)microseconds) - SubBits;
        return Math.Min(((magnitude + 1) * SubBuckets) + (int)((microseconds >> magnitude) - SubBuckets),
            ((Magnitudes + 1) * SubBuckets) - 1);
    }

    private static long UpperOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        var magnitude = (bucket / SubBuckets) - 1;
        return ((bucket % SubBuckets) + SubBuckets + 1L << magnitude) - 1;
    }
}
