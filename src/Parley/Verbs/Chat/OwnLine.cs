using Parley.Client;
using Parley.Client.Sending;

namespace Parley.Verbs.Chat;

/// <summary>A line of one's own from Enter until it stands in the scrollback. The owner's lock guards it.</summary>
internal sealed class OwnLine(Send send, DateTimeOffset typedAt, bool isLeft)
{
    public Send Send { get; } = send;

    public DateTimeOffset TypedAt { get; } = typedAt;

    /// <summary>An earlier process left it in the outbox.</summary>
    public bool IsLeft { get; } = isLeft;

    /// <summary>Null until it is stored.</summary>
    public StoredPlace? Place { get; set; }

    /// <summary>How it came, edited or deleted; null: as it was typed.</summary>
    public ChatMessage? Changed { get; set; }

    /// <summary>The recipient's client has acknowledged it.</summary>
    public bool IsDelivered => DeliveredTicks is not null;

    /// <summary>When this client learned that, as a timestamp; null: it has not.</summary>
    public long? DeliveredTicks { get; set; }

    /// <summary>The recipient has read it.</summary>
    public bool IsRead { get; set; }

    /// <summary>What is known of it, once it is stored.</summary>
    public string State => (IsRead ? "read" : IsDelivered ? "delivered" : "stored")
        + (IsLeft ? ", typed earlier" : "")
        + (Changed is { } message ? $", {EntryText.StateOf(message)}" : "");
}

/// <summary>Where a line was stored.</summary>
/// <param name="Conversation">Its conversation.</param>
/// <param name="Sequence">Its place in there.</param>
/// <param name="SentAt">Log time.</param>
/// <param name="LogIndex">The entry that stored it.</param>
/// <param name="SinceTicks">When this client learned it, as a timestamp.</param>
internal sealed record StoredPlace(
    string Conversation, long Sequence, DateTimeOffset SentAt, long LogIndex, long SinceTicks)
{
    public static StoredPlace Of(MessageReceipt receipt, long now) =>
        new(receipt.Conversation, receipt.Sequence, receipt.SentAt, receipt.LogIndex, now);

    public static StoredPlace Of(ChatMessage message, long now) =>
        new(message.Conversation, message.Sequence, message.SentAt, message.LogIndex, now);
}
