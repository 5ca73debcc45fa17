namespace Parley.Core.Facts;

/// <summary>A room.</summary>
/// <param name="Number">Its conversation's number.</param>
/// <param name="Name">Lower-case, without the '#'.</param>
/// <param name="IsByInvitation">Only who is invited may join, and sees it at all.</param>
/// <param name="Owner">An account that is in it.</param>
internal sealed record RoomFacts(long Number, string Name, bool IsByInvitation, long Owner)
{
    public required string Topic { get; init; }

    /// <summary>Who is in it, the owner included.</summary>
    public int Members { get; init; }

    /// <summary>0: as the cluster's settings say.</summary>
    public int RetentionDays { get; init; }
}

/// <summary>What an account is to a room.</summary>
internal sealed record RoomMemberFacts(long Room, long Account, RoomStanding Standing)
{
    /// <summary>Reads, but does not send.</summary>
    public bool IsMuted { get; init; }

    /// <summary>Was removed: does not come back without an invitation.</summary>
    public bool IsBarred { get; init; }

    /// <summary>The log index of the entry that gave it its place: tells who was there first.</summary>
    public long Since { get; init; }

    /// <summary>The first sequence it may read.</summary>
    public long FirstSequence { get; init; }

    /// <summary>Everything up to here is acknowledged.</summary>
    public long Delivered { get; init; }

    public bool IsInside => Standing >= RoomStanding.Member;
}

/// <summary>What an account is to a room. Stored: numbers are for ever. The owner is a moderator whom the room names.
/// </summary>
internal enum RoomStanding
{
    None = 0,

    /// <summary>Not in it, but muted or barred.</summary>
    Outside = 1,
    Invited = 2,
    Member = 3,
    Moderator = 4,
}

/// <summary>A command about a room, or about a message, that was decided.</summary>
/// <param name="LogIndex">The entry that decided.</param>
/// <param name="Account">Who asked.</param>
/// <param name="RequestId">The client's id for it.</param>
/// <param name="Refusal">Why it was refused, or none.</param>
/// <param name="Room">Which room, or conversation, it was about; 0 when there was none.</param>
/// <param name="AskedAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
internal readonly record struct RoomRequest(
    long LogIndex, long Account, UInt128 RequestId, Rejection Refusal, long Room, long AskedAtUs)
{
    public Outcome Outcome =>
        Refusal == Rejection.None ? new Outcome.ConversationChanged(Room) : new Outcome.Rejected(Refusal);
}
