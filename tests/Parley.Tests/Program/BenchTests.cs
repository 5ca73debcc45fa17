using Parley.Verbs.Bench;

namespace Parley.Tests.Program;

/// <summary>The bench's own arithmetic.</summary>
public sealed class BenchTests
{
    [Fact]
    public void A_percentile_is_within_a_sixty_fourth_of_the_truth()
    {
        var histogram = new LatencyHistogram();
        for (var microseconds = 1; microseconds <= 100_000; microseconds++)
        {
            histogram.Record(TimeSpan.FromMicroseconds(microseconds));
        }

        AssertNear(50_000, histogram.Percentile(0.5));
        AssertNear(99_000, histogram.Percentile(0.99));
        AssertNear(99_900, histogram.Percentile(0.999));
        Assert.Equal(100_000, histogram.Count);
    }

    [Fact]
    public void Small_and_very_large_latencies_have_a_place()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(TimeSpan.Zero);
        histogram.Record(TimeSpan.FromMicroseconds(63));
        histogram.Record(TimeSpan.FromDays(30));

        Assert.Equal(TimeSpan.Zero, histogram.Percentile(0.1));
        Assert.Equal(TimeSpan.FromMicroseconds(63), histogram.Percentile(0.5));
        Assert.True(histogram.Percentile(1) > TimeSpan.FromDays(29));
    }

    [Fact]
    public void The_machine_can_sync()
    {
        Assert.True(MachineLimits.MeasureSync(Path.GetTempPath()) > TimeSpan.Zero);
    }

    private static void AssertNear(double microseconds, TimeSpan found) =>
        Assert.InRange(found.TotalMicroseconds, microseconds, microseconds * (1 + (1 / 64.0)));
}
