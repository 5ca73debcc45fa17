namespace Parley.Client;

/// <summary>A conversation as the caller sees it.</summary>
public sealed record ConversationEntry
{
    /// <summary>The other account, or a room with its '#'.</summary>
    public required string With { get; init; }

    /// <summary>The conversation's opaque id, 32 hexadecimal digits.</summary>
    public required string Conversation { get; init; }

    /// <summary>Messages of others behind the read mark.</summary>
    public required long Unread { get; init; }

    /// <summary>There may be more unread: in a room so many were looked at.</summary>
    public required bool UnreadIsLeast { get; init; }

    /// <summary>The last message's sequence; 0 before the first.</summary>
    public required long LastSequence { get; init; }

    /// <summary>Log time when that was stored; null when there is none for the caller to read.</summary>
    public required DateTimeOffset? LastAt { get; init; }

    /// <summary>Everything up to here is acknowledged.</summary>
    public required long DeliveredSequence { get; init; }

    /// <summary>Everything up to here counts as read; at most what was delivered.</summary>
    public required long ReadSequence { get; init; }
}
