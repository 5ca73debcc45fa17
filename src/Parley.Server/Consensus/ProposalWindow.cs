namespace Parley.Server.Consensus;

/// <summary>The proposals that wait for their outcome, by number, oldest first; not thread-safe.</summary>
internal sealed class ProposalWindow
{
    private const int Slots = 1 << 15;
    private const long BytesMax = 64L << 20;

    private readonly Proposer.PendingProposal?[] slots = new Proposer.PendingProposal?[Slots];
    private ulong next = 1;
    private long bytes;

    public int Count { get; private set; }

    /// <summary>The number of the oldest that waits; <see cref="Next"/> when none does.</summary>
    public ulong First { get; private set; } = 1;

    /// <summary>One above the newest number ever added.</summary>
    public ulong Next => next;

    public bool HasRoom => next - First < Slots && bytes < BytesMax;

    public void Add(Proposer.PendingProposal pending)
    {
        Core.Invariant.Holds(pending.Number == next);
        slots[next % Slots] = pending;
        next++;
        Count++;
        bytes += pending.Encoded.Length;
    }

    /// <summary>Null when nobody waits for it any more.</summary>
    public Proposer.PendingProposal? Find(ulong number) =>
        number >= First && number < next ? slots[number % Slots] : null;

    public Proposer.PendingProposal? Remove(ulong number)
    {
        var pending = Find(number);
        if (pending is null)
        {
            return null;
        }

        slots[number % Slots] = null;
        Count--;
        bytes -= pending.Encoded.Length;
        while (First < next && slots[First % Slots] is null)
        {
            First++;
        }

        return pending;
    }
}
