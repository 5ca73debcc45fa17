namespace Parley.Verbs.Verify.Faults;

/// <summary>
/// Draws faults from a seed: the same seed, size and kinds give the same faults in the same order. Every kind comes
/// before one comes again, so that short runs have seen all.
/// </summary>
internal sealed class FaultSchedule(int seed, int size, IReadOnlyList<FaultKind> kinds)
{
    private readonly FaultKind[] ofMajority = [.. kinds.Where(kind => !kind.IsOfMinority())];

    private const int ShapesMax = 60;
    private const int AtAnswerMax = 40;
    private const int HoldMsMin = 1_000;
    private const int HoldMsMax = 3_500;

    private readonly Random random = new(seed);
    private readonly Queue<FaultKind> round = new();

    /// <summary>Some kind can hit more nodes than the cluster promises to survive.</summary>
    public bool HasUnbearable => ofMajority.Length > 0;

    /// <summary>A majority goes on: at most as many nodes as the cluster promises to survive.</summary>
    public FaultPlan DrawBearable() => Draw(kinds, random.Next(1, ((size - 1) / 2) + 1));

    /// <summary>No majority is left: from one more than that up to all.</summary>
    public FaultPlan DrawUnbearable() => Draw(ofMajority, random.Next(((size - 1) / 2) + 1, size + 1));

    private FaultPlan Draw(IReadOnlyList<FaultKind> allowed, int victims)
    {
        while (round.TryPeek(out var next) && !allowed.Contains(next))
        {
            round.Dequeue();
        }

        if (round.Count == 0)
        {
            var shuffled = allowed.ToArray();
            random.Shuffle(shuffled);
            foreach (var kind in shuffled)
            {
                round.Enqueue(kind);
            }
        }

        return new()
        {
            Kind = round.Dequeue(),
            Shape = random.Next(ShapesMax),
            Victims = victims,
            WithLeader = random.Next(3) > 0,
            Turn = random.Next(size),
            AtAnswer = random.Next(1, AtAnswerMax),
            Hold = TimeSpan.FromMilliseconds(random.Next(HoldMsMin, HoldMsMax)),
        };
    }
}
