namespace Parley.Raft.Formation;

/// <summary>How far a data directory has come; stored and sent: numbers are never reused.</summary>
internal enum FormationStage : byte
{
    None = 0,

    /// <summary>Belongs to no cluster.</summary>
    Empty = 1,

    /// <summary>Promised to one cluster, which may or may not come to be; accepts no other.</summary>
    Forming = 2,

    /// <summary>Belongs to a cluster: this node may vote.</summary>
    Formed = 3,
}

/// <summary>
/// What a data directory says about itself: whose it is, and which cluster it belongs to. It is on disk (synced) before
/// anything that depends on it is said.
/// </summary>
internal sealed record NodeStamp
{
    public required NodeId Self { get; init; }

    /// <summary>Drawn once when the directory was created: a wiped directory is another node.</summary>
    public required ulong Incarnation { get; init; }

    public required FormationStage Stage { get; init; }

    /// <summary>32 lower-case hexadecimal digits; empty when <see cref="FormationStage.Empty"/>.</summary>
    public string ClusterId { get; init; } = "";

    /// <summary>The founding members, ascending by id; empty when <see cref="FormationStage.Empty"/>. Once there is a
    /// log, its membership rules.</summary>
    public IReadOnlyList<FoundingMember> Members { get; init; } = [];

    /// <summary>The log was created: from now on a missing log is damage, not a first start.</summary>
    public bool HasLog { get; init; }

    /// <summary>What a fresh log begins at: index 0, and all founding members as voters.</summary>
    public SnapshotMark InitialMark() => new()
    {
        Index = LogIndex.None,
        Term = Term.None,
        TimeUs = 0,
        Membership = new Membership
        {
            Members = [.. Members.Select(member =>
                new Member(member.Id, IsVoter: true, member.Incarnation, member.Address))],
        },
    };

    public bool Equals(NodeStamp? other) =>
        other is not null
        && Self == other.Self
        && Incarnation == other.Incarnation
        && Stage == other.Stage
        && string.Equals(ClusterId, other.ClusterId, StringComparison.Ordinal)
        && Members.SequenceEqual(other.Members)
        && HasLog == other.HasLog;

    public override int GetHashCode() => HashCode.Combine(Self, Incarnation, Stage, ClusterId, HasLog);
}

/// <summary>One member of a cluster that is being, or was, formed.</summary>
/// <param name="Id">Its node id.</param>
/// <param name="Incarnation">The random number of its data directory.</param>
/// <param name="Address">HOST:PORT of its node listener.</param>
internal sealed record FoundingMember(NodeId Id, ulong Incarnation, string Address);
