using System.Text.Json.Serialization;

namespace Parley.Verify;

/// <summary>What a client did.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HistoryKind>))]
internal enum HistoryKind
{
    None = 0,
    Send = 1,

    /// <summary>A message came by the delivery stream: an <c>ok</c> without an <c>invoke</c>.</summary>
    Receive = 2,
    Acknowledge = 3,

    /// <summary>A conversation was read to its end through any node.</summary>
    History = 4,
    Create = 5,
    Login = 6,
    Logout = 7,

    /// <summary>The account itself.</summary>
    Delete = 8,

    /// <summary>A message's text was replaced.</summary>
    Edit = 9,

    /// <summary>A message was deleted.</summary>
    Erase = 10,

    /// <summary>A delivery stream told how a message is now: an <c>ok</c> without an <c>invoke</c>.</summary>
    Changed = 11,

    /// <summary>A read or a search showed a message: an <c>ok</c> without an <c>invoke</c>.</summary>
    Shown = 12,
    MarkRead = 13,

    /// <summary>A list of conversations showed a read mark: an <c>ok</c> without an <c>invoke</c>.</summary>
    Mark = 14,
}

/// <summary>How far an operation has come.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HistoryPhase>))]
internal enum HistoryPhase
{
    None = 0,
    Invoke = 1,
    Ok = 2,

    /// <summary>Definitely not done.</summary>
    Fail = 3,

    /// <summary>Done or not: unknown.</summary>
    Info = 4,
}

/// <summary>One line of a history, written by a client and by nobody else.</summary>
internal sealed record HistoryEvent
{
    /// <summary>Monotonic time of the machine, microseconds; comparable over processes of one boot.</summary>
    public required long AtUs { get; init; }

    /// <summary>One life of one client: a client that was started again has another name.</summary>
    public required string Client { get; init; }

    /// <summary>Pairs an <c>invoke</c> with its end; from 1, unique in a client's life.</summary>
    public required long Operation { get; init; }

    public required HistoryKind Kind { get; init; }

    public required HistoryPhase Phase { get; init; }

    /// <summary>The account that acts.</summary>
    public required string Account { get; init; }

    /// <summary>The other account: recipient of a send, other member of a conversation.</summary>
    public string? Peer { get; init; }

    /// <summary>Who sent what was received.</summary>
    public string? Sender { get; init; }

    /// <summary>32 hexadecimal digits.</summary>
    public string? MessageId { get; init; }

    /// <summary>As sent, as it was replaced, or as it was shown; empty where it was deleted.</summary>
    public string? Text { get; init; }

    /// <summary>The message that came or was shown is a tombstone.</summary>
    public bool? Deleted { get; init; }

    /// <summary>Of an edit or a deletion: the same for each time it is asked for; 32 hexadecimal digits.</summary>
    public string? RequestId { get; init; }

    /// <summary>What was answered before this must be in what a read or search showed: when that began.</summary>
    public long? SinceUs { get; init; }

    /// <summary>Of a read or search: the highest log index its client had seen when it asked. What it shows is at
    /// least as new; null: as new as anything answered before, whoever was told.</summary>
    public long? SeenIndex { get; init; }

    public string? Conversation { get; init; }

    /// <summary>Of the message; acknowledged up to; or the last one a read has seen (0: none).</summary>
    public long? Sequence { get; init; }

    public long? LogIndex { get; init; }

    /// <summary>A login that ends the live session, if there is one.</summary>
    public bool? TakeOver { get; init; }

    /// <summary>The node said that a read may be behind: it is not judged.</summary>
    public bool? Stale { get; init; }

    /// <summary>The reason of a failure, UPPER_SNAKE_CASE.</summary>
    public string? Error { get; init; }
}

/// <summary>A message as one node has it.</summary>
internal sealed record StoredMessage
{
    public required long Sequence { get; init; }

    /// <summary>32 hexadecimal digits.</summary>
    public required string MessageId { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    /// <summary>As it is there: edited, or empty where it was deleted.</summary>
    public required string Text { get; init; }

    /// <summary>It is a tombstone; null: it is not.</summary>
    public bool? Deleted { get; init; }

    public required long LogIndex { get; init; }
}

/// <summary>A whole conversation as one node has it at the end, read from that node's own state.</summary>
internal sealed record FinalRead
{
    public required int Node { get; init; }

    /// <summary>Who read.</summary>
    public required string Account { get; init; }

    /// <summary>The conversation's other member.</summary>
    public required string Peer { get; init; }

    /// <summary>Empty when there is no message.</summary>
    public required string Conversation { get; init; }

    /// <summary>Retention may have dropped what is before.</summary>
    public required long FirstSequenceKept { get; init; }

    /// <summary>In the order the node gave.</summary>
    public required IReadOnlyList<StoredMessage> Messages { get; init; }
}

/// <summary>The names of all accounts as one node has them at the end.</summary>
internal sealed record AccountsRead(int Node, IReadOnlyList<string> Names);

/// <summary>The digest of one node's state at an index.</summary>
internal sealed record DigestRead(int Node, long Index, string Digest);
