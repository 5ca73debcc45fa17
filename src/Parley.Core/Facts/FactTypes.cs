using System.Buffers.Binary;

namespace Parley.Core.Facts;

/// <summary>The entry a rule decides about.</summary>
/// <param name="Index">Its log index.</param>
/// <param name="TimeUs">Its log time, microseconds since 1970-01-01T00:00:00Z.</param>
internal readonly record struct EntryStamp(long Index, long TimeUs);

/// <summary>A remembered client.</summary>
internal readonly record struct ClientFacts(ulong Number, long Account, ulong LastCounter);

/// <summary>Whose token this is or was.</summary>
internal readonly record struct TokenFacts(long Session, long Account, bool IsLive);

/// <summary>A CreateAccount that was decided.</summary>
/// <param name="RequestId">The client's id for it.</param>
/// <param name="Name">The name that was asked for.</param>
/// <param name="Account">The account's number; 0 when it was refused.</param>
/// <param name="AskedAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
internal readonly record struct AccountRequest(UInt128 RequestId, string Name, long Account, long AskedAtUs)
{
    /// <summary>Why it was refused, or none.</summary>
    public Rejection Refusal { get; init; }
}

/// <summary>An invitation.</summary>
/// <param name="Number">The log index of the entry that made it.</param>
/// <param name="CodeHash">SHA-256 of its code.</param>
/// <param name="Creator">The administrator's account number.</param>
/// <param name="ExpiresAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
/// <param name="UsesLeft">0: it is used up, or revoked.</param>
internal sealed record InviteFacts(
    long Number, TokenHash CodeHash, long Creator, long ExpiresAtUs, int UsesLeft)
{
    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long CreatedAtUs { get; init; }

    /// <summary>Whether an account can be made with it at this log time.</summary>
    public bool IsGoodAt(long timeUs) => UsesLeft > 0 && ExpiresAtUs > timeUs;
}

/// <summary>A device token: a secret that logs into its account.</summary>
/// <param name="Number">The log index of the entry that made it.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="TokenHash">SHA-256 of the token.</param>
/// <param name="Label">What its owner calls it.</param>
/// <param name="CreatedAtUs">Log time, microseconds since 1970-01-01T00:00:00Z.</param>
internal sealed record DeviceTokenFacts(
    long Number, long Account, TokenHash TokenHash, string Label, long CreatedAtUs)
{
    /// <summary>The last session opened with it; 0 for none.</summary>
    public long Session { get; init; }

    /// <summary>When that was, log time; 0 for never.</summary>
    public long UsedAtUs { get; init; }

    /// <summary>Where it posts to, if it is a hook; it logs nobody in then.</summary>
    public MessageTarget? Hook { get; init; }
}

/// <summary>Where a message goes to.</summary>
/// <param name="Recipient">An account; 0: to a room.</param>
/// <param name="Room">A room; 0: to an account.</param>
internal readonly record struct MessageTarget(long Recipient, long Room);

/// <summary>What an administrator did, to be kept.</summary>
/// <param name="Actor">Who did it.</param>
/// <param name="Act">What.</param>
/// <param name="Subject">To whom; null when it concerns the cluster.</param>
/// <param name="Detail">More about it, or empty; at most <see cref="Limits.AuditDetailBytesMax"/>.</param>
internal readonly record struct AuditedAct(AccountFacts Actor, AuditAct Act, AccountFacts? Subject, string Detail);

/// <summary>The kinds of acts that are kept. Stored: numbers are for ever.</summary>
internal enum AuditAct
{
    None = 0,
    Disabled = 1,
    Enabled = 2,
    Deleted = 3,
    PasswordReset = 4,
    SessionEnded = 5,
    MadeAdministrator = 6,
    MadeMember = 7,
    InviteCreated = 8,
    SettingsChanged = 9,
    InviteRevoked = 10,
}

/// <summary>A client's counter and the hash of what it stands for.</summary>
internal readonly record struct SendIdentity(ulong Client, ulong Counter, UInt128 ContentHash);

/// <summary>A first outcome and the hash of the content it was for.</summary>
internal readonly record struct RememberedOutcome(UInt128 ContentHash, Outcome Outcome);

/// <summary>A direct conversation, or what a room has of one.</summary>
internal readonly record struct ConversationFacts(
    long Number, long LowAccount, long HighAccount, long HeadSequence, long LowDelivered, long HighDelivered)
{
    /// <summary>Its members stand in <see cref="RoomMemberFacts"/> then.</summary>
    public bool IsRoom => LowAccount == 0;

    public bool HasMember(long account) => account == LowAccount || account == HighAccount;

    public long Delivered(long account) => account == LowAccount ? LowDelivered : HighDelivered;
}

/// <summary>How far a member has read.</summary>
/// <param name="Sequence">Everything up to here counts as read; at most what was delivered.</param>
/// <param name="Told">Others may know of everything up to here; at most <paramref name="Sequence"/>.</param>
internal readonly record struct ReadMarkFacts(long Sequence, long Told);

/// <summary>What is undelivered to an account: messages and bytes of their text.</summary>
internal readonly record struct InboxFacts(long Messages, long Bytes);

/// <summary>SHA-256 of a secret (a session's token, an invitation's code), as a value.</summary>
internal readonly record struct TokenHash(UInt128 Head, UInt128 Tail)
{
    public const int Size = 32;

    public static TokenHash From(ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(bytes.Length == Size);
        return new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));
    }

    public void WriteTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Head);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Tail);
    }
}

/// <summary>Ids and hashes of 16 bytes, as values.</summary>
internal static class Bytes16
{
    public const int Size = 16;

    public static UInt128 From(ReadOnlySpan<byte> bytes)
    {
        Invariant.Holds(bytes.Length == Size);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    public static byte[] Of(UInt128 value)
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        return bytes;
    }
}
