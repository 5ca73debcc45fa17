using Grpc.Core;
using Parley.Core;
using Parley.Server.Consensus;

namespace Parley.Server.Api;

/// <summary>
/// The one table from refusals to what clients see. UNAVAILABLE always means "not done, or safe to repeat with the same
/// id"; INVALID_ARGUMENT depends on protocol constants alone, so that no attempt of the same call can have been stored.
/// </summary>
internal static class Reasons
{
    /// <summary>A rate or a queue, where nobody told how long.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>A bound on what is kept: somebody must make room first.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    // Who asks. One text for every way a token can be wrong, and for unknown account and wrong password alike.
    public static readonly Reason SessionEnded = new(
        "SESSION_ENDED", StatusCode.Unauthenticated, "a live session is needed: log in");

    public static readonly Reason WrongCredentials = new(
        "WRONG_CREDENTIALS", StatusCode.Unauthenticated, "no account has this name and this password");

    public static readonly Reason TooManyLogins = new(
        "TOO_MANY_LOGINS", StatusCode.ResourceExhausted,
        "this node verifies as many passwords as it can; try again, or another node")
    {
        RetryAfter = Soon,
    };

    public static readonly Reason LoginDelayed = new(
        "LOGIN_DELAYED", StatusCode.ResourceExhausted,
        "wrong passwords were tried for this account, or from this address: wait as told before the next one")
    {
        RetryAfter = Soon,
    };

    // What was asked (protocol constants alone).
    public static readonly Reason ArgumentInvalid = new(
        "ARGUMENT_INVALID", StatusCode.InvalidArgument, "the request does not follow the protocol");

    public static readonly Reason QueryInvalid = new(
        "QUERY_INVALID", StatusCode.InvalidArgument,
        "a query is 1 to 16 words of letters or digits, 256 bytes at most");

    public static readonly Reason NameInvalid = new(
        "NAME_INVALID", StatusCode.InvalidArgument,
        "a name is 1 to 32 of a-z, 0-9, '.', '_', '-' and begins with a letter or digit");

    public static readonly Reason PasswordTooShort = new(
        "PASSWORD_TOO_SHORT", StatusCode.InvalidArgument, "a password has at least 8 characters");

    public static readonly Reason PasswordTooLong = new(
        "PASSWORD_TOO_LONG", StatusCode.InvalidArgument, "a password has at most 256 bytes of UTF-8");

    public static readonly Reason PasswordTooCommon = new(
        "PASSWORD_TOO_COMMON", StatusCode.InvalidArgument,
        "this password is among those that are guessed first: take several words, or let a program make one");

    public static readonly Reason LabelInvalid = new(
        "LABEL_INVALID", StatusCode.InvalidArgument, "a label has 1 to 64 bytes of UTF-8 and is not blank");

    public static readonly Reason TextEmpty = new(
        "TEXT_EMPTY", StatusCode.InvalidArgument, "a message needs a text that is not blank");

    public static readonly Reason TextTooLong = new(
        "TEXT_TOO_LONG", StatusCode.InvalidArgument, "a text has at most 16384 bytes of UTF-8");

    public static readonly Reason MessageIdInvalid = new(
        "MESSAGE_ID_INVALID", StatusCode.InvalidArgument,
        "a message id is 16 bytes: client number and counter, big-endian, the counter from 1");

    public static readonly Reason NonceInvalid = new(
        "NONCE_INVALID", StatusCode.InvalidArgument, "a nonce has at most 16 bytes");

    public static readonly Reason PageTokenInvalid = new(
        "PAGE_TOKEN_INVALID", StatusCode.InvalidArgument, "the page token is not of this list");

    public static readonly Reason PageSizeInvalid = new(
        "PAGE_SIZE_INVALID", StatusCode.InvalidArgument, "a page size is not negative");

    // When, and where.
    public static readonly Reason RateLimited = new(
        "RATE_LIMITED", StatusCode.ResourceExhausted,
        "too many messages a second from this account; wait as told and repeat with the same id")
    {
        RetryAfter = Soon,
    };

