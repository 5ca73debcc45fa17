using Parley.Verify;

namespace Parley.Verbs.Verify;

/// <summary>The six numbers of the last line: violations, by what they mean to a user.</summary>
internal sealed record VerifyTally
{
    private static readonly (string Word, Property[] Properties)[] Columns =
    [
        ("lost", [Property.NothingLost, Property.NoAccountLost, Property.LastEditStands]),
        ("doubled", [Property.NothingDoubled]),
        (
            "reordered",
            [Property.SenderOrder, Property.OneOrder, Property.DeliveryOrder, Property.MarksForward]
        ),
        ("misdelivered", [Property.NoPhantom, Property.NothingToOthers]),
        (
            "resurrected",
            [
                Property.NoResurrection, Property.NamesLinearizable, Property.OneLiveSession, Property.DeletedStays,
            ]
        ),
        ("diverged", [Property.NoStaleRead, Property.EqualDigests]),
    ];

    public required IReadOnlyList<Verdict> Verdicts { get; init; }

    public bool IsClean => Verdicts.All(verdict => verdict.Holds);

    public override string ToString() => string.Join(' ', Columns.Select(column =>
        $"{column.Word} {CountOf(column.Properties)}"));

    private int CountOf(Property[] properties) => Verdicts
        .Where(verdict => properties.Contains(verdict.Property))
        .Sum(verdict => verdict.Violations.Count);
}
