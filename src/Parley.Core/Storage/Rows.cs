using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <summary>A row kept in memory and written once per batch.</summary>
internal abstract class CachedRow
{
    /// <summary>The hash of the row as the file has it, which the digest holds; nothing before it is stored.</summary>
    public UInt128 StoredHash { get; set; }

    public bool IsStored { get; set; }

    public bool IsDirty { get; set; }
}

/// <summary>A row of <c>accounts</c>.</summary>
internal sealed class AccountRow : CachedRow
{
    public required AccountFacts Facts { get; set; }

    /// <summary>0 while it lives.</summary>
    public long DeletedAtUs { get; set; }
}

/// <summary>A row of <c>sessions</c>.</summary>
internal sealed class SessionRow : CachedRow
{
    public required SessionFacts Facts { get; set; }

    public required TokenHash TokenHash { get; init; }

    public required ulong FirstClient { get; init; }

    /// <summary>0 while it lives.</summary>
    public long EndedAtUs { get; set; }
}

/// <summary>A row of <c>clients</c>.</summary>
internal sealed class ClientRow : CachedRow
{
    public required ulong Number { get; init; }

    public required long Account { get; init; }

    public required long Session { get; init; }

    /// <summary>0 for a session's first client.</summary>
    public required UInt128 RequestId { get; init; }

    public ulong LastCounter { get; set; }

    /// <summary>Its newest message, the start of the chain over <c>client_previous</c>; 0 for none.</summary>
    public long LastPosition { get; set; }

    /// <summary>When its session ended; 0 while that lives.</summary>
    public long EndedAtUs { get; set; }

    /// <summary>Where its last outcomes are; loaded when first asked for.</summary>
    public OutcomeRing? Outcomes { get; set; }

    public ClientFacts Facts => new(Number, Account, LastCounter);
}

/// <summary>A row of <c>inboxes</c>.</summary>
internal sealed class InboxRow : CachedRow
{
    public required long Account { get; init; }

    public long Messages { get; set; }

    public long Bytes { get; set; }
}

/// <summary>A row of <c>rooms</c>.</summary>
internal sealed class RoomRow : CachedRow
{
    public required RoomFacts Facts { get; set; }

    /// <summary>By account; null until asked for.</summary>
    public Dictionary<long, RoomMemberRow>? Members { get; set; }

    /// <summary>When they were last asked for, counted in askings.</summary>
    public long MembersUsed { get; set; }
}

/// <summary>A row of <c>room_members</c>.</summary>
internal sealed class RoomMemberRow : CachedRow
{
    public required RoomMemberFacts Facts { get; set; }
}

/// <summary>A row of <c>read_marks</c>.</summary>
internal sealed class ReadMarkRow : CachedRow
{
    public required long Conversation { get; init; }

    public required long Account { get; init; }

    public required ReadMarkFacts Facts { get; set; }
}

/// <summary>How far a member of a conversation is.</summary>
internal struct MemberMark
{
    /// <summary>Everything up to here is acknowledged.</summary>
    public long Delivered;

    /// <summary>How many of the other's messages that were.</summary>
    public long AckedMessages;

    /// <summary>And the bytes of their texts.</summary>
    public long AckedBytes;
}

/// <summary>How many messages and bytes of text each side has sent up to some sequence.</summary>
internal readonly record struct SentTotals(long Sequence, long LowMessages, long LowBytes, long HighBytes)
{
    public long HighMessages => Sequence - LowMessages;
}

/// <summary>Which columns of a conversation changed since it was written: binding all of them costs as much as the
/// update.</summary>
[Flags]
internal enum ConversationParts
{
    None = 0,
    Head = 1,
    Marks = 2,
    Rest = 4,
}

/// <summary>A row of <c>conversations</c>; <em>low</em> and <em>high</em> are its members in order of number (0 and its
/// negative number for a room's).</summary>
internal sealed class ConversationRow : CachedRow
{
    public required long Number { get; init; }

    public required long LowAccount { get; init; }

    public required long HighAccount { get; init; }

    /// <summary>Up to the head.</summary>
    public SentTotals Sent { get; set; }

    public long HeadPosition { get; set; }

    public long FirstKept { get; set; } = 1;

    public MemberMark Low;

    public MemberMark High;

    /// <summary>Every message up to here was acknowledged by its recipient; retention counts from then.</summary>
    public long SettledSequence { get; set; }

    /// <summary>When that last moved.</summary>
    public long SettledAtUs { get; set; }

    public ConversationParts Changed { get; set; }

    public bool IsRoom => LowAccount == 0;

    public bool IsWithOneself => LowAccount == HighAccount;

    public long HeadSequence => Sent.Sequence;

    public ConversationFacts Facts => new(
        Number, LowAccount, HighAccount, HeadSequence, Low.Delivered,
        IsWithOneself ? Low.Delivered : High.Delivered);

    public long Other(long account) => account == LowAccount ? HighAccount : LowAccount;

    public ref MemberMark Mark(long account) => ref (account == LowAccount ? ref Low : ref High);
}
