namespace Parley.Core;

/// <summary>What <c>Apply</c> decided about one command.</summary>
internal abstract record Outcome
{
    private Outcome()
    {
    }

    public sealed record AccountCreated(long Account, string Name) : Outcome;

    /// <summary>A first login, or a repeat with the token of the live session.</summary>
    public sealed record LoggedIn(long Session, ulong Client, ulong LastCounter, long LastStream) : Outcome;

    public sealed record ClientOpened(ulong Client, ulong LastCounter) : Outcome;

    public sealed record TokenCreated(long Token) : Outcome;

    /// <summary>Stored now, or (the same values) when the id first came.</summary>
    public sealed record MessageStored(long Conversation, long Sequence, long SentAtUs, long LogIndex) : Outcome;

    /// <summary>A room was made or changed, or a message of a conversation was; or it was so already.</summary>
    public sealed record ConversationChanged(long Conversation) : Outcome;

    /// <summary>Everything else that succeeded.</summary>
    public sealed record Done : Outcome
    {
        public static readonly Done Instance = new();
    }

    public sealed record Rejected(Rejection Reason) : Outcome;
}

/// <summary>An outcome and who waits for it.</summary>
/// <param name="LogIndex">The entry that decided (for a repeat: this entry, not the first).</param>
/// <param name="Node">The proposing node's id; 0 for nobody.</param>
/// <param name="StartNonce">The proposing process.</param>
/// <param name="Number">The proposal's number in that process.</param>
/// <param name="Outcome">What was decided.</param>
internal readonly record struct AppliedCommand(
    long LogIndex, int Node, ulong StartNonce, ulong Number, Outcome Outcome);

/// <summary>What one batch did; published only after its COMMIT.</summary>
internal sealed record ApplyResult
{
    public required long AppliedIndex { get; init; }

    /// <summary>In log order; one for every entry that held a command.</summary>
    public required IReadOnlyList<AppliedCommand> Commands { get; init; }

    /// <summary>Accounts whose delivery streams have something to read.</summary>
    public required IReadOnlyCollection<long> AccountsToRing { get; init; }

    /// <summary>Sessions that ended in this batch.</summary>
    public required IReadOnlyCollection<long> EndedSessions { get; init; }

    /// <summary>Delivery streams opened in this batch: any older stream of the session ends.</summary>
    public required IReadOnlyCollection<OpenedStream> OpenedStreams { get; init; }

    /// <summary>Positions of messages that this batch dropped.</summary>
    public required IReadOnlyCollection<long> DroppedMessages { get; init; }
}

/// <summary>A session's newest delivery stream.</summary>
internal readonly record struct OpenedStream(long Session, long StreamNumber);
