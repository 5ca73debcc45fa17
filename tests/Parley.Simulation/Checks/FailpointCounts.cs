using System.Globalization;

namespace Parley.Simulation.Checks;

/// <summary>How often each <see cref="Failpoint"/> was hit, in a run or in many.</summary>
internal sealed class FailpointCounts : IEquatable<FailpointCounts>
{
    private readonly long[] counts = new long[Enum.GetValues<Failpoint>().Length];

    /// <summary>Those that nothing hit.</summary>
    public IReadOnlyList<Failpoint> NeverHit =>
        [.. Enum.GetValues<Failpoint>().Where(point => counts[(int)point] == 0)];

    public void Hit(Failpoint point) => counts[(int)point]++;

    public void Add(FailpointCounts other)
    {
        for (var at = 0; at < counts.Length; at++)
        {
            counts[at] += other.counts[at];
        }
    }

    /// <summary>A table, one line a failpoint.</summary>
    public IEnumerable<string> Describe() => Enum.GetValues<Failpoint>().Select(point => string.Create(
        CultureInfo.InvariantCulture,
        $"{point,-26} {counts[(int)point],12}{(counts[(int)point] == 0 ? "  NEVER" : "")}"));

    public bool Equals(FailpointCounts? other) => other is not null && counts.AsSpan().SequenceEqual(other.counts);

    public override bool Equals(object? obj) => Equals(obj as FailpointCounts);

    public override int GetHashCode() => counts.Sum().GetHashCode();
}
