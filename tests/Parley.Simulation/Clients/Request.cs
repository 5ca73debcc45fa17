using Parley.Core;

namespace Parley.Simulation.Clients;

/// <summary>What clients ask of nodes; the simulator's picture of the chat's API.</summary>
internal abstract record Request
{
    private Request()
    {
    }

    /// <summary>The highest log index the client has seen; the node must have applied it before it answers.</summary>
    public required long SeenIndex { get; init; }

    public sealed record CreateAccount(string Name, byte[] RequestId) : Request;

    public sealed record Login(string Name, byte[] TokenHash) : Request;

    public sealed record OpenClient(byte[] TokenHash, byte[] RequestId) : Request;

    public sealed record Send(byte[] TokenHash, ulong Client, Line Line) : Request;

    /// <param name="TokenHash">Whose session it is.</param>
    /// <param name="StreamNumber">Larger than that of the stream before.</param>
    /// <param name="Received">Up to where its client has each conversation.</param>
    /// <param name="Deliver">Takes what it brings.</param>
    /// <param name="Ended">Told when the session has ended under it.</param>
    public sealed record OpenStream(
        byte[] TokenHash,
        long StreamNumber,
        IReadOnlyDictionary<long, long> Received,
        Action<DeliveryPage> Deliver,
        Action Ended) : Request;

    public sealed record Acknowledge(byte[] TokenHash, IReadOnlyList<KeyValuePair<long, long>> Marks) : Request;

    public sealed record MarkRead(
        byte[] TokenHash, bool Quiet, IReadOnlyList<KeyValuePair<long, long>> Marks) : Request;

    public sealed record Change(byte[] TokenHash, MessageChange Wanted) : Request;

    public sealed record Read(byte[] TokenHash, string With, long AfterSequence) : Request;
}

/// <summary>What nodes answer.</summary>
internal abstract record Reply
{
    private Reply()
    {
    }

    /// <summary>Apply has decided.</summary>
    public sealed record Decided(long LogIndex, Outcome Outcome) : Reply;

    /// <summary>Not done, or safe to repeat.</summary>
    public sealed record NotDone : Reply
    {
        public static readonly NotDone Instance = new();
    }

    /// <summary>The session is not known (any more).</summary>
    public sealed record Unauthenticated : Reply
    {
        public static readonly Unauthenticated Instance = new();
    }

    public sealed record History(HistoryPage Page) : Reply;
}

/// <summary>A line someone wrote: it has one counter for good.</summary>
internal sealed record Line(ulong Counter, string Recipient, string Text, byte[] ContentHash);

/// <summary>An edit of a line, or its deletion (no text), under an id by which it can be asked for again.</summary>
internal sealed record MessageChange(byte[] RequestId, Line Line, long Conversation, long Sequence, string? Text);
