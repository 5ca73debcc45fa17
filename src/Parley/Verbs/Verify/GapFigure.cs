using Parley.Verbs.Verify.Faults;

namespace Parley.Verbs.Verify;

/// <summary>How long clients may be without an answer, on two quiet cores (docs/proof.md).</summary>
/// <param name="MaxS">The longest gap, in seconds.</param>
/// <param name="MedianMaxS">Its median; null: not promised.</param>
/// <param name="NoElection">The leader stays.</param>
internal sealed record GapFigure(double MaxS, double? MedianMaxS = null, bool NoElection = false)
{
    private static readonly GapFigure OneFollower = new(0.5, NoElection: true);
    private static readonly GapFigure HandedOver = new(0.3);
    private static readonly GapFigure LeaderGone = new(1.5, MedianMaxS: 0.5);
    private static readonly GapFigure LeaderFrozen = new(2.0);
    private static readonly GapFigure TwoAtOnce = new(2.5);
    private static readonly GapFigure FirstAnswerAfterStart = new(10);
    private static readonly GapFigure MajorityBack = new(3);

    /// <summary>What a fault of this kind must keep; null: nothing is promised for it.</summary>
    public static GapFigure? Of(FaultNote note) => (note.IsBearable, note.Kind) switch
    {
        (false, FaultKind.Pause or FaultKind.Partition) => MajorityBack,
        (false, _) => FirstAnswerAfterStart,
        (_, FaultKind.Network or FaultKind.Client) => null,
        (_, FaultKind.Clock) => OneFollower,
        (_, FaultKind.Restart) => HandedOver,
        (_, FaultKind.Partition) =>
            PartitionShape.LeavesLeader(note.How, note.HitLeader, note.Victims) ? OneFollower : TwoAtOnce,
        _ when note is { HitLeader: false, Victims: 1 } => OneFollower,
        (_, FaultKind.Slow or FaultKind.Sync) => null,
        (_, FaultKind.Pause) when note.Victims == 1 => LeaderFrozen,
        _ when note.Victims == 1 => LeaderGone,
        _ => TwoAtOnce,
    };

    /// <summary>This one alone is longer than it should be, or made an election that should not be.</summary>
    public bool IsExceededBy(FaultNote note) =>
        note.Gap.TotalSeconds > (MedianMaxS ?? MaxS) || (NoElection && note.Terms > 0);

    /// <summary>Null when these faults of one title kept it, else what they missed.</summary>
    public string? FindMissed(IReadOnlyList<FaultNote> notes)
    {
        var gaps = FaultNotes.GapsOf(notes);
        var missed = new List<string>();
        if (gaps[^1] > MaxS)
        {
            missed.Add("max");
        }

        if (FaultNotes.MedianOf(gaps) > MedianMaxS)
        {
            missed.Add("median");
        }

        if (NoElection && notes.Any(note => note.Terms > 0))
        {
            missed.Add("elections");
        }

        return missed.Count == 0 ? null : string.Join(", ", missed);
    }

    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{(MedianMaxS is { } median ? $"median ≤ {median}, " : "")}max ≤ {MaxS}{(NoElection ? ", no election" : "")}");
}
