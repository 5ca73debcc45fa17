namespace Parley.Core.Storage;

/// <summary>
/// Every so many sequences the position of a message is written down, so that a page in the middle of a conversation
/// is found without walking from its head.
/// </summary>
internal static class Anchoring
{
    /// <summary>A cheap walk against a rare row.</summary>
    public const int Every = 32;

    public static bool HasAnchor(long sequence) => sequence % Every == 0;

    /// <summary>The first sequence from here on that has an anchor, once the conversation has come that far.</summary>
    public static long NextAnchor(long sequence) => (sequence + Every - 1) / Every * Every;
}
