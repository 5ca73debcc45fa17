namespace Parley.Verbs.Bench.Growth;

/// <summary>One figure of growth; the names are those of the JSON output and stay.</summary>
internal sealed record GrowthResult
{
    public required string Mode { get; init; }

    /// <summary>What was measured.</summary>
    public required string What { get; init; }

    /// <summary>Null: there was nothing to reckon it from.</summary>
    public required double? Value { get; init; }

    public required string Unit { get; init; }

    /// <summary>The most it should be; null: it is printed to be known.</summary>
    public required double? Aim { get; init; }

    /// <summary>Whether it is no more than that; null: no aim.</summary>
    public bool? Met => Aim is null ? null : Value <= Aim;
}

/// <summary>Takes figures as they are measured.</summary>
internal sealed class GrowthFigures(Action<GrowthResult> report)
{
    private const int Digits = 3;

    /// <summary>One that is printed to be known, unless there is an aim: the most it should be.</summary>
    public void Add(string what, double? value, string unit, double? aim = null) => report(new()
    {
        Mode = "growth",
        What = what,
        Value = value is { } known && double.IsFinite(known) ? Math.Round(known, Digits) : null,
        Unit = unit,
        Aim = aim,
    });

    /// <summary>How many times the second the first is.</summary>
    public void AddRatio(string what, double value, double to, double aim) =>
        Add(what, to > 0 ? value / to : null, "x", aim);
}
