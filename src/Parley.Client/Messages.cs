namespace Parley.Client;

/// <summary>A message is stored on a majority of the nodes' disks.</summary>
public sealed record MessageReceipt
{
    /// <summary>The message's id.</summary>
    public required MessageId MessageId { get; init; }

    /// <summary>The conversation's opaque id, 32 hexadecimal digits.</summary>
    public required string Conversation { get; init; }

    /// <summary>Its place in the conversation, from 1.</summary>
    public required long Sequence { get; init; }

    /// <summary>The log index of the entry that stored it.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Log time when it was stored.</summary>
    public required DateTimeOffset SentAt { get; init; }
}

/// <summary>A message as every member sees it.</summary>
public sealed record ChatMessage
{
    /// <summary>The conversation's opaque id, 32 hexadecimal digits.</summary>
    public required string Conversation { get; init; }

    /// <summary>From 1, without gaps, the same for every member.</summary>
    public required long Sequence { get; init; }

    /// <summary>The message's id.</summary>
    public required MessageId MessageId { get; init; }

    /// <summary>Who sent it.</summary>
    public required string From { get; init; }

    /// <summary>Who it is for; a room's name has a '#' before it.</summary>
    public required string To { get; init; }

    /// <summary>Log time when it was stored.</summary>
    public required DateTimeOffset SentAt { get; init; }

    /// <summary>As sent, or edited: print it only through a sanitizer. Empty where it was deleted.</summary>
    public required string Text { get; init; }

    /// <summary>The log index of the entry that stored it.</summary>
    public required long LogIndex { get; init; }

    /// <summary>Log time when its text was last replaced; null: it is as it was sent.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>Log time when it was deleted; null: it was not.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Who deleted it; null: nobody.</summary>
    public string? DeletedBy { get; init; }
}

/// <summary>A page of a conversation.</summary>
public sealed record MessagePage
{
    /// <summary>In sequence order.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Null on the last page.</summary>
    public required string? NextPageToken { get; init; }

    /// <summary>The first sequence that retention has kept.</summary>
    public required long FirstSequenceKept { get; init; }

    /// <summary>Everything up to here is acknowledged by the caller.</summary>
    public long DeliveredSequence { get; init; }

    /// <summary>The conversation's opaque id; null while there is none. A name can come to mean another one: a room
    /// that was made anew, an account that was.</summary>
    public string? Conversation { get; init; }

    /// <summary>The conversation's last sequence, whether that is kept or not; 0 before the first message.</summary>
    public long LastSequence { get; init; }

    /// <summary>The answering node could not make sure that it had everything.</summary>
    public required bool Stale { get; init; }
}

/// <summary>A page of what a search found.</summary>
public sealed record FoundPage
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Null on the last page. Another may hold less than was wanted, or nothing: a search takes its time in
    /// pieces.</summary>
    public required string? NextPageToken { get; init; }

    /// <summary>The answering node could not make sure that it had everything.</summary>
    public required bool Stale { get; init; }

    /// <summary>Something may be missing that no next page has: the node still makes its index, or there was too much
    /// to look at. Naming a partner or a room asks for less.</summary>
    public required bool Incomplete { get; init; }
}

/// <summary>An account as others see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Online">Whether a session of it is alive.</param>
/// <param name="CreatedAt">Log time of its creation.</param>
public sealed record AccountEntry(string Name, bool Online, DateTimeOffset CreatedAt)
{
    /// <summary>Whether it is an administrator; null: the caller is none, and is not told.</summary>
    public bool? IsAdministrator { get; init; }

    /// <summary>Whether an administrator has disabled it; false also when the caller is not told.</summary>
    public bool IsDisabled { get; init; }
}
