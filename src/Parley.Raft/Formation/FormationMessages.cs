namespace Parley.Raft.Formation;

/// <summary>A member of the list this node was started with.</summary>
internal sealed record ConfiguredMember(NodeId Id, string Address)
{
    /// <summary>As node/v1's IdentifyResponse.members has it: <c>1=HOST:PORT</c>.</summary>
    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Id.Value}={Address}");
}

/// <summary>What another member answered to Identify.</summary>
internal sealed record FormationIdentity
{
    public required NodeId Id { get; init; }

    public required ulong Incarnation { get; init; }

    public required FormationStage Stage { get; init; }

    /// <summary>Empty when <see cref="FormationStage.Empty"/>.</summary>
    public required string ClusterId { get; init; }

    /// <summary>The list it was started with, each <c>id=HOST:PORT</c>, ascending by id.</summary>
    public required IReadOnlyList<string> Members { get; init; }
}

/// <summary>The content of a Form call.</summary>
internal sealed record FormationOffer
{
    public required NodeId From { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Ascending by id.</summary>
    public required IReadOnlyList<FoundingMember> Members { get; init; }

    /// <summary>false: promise yourself to this cluster; true: everyone has, it is formed.</summary>
    public required bool Formed { get; init; }
}

/// <summary>A Form call to be made; its answer goes to <see cref="FormationCore.OfferAnswered"/>.</summary>
internal sealed record FormationCall(NodeId To, FormationOffer Offer);

/// <summary>The answer to the Form call that came in under this number.</summary>
/// <param name="Call">As given to <see cref="FormationCore.OfferReceived"/>.</param>
/// <param name="Accepted">Done, and synced.</param>
/// <param name="Reason">Why not: one sentence; empty when accepted.</param>
internal sealed record FormationReply(long Call, bool Accepted, string Reason);

/// <summary>
/// What formation wants done, in this order: write and sync <see cref="StampToSync"/> and call
/// <see cref="FormationCore.StampSynced"/> (while it is not null the other two are empty); give the replies; make the
/// calls.
/// </summary>
internal sealed record FormationReady
{
    public NodeStamp? StampToSync { get; init; }

    public IReadOnlyList<FormationReply> Replies { get; init; } = [];

    public IReadOnlyList<FormationCall> Calls { get; init; } = [];
}

/// <summary>Where formation stands, for the operator and for tests.</summary>
internal enum FormationState
{
    None = 0,

    /// <summary>Not all members have answered, or the lowest id has not offered yet.</summary>
    Waiting = 1,

    /// <summary>Members were started with different lists; both are in the text.</summary>
    UnequalMembers = 2,

    /// <summary>A member lost its directory while the cluster was being formed: empty all.</summary>
    WipedMidway = 3,

    /// <summary>This directory is empty, but the cluster exists: this node must replace its lost self.</summary>
    ReplaceSelf = 4,

    /// <summary>A member belongs to another cluster.</summary>
    ForeignMember = 5,

    /// <summary>This node belongs to its cluster.</summary>
    Formed = 6,
}

/// <summary>A state and the sentences that tell the operator about it.</summary>
internal sealed record FormationNotice(FormationState State, string Text);
