namespace Parley.Server.Api;

/// <summary>Every bound of the client-facing side, by name.</summary>
internal static class ApiLimits
{
    /// <summary>Of one request message; a text of 16 KiB and its envelope fit four times.</summary>
    public const int RequestBytesMax = 64 * 1024;

    /// <summary>Fields of one request, those in its messages and those of a later protocol included: 1,000 marks have
    /// three each.</summary>
    public const int RequestFieldsMax = 4_000;

    /// <summary>Messages of one SendMessages stream that are taken and not answered; then it is not read.</summary>
    public const int SendsInFlightMax = 256;

    public const int TokenBytes = 32;
    public const int RequestIdBytes = 16;
    public const int MessageIdBytes = 16;
    public const int NonceBytesMax = 16;

    public const int PasswordCharactersMin = 8;
    public const int PasswordBytesMax = 256;

    /// <summary>Passwords hashed at a time on this node; each takes 19 MiB.</summary>
    public const int HashesAtOnceMax = 2;

    /// <summary>Passwords waiting to be hashed; more are refused.</summary>
    public const int HashesWaitingMax = 20;

    /// <summary>Of those, from one address: the others have room whatever it does.</summary>
    public const int HashesWaitingPerAddressMax = HashesWaitingMax / 4;

    public const int InviteCharactersMax = 64;
    public const int SettingsPerChangeMax = 32;

    /// <summary>People asked about at a time: each is looked for in up to 500 rooms.</summary>
    public const int PresenceNamesMax = 20;

    public const int PatternBytesMax = 64;
    public const int PageTokenCharactersMax = 128;
    public const int PageSizeDefault = 100;
    public const int PageSizeMax = 1_000;

    /// <summary>Conversations of which a client says, opening a stream, how far it has them.</summary>
    public const int ReceivedMarksMax = 1_000;

    /// <summary>Messages a delivery stream reads at a time.</summary>
    public const int DeliveryBatchMax = 128;

    /// <summary>Bytes of text a delivery stream reads at a time: what a client that never reads costs.</summary>
    public const int DeliveryBatchBytesMax = 256 * 1024;

    public const int SearchPageMax = 100;

    /// <summary>Searches at a time on this node: each takes a core while it looks.</summary>
    public const int SearchesAtOnceMax = 2;

    /// <summary>Searches of one account at a time, those that wait included.</summary>
    public const int SearchesPerAccountMax = 2;

    /// <summary>How long a search looks; then it says that it may be incomplete. With the waits before, it is less than
    /// a client gives a node to answer.</summary>
    public static readonly TimeSpan SearchTimeMax = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a search waits for the index to have what was applied.</summary>
    public static readonly TimeSpan SearchIndexWait = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a search waits for its turn.</summary>
    public static readonly TimeSpan SearchTurnMax = TimeSpan.FromMilliseconds(300);

    public static readonly TimeSpan InviteLifetimeDefault = TimeSpan.FromDays(7);

    /// <summary>How long a call waits for this node to catch up with what its client has seen.</summary>
    public static readonly TimeSpan CatchUpWait = TimeSpan.FromMilliseconds(500);

    /// <summary>A delivery stream is silent for no longer (the protocol says 5 s): a client asks a node that is, and a
    /// question costs more than a heartbeat.</summary>
    public static readonly TimeSpan HeartbeatAfter = TimeSpan.FromSeconds(1);

    /// <summary>A delivery stream whose client takes no message for this long is cut; it can be resumed.</summary>
    public static readonly TimeSpan UnreadStreamMax = TimeSpan.FromSeconds(60);

    /// <summary>What a client is told to wait when too many passwords are being hashed.</summary>
    public static readonly TimeSpan LoginRetryAfter = TimeSpan.FromSeconds(1);
}
