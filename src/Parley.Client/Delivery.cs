namespace Parley.Client;

/// <summary>What arrives on a session's delivery stream, each once, in order.</summary>
public abstract record Delivery
{
    private Delivery()
    {
    }

    /// <summary>A message; the session's own are acknowledged by the library, others by
    /// <see cref="ParleySession.AcknowledgeAsync"/>.</summary>
    public sealed record Arrived(ChatMessage Message, bool Own) : Delivery;

    /// <summary>The other member has acknowledged everything up to a sequence.</summary>
    public sealed record Acknowledged(string Conversation, string Member, long Sequence) : Delivery
    {
        /// <summary>Everything up to here was read, as far as the member lets others know; 0: nothing.</summary>
        public long ReadSequence { get; init; }
    }

    /// <summary>Retention dropped these from a room before they were delivered here; acknowledge the last of them once
    /// the user knows.</summary>
    public sealed record Gone(string Conversation, string Room, long FirstSequence, long LastSequence) : Delivery;

    /// <summary>A message that came before was edited or deleted, and is like this now; null: several were that cannot
    /// be named, the history has them. Not acknowledged. What changed while no stream was open is told if its message
    /// comes again, else not.</summary>
    public sealed record Changed(ChatMessage? Message) : Delivery;

    /// <summary>The account's place in a room, or such a room, is not as it was, or that cannot be told (after every
    /// connecting): list the rooms again.</summary>
    public sealed record RoomsChanged : Delivery;

    /// <summary>Everything that was there has been delivered; comes again while nothing happens.</summary>
    public sealed record CaughtUp(long LogIndex) : Delivery;
}

/// <summary>What a client notices of its nodes.</summary>
public abstract record ConnectionEvent
{
    private ConnectionEvent()
    {
    }

    /// <summary>A session works through this node from now on. The id is 0 while unknown.</summary>
    public sealed record Connected(int Node, string Address) : ConnectionEvent;

    /// <summary>The node a session worked through does not answer any more.</summary>
    public sealed record NodeGone(int Node, string Address) : ConnectionEvent;

    /// <summary>A full round found nobody who could do it: that many of the voters can be reached.</summary>
    public sealed record NoMajority(int Reachable, int Voters) : ConnectionEvent;
}
