namespace Parley.Raft;

/// <summary>Counting over the configured voters: never over those that happen to be alive.</summary>
internal static class QuorumMath
{
    /// <summary>The smallest majority of this many voters.</summary>
    public static int Majority(int voters) => (voters / 2) + 1;

    /// <summary>The highest number that a majority has reached; sorts <paramref name="reached"/>, one number a voter.
    /// Without voters nothing is reached.</summary>
    public static long ReachedByMajority(Span<long> reached)
    {
        if (reached.IsEmpty)
        {
            return 0;
        }

        for (var i = 1; i < reached.Length; i++)
        {
            var value = reached[i];
            var at = i;
            for (; at > 0 && reached[at - 1] > value; at--)
            {
                reached[at] = reached[at - 1];
            }

            reached[at] = value;
        }

        return reached[reached.Length - Majority(reached.Length)];
    }
}
