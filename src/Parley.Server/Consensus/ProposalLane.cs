using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// One attempt to bring everything that waits to one leader in one term, in order. It carries on until the leader or
/// its term changes or the way to it breaks; then another lane begins again at the oldest that waits.
/// </summary>
internal sealed class ProposalLane(NodeId leader, Term term)
{
    private Action? ring;

    public NodeId Leader { get; } = leader;

    public Term Term { get; } = term;

    /// <summary>The first number not taken yet; only touched under the proposer's lock.</summary>
    public ulong Next { get; set; }

    /// <summary>Something waits on this lane; any thread.</summary>
    public void Ring() => Volatile.Read(ref ring)?.Invoke();

    /// <summary>How to wake the one who takes from this lane; it takes once by itself afterwards.</summary>
    public void OnRing(Action action) => Volatile.Write(ref ring, action);
}

/// <summary>Where lanes lead: to this node's own loop, or to a stream to the leader.</summary>
internal interface IProposalDoor
{
    /// <summary>Takes from the lane until <see cref="Proposer.Take"/> says that it is closed, and tells the proposer
    /// when the way breaks. Must be quick.</summary>
    void Open(ProposalLane lane);
}

/// <summary>Commands taken from a lane, ascending; some numbers may be missing (nobody waits for them).</summary>
internal sealed class ProposalBatch
{
    public List<ReadOnlyMemory<byte>> Commands { get; } = [];

    /// <summary>Their numbers; the tag of each is the node, its start nonce and this.</summary>
    public List<ulong> Numbers { get; } = [];

    public void Clear()
    {
        Commands.Clear();
        Numbers.Clear();
    }
}
