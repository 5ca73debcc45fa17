using Parley.Local;
using Parley.Verbs.Verify.Faults;

namespace Parley.Verbs.Verify;

/// <summary>What a run of <c>parley verify</c> was asked to do.</summary>
internal sealed record VerifyOptions
{
    /// <summary>Draws the faults and what people do; the same seed draws the same.</summary>
    public required int Seed { get; init; }

    public required TimeSpan Duration { get; init; }

    public required int Size { get; init; }

    /// <summary>Which kinds were asked for; null: all that this machine allows.</summary>
    public required IReadOnlyList<FaultKind>? Kinds { get; init; }

    /// <summary>How servers and clients reach each other; null: the best that this machine allows.</summary>
    public required NetworkKind? Network { get; init; }

    /// <summary>Keeps histories, report and what a failed run leaves; null: a temporary folder.</summary>
    public required string? Directory { get; init; }
}
