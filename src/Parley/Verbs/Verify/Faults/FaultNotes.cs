namespace Parley.Verbs.Verify.Faults;

/// <summary>One fault that was done, and what clients noticed.</summary>
internal sealed record FaultNote
{
    public required FaultKind Kind { get; init; }

    /// <summary>For people and for the table: <c>crash of the leader</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The kind, and who was hit, without the how: <c>crash, leader</c>.</summary>
    public required string Title { get; init; }

    /// <summary>What exactly was done, in a few words.</summary>
    public required string How { get; init; }

    /// <summary>What a figure is about: the title, and for partitions the shape too, for that decides.</summary>
    public string Row => Kind == FaultKind.Partition ? Name : Title;

    public required int Victims { get; init; }

    public required bool HitLeader { get; init; }

    /// <summary>By how much the term rose from before the fault to after its healing.</summary>
    public required long Terms { get; init; }

    /// <summary>A majority stood all the time: the gap is one of the service.</summary>
    public required bool IsBearable { get; init; }

    /// <summary>The longest time a client was without an answer from the fault to after its healing; for a fault that
    /// took the majority, from its healing to the first answer.</summary>
    public required TimeSpan Gap { get; init; }

    /// <summary>What happened in the gap, a line each; empty unless it is longer than its figure allows.</summary>
    public IReadOnlyList<string> Trace { get; init; } = [];
}

/// <summary>All faults of a run. Not thread-safe.</summary>
internal sealed class FaultNotes
{
    private const int TitleMin = 50;
    private readonly List<FaultNote> notes = [];

    public int Count => notes.Count;

    /// <summary>The worst gap while a majority stood; null when there was none.</summary>
    public FaultNote? Worst => notes.Where(note => note.IsBearable).MaxBy(note => note.Gap);

    public IReadOnlyList<FaultNote> All => notes;

    public void Add(FaultNote note) => notes.Add(note);

    /// <summary>A table: what, how often, median and longest gap.</summary>
    public IEnumerable<string> Table()
    {
        foreach (var isBearable in (bool[])[true, false])
        {
            var rows = notes.Where(note => note.IsBearable == isBearable)
                .GroupBy(note => note.Name, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .ToList();
            if (rows.Count == 0)
            {
                continue;
            }

            var width = Math.Max(TitleMin, rows.Max(row => row.Key.Length));
            var head = isBearable ? "longest gap with a majority" : "to the first answer after healing";
            yield return $"{head.PadRight(width + 2)}   n  median s   max s";
            foreach (var row in rows)
            {
                var gaps = GapsOf(row);
                yield return string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"  {row.Key.PadRight(width)} {gaps.Count,3}  {MedianOf(gaps),8:0.00}  {gaps[^1],6:0.00}");
            }
        }
    }

    /// <summary>In seconds, the shortest first.</summary>
    public static IReadOnlyList<double> GapsOf(IEnumerable<FaultNote> some) =>
        [.. some.Select(note => note.Gap.TotalSeconds).Order()];

    /// <summary>The one in the middle, or the mean of the two in the middle.</summary>
    /// <param name="ordered">At least one.</param>
    public static double MedianOf(IReadOnlyList<double> ordered) =>
        (ordered[(ordered.Count - 1) / 2] + ordered[ordered.Count / 2]) / 2;
}