    public static readonly Reason TooManyCalls = new(
        "TOO_MANY_CALLS", StatusCode.ResourceExhausted,
        "more calls than this account, address or node may have, at a time or a second; wait as told and repeat")
    {
        RetryAfter = Soon,
    };

    public static readonly Reason TooManyConnections = new(
        "TOO_MANY_CONNECTIONS", StatusCode.ResourceExhausted,
        "more connections to this node, or open calls, than there may be; " +
        "close some, or ask another node")
    {
        RetryAfter = Soon,
    };

    public static readonly Reason ClusterChanged = new(
        "CLUSTER_CHANGED", StatusCode.FailedPrecondition,
        "this node belongs to another cluster than the one this client knew; log in anew");

    public static readonly Reason NoMajority = new(
        "NO_MAJORITY", StatusCode.Unavailable, "no majority of the nodes is reachable; nothing was stored");

    public static readonly Reason Overloaded = new(
        "OVERLOADED", StatusCode.Unavailable, "this node has too much to do; repeat, or ask another node");

    public static readonly Reason Draining = new(
        "DRAINING", StatusCode.Unavailable, "this node is stopping; repeat at another node");

    public static readonly Reason OutcomeUnknown = new(
        "OUTCOME_UNKNOWN", StatusCode.DeadlineExceeded,
        "the time ran out and it may still be done; repeat with the same id");

    public static readonly Reason NodeBehind = new(
        "NODE_BEHIND", StatusCode.Unavailable, "this node has not caught up with what the client has seen");

    public static readonly Reason NotServing = new(
        "NOT_SERVING", StatusCode.Unavailable, "this node is not part of a formed cluster yet");

    public static readonly Reason NodesTooOld = new(
        "NODES_TOO_OLD", StatusCode.Unavailable,
        "some node runs a program that does not know this, or has not said so yet; repeat, or upgrade it");

    /// <summary>Final, unlike <see cref="NodesTooOld"/>: nobody needs to wait for a mark.</summary>
    public static readonly Reason MarksNotKnown = new(
        "MARKS_NOT_KNOWN", StatusCode.FailedPrecondition,
        "some node runs a program that does not know read marks: nothing is marked until it is upgraded");

    public static readonly Reason StatesDiffer = new(
        "STATES_DIFFER", StatusCode.FailedPrecondition,
        "this node's state and another one's differ, and no majority says which is right; see the warnings of 'parley "
        + "status'");

    public static readonly Reason CommandRefused = new(
        "COMMAND_REFUSED", StatusCode.Unavailable,
        "the leader takes no such command from this node, whose program is another or at fault; ask another node");

    /// <summary>Nothing a user can cause: the node's log has the exception.</summary>
    public static readonly Reason Internal = new(
        "INTERNAL", StatusCode.Internal, "the node failed to answer; its log says how");

    // What Apply decided.
    private static readonly Reason TooLate = new(
        "TOO_LATE", StatusCode.Unavailable, "it came too late to be done and nothing was done; repeat it");

    private static readonly Reason ClientForgotten = new(
        "CLIENT_FORGOTTEN", StatusCode.FailedPrecondition,
        "this client number is not known (any more): take a new one; outcomes of unanswered sends are unknown");

    private static readonly Reason MessageIdReused = new(
        "MESSAGE_ID_REUSED", StatusCode.Aborted,
        "the message id was used for another recipient or text: take a new client number");

    private static readonly Reason AlreadyAnswered = new(
        "ALREADY_ANSWERED", StatusCode.FailedPrecondition,
        "the message id was answered so long ago that its outcome is not remembered");

    private static readonly Reason OutOfOrder = new(
        "OUT_OF_ORDER", StatusCode.FailedPrecondition,
        "an earlier message of this client is missing: repeat from the first unanswered");

    public static readonly Reason NotFound = new(
        "NOT_FOUND", StatusCode.NotFound,
        "there is no such account, room, conversation, message, invitation or device token");

    /// <summary>Also from before the log, where that is known already.</summary>
    public static readonly Reason NotMember = new(
        "NOT_MEMBER", StatusCode.PermissionDenied, "only members of the room may do this: join it first");

