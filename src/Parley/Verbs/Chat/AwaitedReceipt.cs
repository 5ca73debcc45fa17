using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>The last own line of a conversation that stands in the scrollback: what is learned of it from now on is
/// told beside it, each once. The owner's lock guards it.</summary>
/// <param name="peer">Who it is for.</param>
/// <param name="sequence">Its place in the conversation.</param>
/// <param name="line">As it was shown.</param>
internal sealed class AwaitedReceipt(string peer, long sequence, OwnLine line)
{
    private bool isRead = line.IsRead;

    /// <summary>Its place in the conversation.</summary>
    public long Sequence => sequence;

    /// <summary>The recipient's client is known to have it.</summary>
    public bool IsDelivered { get; private set; } = line.IsDelivered;

    /// <summary>What is new in a receipt, for people; null: nothing.</summary>
    public string? Take(Delivery.Acknowledged receipt)
    {
        var (hadIt, hadRead) = (IsDelivered, isRead);
        IsDelivered |= sequence <= receipt.Sequence;
        isRead |= sequence <= receipt.ReadSequence;
        return isRead && !hadRead ? $"{peer} has read all of it"
            : IsDelivered && !hadIt ? $"{peer} has received all of it"
            : null;
    }
}
