namespace Parley.Core.Delivery;

/// <summary>What a batch changed for those outside; published after its COMMIT.</summary>
internal sealed class BatchNews
{
    public HashSet<long> Accounts { get; } = [];

    public HashSet<long> DeletedAccounts { get; } = [];

    public HashSet<long> Sessions { get; } = [];

    public HashSet<long> AccountsToRing { get; } = [];

    /// <summary>Rooms that were made, changed or closed.</summary>
    public HashSet<long> Rooms { get; } = [];

    public HashSet<long> RoomsWithMessages { get; } = [];

    /// <summary>Sequences of messages that were edited or deleted, by room.</summary>
    public Dictionary<long, List<long>> ChangesInRooms { get; } = [];

    public List<long> EndedSessions { get; } = [];

    public List<OpenedStream> OpenedStreams { get; } = [];

    /// <summary>Their positions.</summary>
    public List<long> DroppedMessages { get; } = [];

    /// <summary>In the order they happened.</summary>
    public List<DeliveryChange> Changes { get; } = [];

    /// <summary>Names (their hashes) with more wrong passwords, or none any more.</summary>
    public HashSet<UInt128> LoginFailures { get; } = [];

    /// <summary>Accounts that were logged into from elsewhere, or that lost an address.</summary>
    public HashSet<long> KnownAddresses { get; } = [];

    /// <summary>Numbers of device tokens that came, were used or went.</summary>
    public HashSet<long> DeviceTokens { get; } = [];

    public bool SettingsChanged { get; set; }
}

/// <summary>Something moved in a conversation of an account.</summary>
/// <param name="Account">Whose stream it concerns.</param>
/// <param name="Conversation">The conversation's number.</param>
/// <param name="Kind">What moved.</param>
/// <param name="Position">With a message: its position.</param>
internal readonly record struct DeliveryChange(
    long Account, long Conversation, DeliveryChangeKind Kind, long Position)
{
    /// <summary>With changes: of which messages.</summary>
    public IReadOnlyList<long> Sequences { get; init; } = [];
}

/// <summary>What moved in a conversation.</summary>
internal enum DeliveryChangeKind
{
    None = 0,

    /// <summary>There is a message to deliver.</summary>
    Message = 1,

    /// <summary>The other member acknowledged.</summary>
    Receipt = 2,

    /// <summary>The account has acknowledged everything.</summary>
    Caught = 3,

    /// <summary>The account's place in a room, or the room, is another now.</summary>
    Rooms = 4,

    /// <summary>Messages were edited or deleted.</summary>
    Changed = 5,
}
