namespace Parley.Raft;

/// <summary>What a log entry is; stored: numbers are never reused.</summary>
internal enum EntryKind : byte
{
    None = 0,

    /// <summary>A leader's first entry in its term (dissertation §6.4, step 1); no payload.</summary>
    NoOp = 1,

    /// <summary>A command of the state machine; opaque here.</summary>
    Command = 2,

    /// <summary>The voter set from here on: an encoded <see cref="Raft.Membership"/>.</summary>
    Membership = 3,
}

/// <summary>One entry of the Raft log; immutable, and so is what its payload refers to.</summary>
internal sealed record Entry
{
    public required LogIndex Index { get; init; }

    public required Term Term { get; init; }

    public required EntryKind Kind { get; init; }

    /// <summary>Log time, microseconds since 1970-01-01T00:00:00Z; never smaller than the entry's before.</summary>
    public required long TimeUs { get; init; }

    public ReadOnlyMemory<byte> Payload { get; init; }
}

/// <summary>What a node must never forget (dissertation §3.8): the term it is in and its vote there.</summary>
internal readonly record struct HardState(Term Term, NodeId VotedFor);

/// <summary>Where a log begins after a snapshot: the last entry the snapshot holds, and what rules from
/// there.</summary>
internal sealed record SnapshotMark
{
    public required LogIndex Index { get; init; }

    public required Term Term { get; init; }

    /// <summary>The stamp of that last entry, microseconds since 1970-01-01T00:00:00Z.</summary>
    public required long TimeUs { get; init; }

    /// <summary>The membership in force at <see cref="Index"/>.</summary>
    public required Membership Membership { get; init; }
}

/// <summary>The configured members (dissertation §4); data, of any size, read from log, snapshot or
/// formation.</summary>
internal sealed record Membership
{
    /// <summary>Ascending by id; never empty in a formed cluster.</summary>
    public required IReadOnlyList<Member> Members { get; init; }

    /// <summary>Whether this data directory is a member.</summary>
    public bool Names(NodeKey key)
    {
        for (var i = 0; i < Members.Count; i++)
        {
            if (Members[i].Key == key)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>One configured member.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="IsVoter">Voters count for majorities; learners only follow.</param>
/// <param name="Incarnation">The random number of the member's data directory.</param>
/// <param name="Address">HOST:PORT of its node listener.</param>
internal sealed record Member(NodeId Id, bool IsVoter, ulong Incarnation, string Address)
{
    public NodeKey Key => new(Id, Incarnation);
}
