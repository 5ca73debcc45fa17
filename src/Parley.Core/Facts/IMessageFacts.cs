namespace Parley.Core.Facts;

/// <summary>The part of <see cref="IChatFacts"/> that is about messages that are stored.</summary>
internal interface IMessageFacts
{
    /// <summary>Null where the conversation has none with this sequence, or retention dropped it.</summary>
    MessageFacts? FindMessage(long conversation, long sequence);

    /// <summary>The account whose inbox it counts for: its one recipient, who has yet to acknowledge it. 0: nobody's.
    /// </summary>
    long FindWaitingRecipient(in MessageFacts message);

    /// <summary>Replaces its text, and says when.</summary>
    void EditMessage(in MessageFacts message, string text, in EntryStamp stamp);

    /// <summary>Takes its text away for ever, and says when and by whom.</summary>
    void EraseMessage(in MessageFacts message, long account, in EntryStamp stamp);
}

/// <summary>A message that is stored, without its text.</summary>
/// <param name="Conversation">The conversation's number.</param>
/// <param name="Sequence">Its place there.</param>
/// <param name="Position">The log index of the entry that stored it.</param>
/// <param name="Author">Who sent it; may have been deleted since.</param>
/// <param name="TextBytes">Of its text as it is now.</param>
internal readonly record struct MessageFacts(
    long Conversation, long Sequence, long Position, long Author, int TextBytes)
{
    /// <summary>How many bytes more that is than was sent.</summary>
    public int GrownBytes { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z; 0 for never.</summary>
    public long EditedAtUs { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z; 0: it is none.</summary>
    public long DeletedAtUs { get; init; }

    public bool IsDeleted => DeletedAtUs != 0;
}
