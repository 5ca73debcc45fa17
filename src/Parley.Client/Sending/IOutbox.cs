namespace Parley.Client.Sending;

/// <summary>
/// Where unanswered sends stand so that another process can settle them. Called by the sending loop alone, one call
/// at a time. A change that fails throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>; what
/// is stored then is unknown, and every later change but <see cref="Settle"/> fails too.
/// </summary>
internal interface IOutbox
{
    /// <summary>Makes new sends durable; done before the first attempt of any of them.</summary>
    void Add(IReadOnlyList<Send> sends);

    /// <summary>The send's outcome is known. Need not be durable: a repeat is harmless.</summary>
    void Settle(ulong counter);

    /// <summary>This counter and those above it were never taken by the cluster: they go to the next sends.</summary>
    void Release(ulong counter);

    /// <summary>Goes on under another client number with these sends, in this order; durable when it returns.</summary>
    void MoveTo(ulong client, ulong lastCounter, IReadOnlyList<Send> sends);
}

/// <summary>The outbox of a session that lives in one process only.</summary>
internal sealed class MemoryOutbox : IOutbox
{
    public static readonly MemoryOutbox Instance = new();

    public void Add(IReadOnlyList<Send> sends)
    {
        // What dies with the process needs no record.
    }

    public void Settle(ulong counter)
    {
        // As above.
    }

    public void Release(ulong counter)
    {
        // As above.
    }

    public void MoveTo(ulong client, ulong lastCounter, IReadOnlyList<Send> sends)
    {
        // As above.
    }
}
