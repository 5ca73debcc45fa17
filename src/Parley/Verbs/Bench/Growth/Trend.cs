namespace Parley.Verbs.Bench.Growth;

/// <summary>A line through what was seen over time, by least squares.</summary>
/// <param name="PerMinute">How steep it is.</param>
/// <param name="Mean">Of all values.</param>
/// <param name="Minutes">From the first to the last.</param>
internal readonly record struct Trend(double PerMinute, double Mean, double Minutes)
{
    /// <summary>What the line rises from the first to the last, in percent of the mean; falling it is negative. Null:
    /// the mean is 0.</summary>
    public double? GrowthPercent => Mean > 0 ? 100 * PerMinute * Minutes / Mean : null;

    /// <param name="seen">Ascending by time.</param>
    public static Trend Of(IReadOnlyList<(TimeSpan At, double Value)> seen)
    {
        if (seen.Count == 0)
        {
            return default;
        }

        var mean = seen.Average(each => each.Value);
        var middle = seen.Average(each => each.At.TotalMinutes);
        var spread = seen.Sum(each => Math.Pow(each.At.TotalMinutes - middle, 2));
        var together = seen.Sum(each => (each.At.TotalMinutes - middle) * (each.Value - mean));
        return new(spread > 0 ? together / spread : 0, mean, (seen[^1].At - seen[0].At).TotalMinutes);
    }
}
