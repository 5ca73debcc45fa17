namespace Parley.Server.Guarding;

/// <summary>Every default and bound of what holds strangers and members back, by name; what is a setting of the cluster
/// has its default here.</summary>
internal static class GuardLimits
{
    /// <summary>Keys whose rate is remembered before the idle ones are swept out.</summary>
    public const int BucketsMax = 16_384;

    public const int SendRatePerSecond = 20;
    public const int SendBurst = 60;

    /// <summary>Wrong passwords of an address before it gets <see cref="GuessRatePerSecond"/>.</summary>
    public const int GuessBurst = 60;

    public const int GuessRatePerSecond = 1;

    /// <summary>Names whose wrong passwords wait to be written to the log; more are not counted.</summary>
    public const int FailuresWaitingMax = 10_000;

    /// <summary>At most one log entry about wrong passwords in this time.</summary>
    public static readonly TimeSpan FailuresWrittenEvery = TimeSpan.FromSeconds(1);
}
