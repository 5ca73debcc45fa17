namespace Parley.Client;

/// <summary>What is done about who is in a room.</summary>
public enum RoomAct
{
    /// <summary>No act.</summary>
    None = 0,

    /// <summary>The caller comes in.</summary>
    Join = 1,

    /// <summary>The caller goes, or declines an invitation. An owner's place goes to the moderator, else the member,
    /// who has been there longest.</summary>
    Leave = 2,

    /// <summary>Another may join; needed for rooms by invitation.</summary>
    Invite = 3,

    /// <summary>Another is put out, until a moderator invites; or an invitation is withdrawn.</summary>
    Remove = 4,

    /// <summary>Another reads, but does not send.</summary>
    Mute = 5,

    /// <summary>Another may send again.</summary>
    Unmute = 6,

    /// <summary>Another becomes a moderator.</summary>
    MakeModerator = 7,

    /// <summary>Another is a moderator no more.</summary>
    MakeMember = 8,

    /// <summary>Another becomes the owner; the caller stays as a moderator.</summary>
    MakeOwner = 9,
}

/// <summary>What somebody is to a room.</summary>
public enum RoomPlace
{
    /// <summary>Neither in it nor invited.</summary>
    None = 0,

    /// <summary>Not in it; muted, or removed and not invited since.</summary>
    Outside = 1,

    /// <summary>May join.</summary>
    Invited = 2,

    /// <summary>In it.</summary>
    Member = 3,

    /// <summary>In it, and may invite, remove, mute, and change the topic.</summary>
    Moderator = 4,

    /// <summary>In it, and may do everything.</summary>
    Owner = 5,
}

/// <summary>A room as the caller sees it.</summary>
public sealed record RoomEntry
{
    /// <summary>With its '#'.</summary>
    public required string Name { get; init; }

    /// <summary>The conversation's opaque id, 32 hexadecimal digits.</summary>
    public required string Conversation { get; init; }

    /// <summary>Only who is invited may join and sees it.</summary>
    public required bool ByInvitation { get; init; }

    /// <summary>As set: print it only through a sanitizer.</summary>
    public required string Topic { get; init; }

    /// <summary>The owner's name.</summary>
    public required string Owner { get; init; }

    /// <summary>How many are in it.</summary>
    public required int Members { get; init; }

    /// <summary>How long messages are kept; 0: as the cluster's settings say.</summary>
    public required int RetentionDays { get; init; }

    /// <summary>Messages that the caller's client has not acknowledged, its own included; 0 outside.</summary>
    public required long Undelivered { get; init; }

    /// <summary>What the caller is to it.</summary>
    public required RoomPlace Place { get; init; }

    /// <summary>The caller is muted.</summary>
    public required bool Muted { get; init; }

    /// <summary>The caller is in it.</summary>
    public bool IsInside => Place >= RoomPlace.Member;
}

/// <summary>Somebody who has to do with a room.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Place">What it is to the room.</param>
/// <param name="Muted">It reads, but does not send.</param>
/// <param name="Barred">It was removed, and not invited since.</param>
/// <param name="DeliveredSequence">Everything up to here is acknowledged.</param>
public sealed record RoomPerson(string Name, RoomPlace Place, bool Muted, bool Barred, long DeliveredSequence)
{
    /// <summary>Everything up to here was read, as far as the person lets others know; 0: nothing.</summary>
    public long ReadSequence { get; init; }

    /// <summary>It is in the room.</summary>
    public bool IsInside => Place >= RoomPlace.Member;
}
