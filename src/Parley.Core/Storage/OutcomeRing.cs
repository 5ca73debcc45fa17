namespace Parley.Core.Storage;

/// <summary>Where the outcomes of a client's last counters are: the position of a message, or a row of
/// <c>outcomes</c>.</summary>
internal sealed class OutcomeRing
{
    /// <summary>The outcome is in <c>outcomes</c> (a rejection, or of a message that retention dropped).</summary>
    public const long InOutcomes = -1;

    private readonly long[] places = new long[Limits.ClientOutcomesMax];

    public long this[ulong counter]
    {
        get => places[Slot(counter)];
        set => places[Slot(counter)] = value;
    }

    private static int Slot(ulong counter) => (int)(counter % (ulong)Limits.ClientOutcomesMax);
}
