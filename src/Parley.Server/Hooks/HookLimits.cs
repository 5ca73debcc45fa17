namespace Parley.Server.Hooks;

/// <summary>Every bound of what comes to hooks, by name.</summary>
internal static class HookLimits
{
    public const int KeyCharactersMax = 255;

    /// <summary>Levels of a JSON body.</summary>
    public const int JsonDepthMax = 16;

    /// <summary>How long a post may wait for its outcome before its sender is told to repeat it.</summary>
    public static readonly TimeSpan OutcomeWait = TimeSpan.FromSeconds(10);

    /// <summary>What a sender is told to wait where nothing else is known.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
}
