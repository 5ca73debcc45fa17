using Parley.Verbs.Bench;
using Parley.Verbs.Bench.Growth;

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

    [Fact]
    public void A_trend_is_the_line_through_what_was_seen()
    {
        var sawtooth = Enumerable.Range(0, 121)
            .Select(second => (TimeSpan.FromSeconds(second), 99.0 + (second / 60.0 * 4) + (second % 2 * 2)));

        var trend = Trend.Of([.. sawtooth]);

        Assert.Equal(4, trend.PerMinute, tolerance: 0.01);
        Assert.Equal(104, trend.Mean, tolerance: 0.01);
        Assert.Equal(100 * 8.0 / 104, trend.GrowthPercent!.Value, tolerance: 0.05);
    }

    [Fact]
    public void One_look_has_no_slope_and_none_has_no_mean()
    {
        Assert.Equal(0, Trend.Of([(TimeSpan.FromSeconds(1), 7.0)]).GrowthPercent);
        Assert.Null(Trend.Of([]).GrowthPercent);
    }

    [Fact]
    public void A_missed_aim_is_printed_as_missed()
    {
        var output = new StringWriter();
        var figures = new GrowthFigures(new BenchReport(output, json: false).Add);

        figures.Add("a restart", 5.0, "s", aim: 5);
        figures.Add("a slow restart", 5.01, "s", aim: 5);
        figures.Add("files", 12.5, "MB");
        figures.AddRatio("sends", 3, to: 0, aim: 1.2);

        string[] expected =
        [
            "a restart 5.00 s <= 5: met", "a slow restart 5.01 s <= 5: MISSED", "files 12.50 MB",
            "sends x <= 1.2: MISSED",
        ];
        Assert.Equal(expected, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(
            line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public void A_figure_of_growth_is_one_object_a_line()
    {
        var output = new StringWriter();

        new GrowthFigures(new BenchReport(output, json: true).Add).Add("a restart", 6.12345, "s", aim: 5);

        Assert.Equal(
            """{"mode":"growth","what":"a restart","value":6.123,"unit":"s","aim":5,"met":false}""",
            output.ToString().TrimEnd());
    }

    [Fact]
    public void The_log_of_a_small_run_is_cut_as_that_of_a_large_one() =>
        Assert.Equal([1, 51, 256, 256], new[] { 10, 200_000, 1_000_000, 9_000_000 }.Select(GrowthBench.LogKeptMib));

    private static void AssertNear(double microseconds, TimeSpan found) =>
        Assert.InRange(found.TotalMicroseconds, microseconds, microseconds * (1 + (1 / 64.0)));
}
