namespace Parley.Core.Search;

/// <summary>
/// Proposes where the words of a query may stand. What it says decides nothing: whoever asks looks at the state itself
/// whether the message is there, may be read, and has the words. So one that lies costs time, and at worst hides
/// something.
/// </summary>
internal interface IMessageIndex
{
    /// <summary>Positions of messages that may have what is asked for, the newest first. Any thread.</summary>
    /// <param name="question">Where and for what.</param>
    /// <param name="isOver">Once it says so, it ends.</param>
    /// <param name="isCut">It ended before it had looked at all: what was found until then.</param>
    /// <exception cref="MessageIndexException">It cannot say: it is closed, or damaged.</exception>
    IReadOnlyList<long> Offer(in IndexQuestion question, Func<bool> isOver, out bool isCut);
}

/// <summary>The index could not be written or read. Never the end of a node: it is made anew.</summary>
internal sealed class MessageIndexException(string message, bool isDamaged) : Exception(message)
{
    /// <summary>It must be made anew; else it may only be tried again (a full disk).</summary>
    public bool IsDamaged { get; } = isDamaged;
}

/// <summary>What an index is asked.</summary>
/// <param name="Conversations">Their numbers. What others say elsewhere is not even looked at.</param>
/// <param name="Terms">From <see cref="SearchQuery.Terms"/>; a message has all of them.</param>
/// <param name="Before">Only smaller positions.</param>
/// <param name="PositionsMax">Fewer than so many in a whole answer: there are no more.</param>
internal readonly record struct IndexQuestion(
    IReadOnlyList<long> Conversations, IReadOnlyList<string> Terms, long Before, int PositionsMax);

/// <summary>A message as the index takes it.</summary>
internal readonly record struct IndexedMessage(long Position, long Conversation, string Text);

/// <summary>All messages of the state above some position, up to another.</summary>
internal readonly record struct TextBatch(IReadOnlyList<IndexedMessage> Messages, long Through)
{
    /// <summary>Messages up to where it begins that were edited or deleted up to where it ends, as they are now.
    /// </summary>
    public IReadOnlyList<IndexedMessage> Rewritten { get; init; } = [];
}
