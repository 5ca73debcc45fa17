namespace Parley.Simulation.Time;

/// <summary>All randomness of a run: SplitMix64, so that a seed means the same on every runtime and for ever.</summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 up to but not 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Fraction() < probability;

    /// <summary>Both ends are possible.</summary>
    public long Between(long min, long max) => min + (long)(Next() % (ulong)(max - min + 1));

    public int Between(int min, int max) => (int)Between((long)min, max);

    /// <summary>Waiting times of a memoryless process, cut at ten times the mean.</summary>
    public long Exponential(long mean)
    {
        var drawn = -Math.Log(1.0 - Fraction()) * mean;
        return (long)Math.Min(drawn, 10.0 * mean);
    }

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Between(0, choices.Count - 1)];
}
