namespace Parley.Core;

/// <summary>Every bound of the chat's state, by name (docs/guarantees.md).</summary>
internal static class Limits
{
    public const int TextBytesMax = 16_384;
    public const int NameCharactersMax = 32;
    public const int PasswordHashBytesMax = 256;

    /// <summary>Of any command, encoded: the longest text, or the longest list of numbers, and some room.</summary>
    public const int CommandBytesMax = 65_536;

    public const int SettingsBytesMax = 1_024;
    public const int ClientOutcomesMax = 1_024;
    public const int ClientsPerAccountMax = 64;
    public const int AcknowledgementsMax = 1_000;
    public const int PageBytesMax = 1 << 20;
    public const int PurgeRowsMax = 1_000;
    public const int SessionsPerCommandMax = 1_000;
    public const long UndeliveredMessagesMax = 100_000;
    public const long UndeliveredBytesMax = 64L << 20;
    public const int RetentionDays = 30;
    public const int RetentionDaysMax = 36_500;

    /// <summary>Open ones, and those used up or expired that are remembered.</summary>
    public const int InvitesMax = 10_000;

    public const int InviteUsesMax = 1_000;
    public const int RoomsMax = 10_000;
    public const int RoomMembersMax = 1_000;

    /// <summary>Of each: who is invited to a room, who is barred from it, and who is muted without being in it. (All
    /// together, before <see cref="StateVersions.LastingBars"/>.)</summary>
    public const int RoomOutsidersMax = 1_000;

    public const int RoomsPerAccountMax = 500;
    public const int RoomTopicBytesMax = 512;

    /// <summary>Request ids of an account's room commands that are remembered, for <see cref="RequestMemory"/>, before
    /// <see cref="StateVersions.ChangedMessages"/>.</summary>
    public const int RoomRequestsMax = 256;

    /// <summary>Request ids of an account's changes of rooms and messages that are remembered, for
    /// <see cref="RequestMemory"/>.</summary>
    public const int ChangeRequestsMax = 1_024;

    public const int AuditRowsMax = 100_000;
    public const int AuditDetailBytesMax = 256;

    /// <summary>Names that no account has and whose wrong passwords are counted; of too many, those with the fewest go
    /// first. Those of accounts are counted besides.</summary>
    public const int LoginFailureNamesMax = 10_000;

    public const int LoginFailuresPerCommandMax = 1_000;

    /// <summary>More than this many wrong passwords make no difference.</summary>
    public const int LoginFailuresMax = 1_000;

    /// <summary>So many wrong passwords cost no wait.</summary>
    public const int LoginFailuresFree = 5;

    /// <summary>Addresses remembered of an account; the one not used for longest goes first.</summary>
    public const int AddressesPerAccountMax = 16;

    public const int TokensPerAccountMax = 32;

    /// <summary>Revoked within <see cref="RequestMemory"/>, for that long remembered; then no more are made.</summary>
    public const int RevokedTokensPerAccountMax = 1_000;

    public const int TokenLabelBytesMax = 64;

    /// <summary>Keys of a hook that are remembered, each for <see cref="ClientMemory"/>; then it takes no more.
    /// </summary>
    public const int HookKeysMax = 100_000;

    /// <summary>How old the last use of a known address is at most, as remembered.</summary>
    public static readonly TimeSpan AddressRefresh = TimeSpan.FromDays(1);

    /// <summary>The longest wait after wrong passwords.</summary>
    public static readonly TimeSpan LoginDelayMax = TimeSpan.FromSeconds(30);

    /// <summary>How long wrong passwords are remembered after the last one.</summary>
    public static readonly TimeSpan LoginFailureMemory = TimeSpan.FromHours(1);

    public static readonly TimeSpan LeaseDefault = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan LeaseMin = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan LeaseMax = TimeSpan.FromDays(30);

    /// <summary>Leases up to this are counted in the leader's ticks, longer ones in the state.</summary>
    public static readonly TimeSpan LeaseCountedByLeaderMax = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan InviteLifetimeMin = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan InviteLifetimeMax = TimeSpan.FromDays(365);

    /// <summary>How long a client is remembered after its session ended.</summary>
    public static readonly TimeSpan ClientMemory = TimeSpan.FromDays(7);

    /// <summary>How long ended token hashes and request ids are remembered.</summary>
    public static readonly TimeSpan RequestMemory = TimeSpan.FromDays(1);
}
