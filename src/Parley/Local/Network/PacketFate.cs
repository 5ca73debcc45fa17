namespace Parley.Local.Network;

/// <summary>What becomes of one packet.</summary>
/// <param name="Copies">How many arrive: 0, 1 or 2.</param>
/// <param name="FirstDelay">How late the first is.</param>
/// <param name="SecondDelay">How late the second is.</param>
internal readonly record struct PacketFate(int Copies, TimeSpan FirstDelay, TimeSpan SecondDelay)
{
    /// <summary>
    /// Draws it. Every packet takes the same count of numbers, whatever the rule: what becomes of the n-th packet of a
    /// way depends on the seed, on n, and on the rule that it meets, and on nothing that was before.
    /// </summary>
    public static PacketFate Draw(PacketRule rule, Random random)
    {
        var loss = random.NextDouble();
        var doubling = random.NextDouble();
        var firstDelay = DrawDelay(rule, random);
        var secondDelay = DrawDelay(rule, random);
        if (loss < rule.Loss)
        {
            return default;
        }

        return doubling < rule.Doubling ? new(2, firstDelay, secondDelay) : new(1, firstDelay, TimeSpan.Zero);
    }

    private static TimeSpan DrawDelay(PacketRule rule, Random random)
    {
        var overtaking = random.NextDouble();
        var jitter = random.NextDouble();
        var delay = rule.Delay + (rule.Jitter * jitter);
        return overtaking < rule.Overtaking ? delay + rule.HeldBack : delay;
    }
}
