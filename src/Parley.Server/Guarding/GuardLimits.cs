namespace Parley.Server.Guarding;

/// <summary>Every default and bound of what holds strangers and members back, by name; what is a setting of the cluster
/// has its default here.</summary>
internal static class GuardLimits
{
    /// <summary>Keys whose rate is remembered before the idle ones are swept out.</summary>
    public const int BucketsMax = 16_384;

    public const int SendRatePerSecond = 20;
    public const int SendBurst = 60;

    /// <summary>Calls in a session, a second and account.</summary>
    public const int CallRatePerSecond = 100;

    public const int CallBurst = 500;

    /// <summary>Calls and open streams of an account at a time, on a node.</summary>
    public const int CallsAtOnce = 64;

    /// <summary>Calls and open streams of a node at a time.</summary>
    public const int CallsPerNode = 10_000;

    /// <summary>Calls without a session, a second and address.</summary>
    public const int AddressRatePerSecond = 50;

    public const int AddressBurst = 500;

    /// <summary>Wrong passwords of an address before it gets <see cref="GuessRatePerSecond"/>.</summary>
    public const int GuessBurst = 60;

    public const int GuessRatePerSecond = 1;

    /// <summary>Connections of clients to a node.</summary>
    public const int Connections = 2_000;

    public const int ConnectionsPerAddress = 200;
    public const int CallsPerConnection = 32;
    public const int AuthenticateSeconds = 10;

    /// <summary>Nodes talk over connections with the same bound, and need some calls at a time.</summary>
    public const int CallsPerConnectionMin = 16;

    public const int ConnectionWindowBytes = 512 * 1024;
    public const int StreamWindowBytes = 256 * 1024;

    /// <summary>Connections beyond an address's share that are kept for a moment, to be told so.</summary>
    public const int SurplusConnections = 64;

    /// <summary>Connections to the node port that have not shown yet whose they are.</summary>
    public const int UnprovenNodeConnections = 128;

    public const int UnprovenNodeConnectionsPerAddress = 16;

    /// <summary>Connections to the port of watchers; the oldest gives way.</summary>
    public const int WatcherConnections = 32;

    public const int WatcherSeconds = 3_600;

    /// <summary>Names whose wrong passwords wait to be written to the log; more are counted for accounts alone.
    /// </summary>
    public const int FailuresWaitingMax = 10_000;

    /// <summary>Names that wait after wrong passwords and whose wait is held against this node's own clock too.
    /// </summary>
    public const int NamesHeldBackMax = 4_096;

    /// <summary>How long a request of one message may take to arrive whole, from its headers on.</summary>
    public static readonly TimeSpan ArrivalMax = TimeSpan.FromSeconds(10);

    /// <summary>At most one log entry about wrong passwords in this time.</summary>
    public static readonly TimeSpan FailuresWrittenEvery = TimeSpan.FromSeconds(1);

    /// <summary>What a client is told to wait when it has too many calls or connections open.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long a connection that is asked to end may take.</summary>
    public static readonly TimeSpan CloseMax = TimeSpan.FromMilliseconds(500);
}
