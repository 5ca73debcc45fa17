namespace Parley.Core;

/// <summary>
/// Why <c>Apply</c> refused a command. Stored with outcomes: numbers are for ever. Listed in order of precedence: the
/// first that holds is the answer.
/// </summary>
internal enum Rejection
{
    None = 0,

    /// <summary>Log time has passed the command's <c>not after</c>; nothing was done; takes no counter.</summary>
    TooLate = 1,

    /// <summary>The session has ended or never was; takes no counter.</summary>
    SessionEnded = 2,

    /// <summary>The caller's account is no administrator.</summary>
    NotAllowed = 18,

    /// <summary>The hook was revoked, or its account is disabled; nothing is remembered.</summary>
    HookEnded = 60,

    /// <summary>No row for this client (its session ended over 7 days ago, or it never was this account's).</summary>
    ClientForgotten = 3,

    /// <summary>The id was taken by other content.</summary>
    MessageIdReused = 4,

    /// <summary>The counter was taken so long ago that its outcome is not remembered.</summary>
    AlreadyAnswered = 5,

    /// <summary>The counter is beyond last + 1; nothing remembered: repeat from the first unanswered.</summary>
    OutOfOrder = 6,

    /// <summary>The account, recipient or conversation is not there (for the caller).</summary>
    NotFound = 7,

    /// <summary>The room is there for all to see, but the caller is not in it.</summary>
    NotMember = 30,

    /// <summary>What was asked needs the room's owner, a moderator, or one above the other member.</summary>
    RoomRoleNeeded = 31,

    /// <summary>Only who wrote a message may do this to it.</summary>
    NotAuthor = 50,

    /// <summary>The sender is muted in the room.</summary>
    Muted = 32,

    /// <summary>The caller was removed from the room, and not invited since.</summary>
    Barred = 33,

    /// <summary>The room has as many members (or, for an invitation, invited people) as it may.</summary>
    RoomFull = 34,

    /// <summary>Another room has the name.</summary>
    RoomNameTaken = 35,

    /// <summary>The account is in as many rooms as it may be, or the cluster has as many as it may.</summary>
    TooManyRooms = 36,

    /// <summary>The message is a tombstone.</summary>
    MessageDeleted = 51,

    /// <summary>The recipient's undelivered queue is full.</summary>
    InboxFull = 8,

    /// <summary>The hook has as many keys to remember as it may; nothing is remembered.</summary>
    TooManyKeys = 61,

    /// <summary>An administrator changes others' accounts so, not the own one.</summary>
    OwnAccount = 19,

    /// <summary>Without this administrator nobody could let anyone in.</summary>
    LastAdministrator = 20,

    /// <summary>The cluster takes no new accounts.</summary>
    RegistrationClosed = 21,

    /// <summary>No invitation was given, or it is unknown, used up or expired.</summary>
    InviteInvalid = 22,

    /// <summary>There are as many invitations as there may be.</summary>
    TooManyInvites = 23,

    /// <summary>Another live account has the name.</summary>
    NameTaken = 9,

    /// <summary>The password hash the login was verified against is not current.</summary>
    PasswordChanged = 10,

    /// <summary>The device token is not (any more) the account's.</summary>
    TokenRevoked = 25,

    /// <summary>An administrator has disabled the account.</summary>
    AccountDisabled = 24,

    /// <summary>The token's session has ended before; a login needs a new token.</summary>
    TokenEnded = 11,

    /// <summary>Another session of the account lives and take-over was not asked for.</summary>
    AlreadyLoggedIn = 12,

    /// <summary>The account has as many remembered clients as it may.</summary>
    TooManyClients = 13,

    /// <summary>The account has as many device tokens as it may.</summary>
    TooManyTokens = 26,

    /// <summary>The sequence is beyond the conversation's head.</summary>
    BeyondHead = 14,

    /// <summary>The sequence is beyond the caller's delivered mark: nobody has read what has not come.</summary>
    NotDelivered = 40,

    /// <summary>A stream with this number or a larger one was opened before.</summary>
    StreamReplaced = 15,

    /// <summary>The settings have another revision than expected.</summary>
    RevisionChanged = 16,

    /// <summary>The request id was used for another name.</summary>
    RequestIdReused = 17,
}
