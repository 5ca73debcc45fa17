namespace Parley.Raft;

/// <summary>The core's own random sequence (Steele, Lea, Flood 2014), so that a seed gives one run for ever.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong state = seed;

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A draw from [<paramref name="min"/>, <paramref name="max"/>], both included.</summary>
    public int Draw(int min, int max)
    {
        Invariant.Holds(min <= max);
        return min + (int)(Next() % ((ulong)(max - min) + 1));
    }
}