    private static readonly Reason RoomRoleNeeded = new(
        "ROOM_ROLE_NEEDED", StatusCode.PermissionDenied,
        "this needs the room's owner or a moderator, and one who stands above the other member");

    private static readonly Reason NotAuthor = new(
        "NOT_AUTHOR", StatusCode.PermissionDenied,
        "only who wrote a message may edit it, or delete it outside of rooms");

    private static readonly Reason Muted = new(
        "MUTED", StatusCode.PermissionDenied, "a moderator has muted this account in the room");

    private static readonly Reason Barred = new(
        "BARRED", StatusCode.PermissionDenied, "a moderator has removed this account: one of them must invite it");

    private static readonly Reason RoomFull = new(
        "ROOM_FULL", StatusCode.ResourceExhausted, "the room has as many members, invitations or bars as it may have")
    {
        RetryAfter = Later,
    };

    private static readonly Reason RoomNameTaken = new(
        "ROOM_NAME_TAKEN", StatusCode.AlreadyExists, "another room has this name");

    private static readonly Reason TooManyRooms = new(
        "TOO_MANY_ROOMS", StatusCode.ResourceExhausted,
        "the account, or the cluster, has as many rooms as it may have; leave one")
    {
        RetryAfter = Later,
    };

    private static readonly Reason MessageDeleted = new(
        "MESSAGE_DELETED", StatusCode.FailedPrecondition, "the message was deleted, and that is for ever");

    private static readonly Reason InboxFull = new(
        "INBOX_FULL", StatusCode.ResourceExhausted, "the recipient has as many undelivered messages as it may have")
    {
        RetryAfter = Later,
    };

    private static readonly Reason NameTaken = new(
        "NAME_TAKEN", StatusCode.AlreadyExists, "another account has this name");

    private static readonly Reason PasswordChanged = new(
        "PASSWORD_CHANGED", StatusCode.FailedPrecondition, "the password changed meanwhile; log in again");

    private static readonly Reason TokenEnded = new(
        "TOKEN_ENDED", StatusCode.FailedPrecondition, "the session of this token has ended: log in with a new token");

    private static readonly Reason AlreadyLoggedIn = new(
        "ALREADY_LOGGED_IN", StatusCode.FailedPrecondition,
        "the account is logged in elsewhere; --take-over ends that session in favour of this one");

    private static readonly Reason TooManyClients = new(
        "TOO_MANY_CLIENTS", StatusCode.ResourceExhausted,
        "the session has as many client numbers as it may have: end programs that use it, or log out")
    {
        RetryAfter = Later,
    };

    /// <summary>Also from before the log, where that is known already.</summary>
    public static readonly Reason NotAllowed = new(
        "NOT_ALLOWED", StatusCode.PermissionDenied, "only an administrator may do this");

    private static readonly Reason OwnAccount = new(
        "OWN_ACCOUNT", StatusCode.FailedPrecondition,
        "administrators do this to others' accounts only; another administrator can do it to this one");

    private static readonly Reason LastAdministrator = new(
        "LAST_ADMINISTRATOR", StatusCode.FailedPrecondition,
        "the only administrator that may log in stays while others have accounts: make another administrator first");

    private static readonly Reason RegistrationClosed = new(
        "REGISTRATION_CLOSED", StatusCode.PermissionDenied, "this cluster takes no new accounts");

    private static readonly Reason InviteInvalid = new(
        "INVITE_INVALID", StatusCode.PermissionDenied,
        "an invitation that is neither used up nor expired is needed: ask an administrator, and give it by --invite");

    private static readonly Reason TooManyInvites = new(
        "TOO_MANY_INVITES", StatusCode.ResourceExhausted,
        "there are as many invitations as there may be; some must expire first")
    {
        RetryAfter = Later,
    };

    private static readonly Reason AccountDisabled = new(
        "ACCOUNT_DISABLED", StatusCode.PermissionDenied, "an administrator has disabled this account");

    private static readonly Reason TooManyTokens = new(
        "TOO_MANY_TOKENS", StatusCode.ResourceExhausted,
        "the account has as many device tokens as it may have; revoke one first")
    {
        RetryAfter = Later,
    };

