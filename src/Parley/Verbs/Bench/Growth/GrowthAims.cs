namespace Parley.Verbs.Bench.Growth;

/// <summary>The most that a cluster with a million messages should take.</summary>
internal static class GrowthAims
{
    /// <summary>A send then, by one to an empty state; and one beside a node that catches up, by one alone.</summary>
    public const double SendRatio = 1.2;

    public const double RestartSeconds = 5;
    public const double CatchUpSeconds = 60;
    public const double IdleMb = 150;

    /// <summary>Over the whole of the steady load; what grows less is told from noise by more time alone.</summary>
    public const double GrowthPercent = 5;
}
