namespace Parley.Client;

/// <summary>The library's bounds by name; those of the protocol as the contract states them.</summary>
internal static class Limits
{
    /// <summary>Bytes of UTF-8 in a text.</summary>
    public const int TextBytesMax = 16_384;

    public const int NameCharactersMax = 32;

    /// <summary>Sends that a client keeps unanswered.</summary>
    public const int UnansweredMax = 256;

    /// <summary>Ids whose nonce is kept, as many as the cluster remembers outcomes.</summary>
    public const int RememberedIdsMax = 1_024;

    /// <summary>Acknowledgements in one call.</summary>
    public const int AcknowledgementsMax = 1_000;

    /// <summary>Conversations of which a new delivery stream is told how far they have come.</summary>
    public const int ReceivedMarksMax = 1_000;

    public const int PageSize = 1_000;

    /// <summary>People asked about in one call.</summary>
    public const int PresenceNamesMax = 20;

    /// <summary>Bytes of one answer; a page ends at 1 MiB.</summary>
    public const int AnswerBytesMax = 8 << 20;

    /// <summary>An outbox file longer than this is written anew with what still counts.</summary>
    public const long OutboxBytesMax = 4 << 20;

    /// <summary>Client numbers that one stored session keeps.</summary>
    public const int StoredClientsMax = 16;

    /// <summary>A node that serves gets this many deadlines to open a delivery stream.</summary>
    public const int OpeningLooksMax = 4;

    /// <summary>What is read within it is told together.</summary>
    public static readonly TimeSpan ReadMarkPause = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LeaseDefault = TimeSpan.FromSeconds(30);

    /// <summary>Shorter leases than this are kept alive by the library while nothing else is said.</summary>
    public static readonly TimeSpan LeaseKeptAliveMax = TimeSpan.FromMinutes(5);

    /// <summary>The pause after the first full round of nodes that failed.</summary>
    public static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause after a full round.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromMilliseconds(500);

    /// <summary>A delivery stream that is silent for this long has its node asked whether it lives.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromMilliseconds(1_200);

    /// <summary>While its node does not serve, a delivery stream looks this often for one that does.</summary>
    public static readonly TimeSpan StrandedLook = TimeSpan.FromMilliseconds(600);

    /// <summary>A client waits no longer when a node tells it to; then it asks again.</summary>
    public static readonly TimeSpan ToldWaitMax = TimeSpan.FromMinutes(5);

    /// <summary>How long a node may take to say that it lives.</summary>
    public static readonly TimeSpan ProbeDeadline = TimeSpan.FromSeconds(1);
}