    public static readonly Reason HookUnknown = new(
        "HOOK_UNKNOWN", StatusCode.Unauthenticated, "there is no such hook");

    private static readonly Reason TooManyKeys = new(
        "TOO_MANY_KEYS", StatusCode.ResourceExhausted,
        "the hook has had as many keys within 7 days as are remembered; nothing was stored")
    {
        RetryAfter = Later,
    };

    private static readonly Reason BeyondHead = new(
        "BEYOND_HEAD", StatusCode.OutOfRange, "the conversation has no message with this sequence yet");

    private static readonly Reason NotDelivered = new(
        "NOT_DELIVERED", StatusCode.OutOfRange,
        "nothing up to this sequence is acknowledged by this account yet: acknowledge it, then mark it as read");

    public static readonly Reason StreamReplaced = new(
        "STREAM_REPLACED", StatusCode.Aborted, "a newer delivery stream of the session was opened");

    private static readonly Reason RevisionChanged = new(
        "REVISION_CHANGED", StatusCode.Aborted, "the settings were changed meanwhile; read them again");

    private static readonly Reason RequestIdReused = new(
        "REQUEST_ID_REUSED", StatusCode.Aborted, "the request id was used for another request");

    public static Reason Of(Rejection rejection) => rejection switch
    {
        Rejection.TooLate => TooLate,
        Rejection.SessionEnded => SessionEnded,
        Rejection.ClientForgotten => ClientForgotten,
        Rejection.MessageIdReused => MessageIdReused,
        Rejection.AlreadyAnswered => AlreadyAnswered,
        Rejection.OutOfOrder => OutOfOrder,
        Rejection.NotFound => NotFound,
        Rejection.NotMember => NotMember,
        Rejection.RoomRoleNeeded => RoomRoleNeeded,
        Rejection.NotAuthor => NotAuthor,
        Rejection.Muted => Muted,
        Rejection.Barred => Barred,
        Rejection.RoomFull => RoomFull,
        Rejection.RoomNameTaken => RoomNameTaken,
        Rejection.TooManyRooms => TooManyRooms,
        Rejection.MessageDeleted => MessageDeleted,
        Rejection.InboxFull => InboxFull,
        Rejection.NameTaken => NameTaken,
        Rejection.PasswordChanged => PasswordChanged,
        Rejection.TokenEnded => TokenEnded,
        Rejection.AlreadyLoggedIn => AlreadyLoggedIn,
        Rejection.TooManyClients => TooManyClients,
        Rejection.BeyondHead => BeyondHead,
        Rejection.NotDelivered => NotDelivered,
        Rejection.StreamReplaced => StreamReplaced,
        Rejection.RevisionChanged => RevisionChanged,
        Rejection.RequestIdReused => RequestIdReused,
        Rejection.NotAllowed => NotAllowed,
        Rejection.OwnAccount => OwnAccount,
        Rejection.LastAdministrator => LastAdministrator,
        Rejection.RegistrationClosed => RegistrationClosed,
        Rejection.InviteInvalid => InviteInvalid,
        Rejection.TooManyInvites => TooManyInvites,
        Rejection.AccountDisabled => AccountDisabled,
        Rejection.TokenRevoked => WrongCredentials,
        Rejection.TooManyTokens => TooManyTokens,
        Rejection.HookEnded => HookUnknown,
        Rejection.TooManyKeys => TooManyKeys,
        _ => throw new InvariantBrokenException($"no row for {rejection}"),
    };

    public static Reason Of(NotDoneReason reason) => reason switch
    {
        NotDoneReason.NoMajority => NoMajority,
        NotDoneReason.Overloaded => Overloaded,
        NotDoneReason.Draining => Draining,
        NotDoneReason.OutcomeUnknown => OutcomeUnknown,
        NotDoneReason.NodeBehind => NodeBehind,
        NotDoneReason.NotServing => NotServing,
        NotDoneReason.Refused => CommandRefused,
        _ => throw new InvariantBrokenException($"no row for {reason}"),
    };
}
