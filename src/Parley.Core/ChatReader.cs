namespace Parley.Core;

/// <summary>Reads the state on a connection of its own; each call is one read transaction of at most one page.</summary>
internal sealed class ChatReader : IDisposable
{
    /// <summary>
    /// What an account's delivery stream shall send next: for each of its conversations the messages after
    /// max(last sent, delivered mark), and receipts that moved. Moves the cursor.
    /// </summary>
    /// <param name="account">The account's number.</param>
    /// <param name="cursor">What this stream has sent; a new one for a new stream.</param>
    /// <param name="messagesMax">From 1.</param>
    /// <param name="bytesMax">Of text; one message always fits.</param>
    public DeliveryPage ReadDelivery(long account, DeliveryCursor cursor, int messagesMax, int bytesMax) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Messages between two accounts with a sequence above <paramref name="afterSequence"/>, in order.</summary>
    public HistoryPage ReadHistory(
        long account, string withName, long afterSequence, int messagesMax, int bytesMax) =>
        throw new NotSupportedException("not built yet");

    /// <summary>Accounts whose name matches (<c>*</c> and <c>?</c>), above <paramref name="afterName"/>, by name.</summary>
    public IReadOnlyList<AccountFacts> ListAccounts(string pattern, string afterName, int accountsMax) =>
        throw new NotSupportedException("not built yet");

    /// <summary>The next Purge worth proposing at this log time, or null; at most this many rows.</summary>
    public Log.V1.Purge? FindPurge(long timeUs, int rowsMax) => throw new NotSupportedException("not built yet");

    public void Dispose() => throw new NotSupportedException("not built yet");
}

/// <summary>What one delivery stream has sent so far, per conversation; not thread-safe.</summary>
internal sealed class DeliveryCursor
{
}

/// <summary>A page of a delivery stream.</summary>
internal sealed record DeliveryPage
{
    public required long AppliedIndex { get; init; }

    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    public required IReadOnlyList<ReceiptFacts> Receipts { get; init; }

    /// <summary>There was more than fitted: read again without waiting for the bell.</summary>
    public required bool HasMore { get; init; }
}

/// <summary>A stored message with the names clients see.</summary>
internal sealed record StoredMessage
{
    public required long Conversation { get; init; }

    public required long Sequence { get; init; }

    public required ulong Client { get; init; }

    public required ulong Counter { get; init; }

    public required string Sender { get; init; }

    public required string Recipient { get; init; }

    public required string Text { get; init; }

    public required long SentAtUs { get; init; }

    public required long LogIndex { get; init; }
}

/// <summary>How far a member has acknowledged a conversation.</summary>
internal readonly record struct ReceiptFacts(long Conversation, string Member, long DeliveredSequence);

/// <summary>A page of a conversation.</summary>
internal sealed record HistoryPage
{
    public required long AppliedIndex { get; init; }

    /// <summary>0 while there is no conversation.</summary>
    public required long Conversation { get; init; }

    public required long FirstSequenceKept { get; init; }

    /// <summary>The reading account's delivered mark.</summary>
    public required long DeliveredSequence { get; init; }

    public required IReadOnlyList<StoredMessage> Messages { get; init; }

    public required bool HasMore { get; init; }
}
