namespace Parley.Server.Presence;

/// <summary>The bounds of what nodes remember and tell each other about who is there.</summary>
internal static class PresenceLimits
{
    /// <summary>People of one node who are told to the others; further ones are not seen elsewhere.</summary>
    public const int AccountsPerNodeMax = 10_000;

    /// <summary>People in one report: one goes to each node a second.</summary>
    public const int AccountsPerReportMax = 1_000;

    /// <summary>People whom a node remembers to have seen; of more it forgets those it saw longest ago.</summary>
    public const int SeenMax = 50_000;

    /// <summary>Who has not acted for so long is away.</summary>
    public static readonly TimeSpan AwayAfter = TimeSpan.FromMinutes(5);

    /// <summary>What a node told is good for so long after its last word: it says something every second. As long does
    /// a client count that does not read its stream, from when a write to it waits: that a machine vanished is noticed
    /// when TCP gives the connection up.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(5);

    /// <summary>Then it is forgotten; in between nobody knows.</summary>
    public static readonly TimeSpan DoubtMax = TimeSpan.FromMinutes(5);

    /// <summary>An act without a stream is told to the others for so long.</summary>
    public static readonly TimeSpan ActToldMax = TimeSpan.FromSeconds(10);

    /// <summary>Longer ago is taken as this.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromDays(365);
}
