using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>What this node knows of itself and the others now; thread-safe, a picture at a time.</summary>
internal sealed class NodeView(NodePicture first)
{
    private volatile NodePicture current = first;
    private long published;

    /// <summary>Raised after <see cref="Current"/> changed in leader, role, members, addresses or serving; must be
    /// quick.</summary>
    public event EventHandler? Changed;

    public NodePicture Current => current;

    /// <summary>How many pictures there were: the loop makes some each second while it moves on.</summary>
    public long Published => Interlocked.Read(ref published);

    /// <summary>Called by whoever owns the node's condition: first formation, then the loop.</summary>
    internal void Publish(NodePicture picture)
    {
        var before = current;
        current = picture;
        Interlocked.Increment(ref published);
        if (!picture.LooksLike(before))
        {
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }
}

/// <summary>A picture of the node.</summary>
internal sealed record NodePicture
{
    /// <summary>32 hexadecimal digits; empty before formation.</summary>
    public required string ClusterId { get; init; }

    public required NodeId Self { get; init; }

    /// <summary>False while waiting for formation or replacement.</summary>
    public required bool IsFormed { get; init; }

    public required RaftRole Role { get; init; }

    /// <summary><see cref="NodeId.None"/> when unknown, also when a majority is not reachable.</summary>
    public required NodeId Leader { get; init; }

    public required long Term { get; init; }

    public required long CommitIndex { get; init; }

    /// <summary>The last entry of the log.</summary>
    public long LastIndex { get; init; }

    public required IReadOnlyList<PeerPicture> Members { get; init; }

    public required int Voters { get; init; }

    public required int ReachableVoters { get; init; }

    /// <summary>-1 without a majority.</summary>
    public required int FaultsTolerated { get; init; }

    /// <summary>Health: a leader is known, what was committed at the start is applied, the disk takes what it is given,
    /// what the node hears of comes; not draining.</summary>
    public bool IsServing => NotServingFor is null;

    /// <summary>What keeps it from serving, in a few words; null: nothing does.</summary>
    public required string? NotServingFor { get; init; }

    public required bool IsDraining { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>This node's clock minus the voters' median, in microseconds; null while that is unknown.</summary>
    public long? ClockOffsetUs { get; init; }

    /// <summary>Whether the other differs only in numbers that move all the time.</summary>
    public bool LooksLike(NodePicture other) =>
        ClusterId == other.ClusterId
        && IsFormed == other.IsFormed
        && Role == other.Role
        && Leader == other.Leader
        && Term == other.Term
        && FaultsTolerated == other.FaultsTolerated
        && IsServing == other.IsServing
        && IsDraining == other.IsDraining
        && Members.SequenceEqual(other.Members);
}

/// <summary>A member as this node sees it.</summary>
internal sealed record PeerPicture(NodeId Id, string NodeAddress, string ClientAddress, bool IsReachable)
{
    /// <summary>The highest state version its program knows; 0 while it has not said so.</summary>
    public int StateVersionMax { get; init; }

    /// <summary>It counts for majorities; else it is a learner.</summary>
    public bool IsVoter { get; init; }
}
