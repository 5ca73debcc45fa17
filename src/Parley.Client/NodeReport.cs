namespace Parley.Client;

/// <summary>What one node says of itself and its cluster, asked by its address.</summary>
public sealed record NodeReport
{
    /// <summary>The address it was asked at.</summary>
    public required string Address { get; init; }

    /// <summary>32 hexadecimal digits; empty before formation.</summary>
    public required string ClusterId { get; init; }

    /// <summary>From 1.</summary>
    public required int Id { get; init; }

    /// <summary>waiting, follower, candidate, leader or learner.</summary>
    public required string Role { get; init; }

    /// <summary>The leader's id, 0 when it knows none.</summary>
    public required int Leader { get; init; }

    /// <summary>The Raft term.</summary>
    public required long Term { get; init; }

    /// <summary>The highest log index it knows to be committed.</summary>
    public required long CommitIndex { get; init; }

    /// <summary>The highest log index applied to its state.</summary>
    public required long AppliedIndex { get; init; }

    /// <summary>How many more nodes may fail; -1 without a majority.</summary>
    public required int FaultsTolerated { get; init; }

    /// <summary>It takes calls now: it knows a leader, has caught up, and its disk answers.</summary>
    public bool IsServing { get; init; }

    /// <summary>The digest of its state at <see cref="DigestIndex"/>.</summary>
    public required string Digest { get; init; }

    /// <summary>The log index the digest was taken at.</summary>
    public required long DigestIndex { get; init; }

    /// <summary>The program's version.</summary>
    public required string Version { get; init; }

    /// <summary>How many voters are configured.</summary>
    public required int Voters { get; init; }

    /// <summary>How many voters it reaches, itself included.</summary>
    public required int ReachableVoters { get; init; }

    /// <summary>All members: id and client address (empty while unknown), ascending by id.</summary>
    public required IReadOnlyList<NodeMember> Members { get; init; }

    /// <summary>Sentences for the operator.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How its machine is; null when the node is too old to say.</summary>
    public NodeCondition? Condition { get; init; }
}

/// <summary>How a node's machine is, as the node itself measured it.</summary>
public sealed record NodeCondition
{
    /// <summary>Since its process started.</summary>
    public required TimeSpan Uptime { get; init; }

    /// <summary>What its data directory takes.</summary>
    public required long DiskUsedBytes { get; init; }

    /// <summary>What is free on the file system of its data directory.</summary>
    public required long DiskFreeBytes { get; init; }

    /// <summary>The size of that file system.</summary>
    public required long DiskTotalBytes { get; init; }

    /// <summary>How many sessions have a stream open to it.</summary>
    public required int Clients { get; init; }

    /// <summary>Its wall clock minus the median of the voters' clocks; null while it does not hear a majority.
    /// </summary>
    public required TimeSpan? ClockOffset { get; init; }

    /// <summary>The highest log index at which a majority of the voters, itself among them, found one digest of their
    /// states; 0 while there is none.</summary>
    public long AgreedIndex { get; init; }

    /// <summary>Drawn when its process started: another one means another process; 0 when the node is too old to say.
    /// </summary>
    public ulong Process { get; init; }
}

/// <summary>A member as another node knows it.</summary>
/// <param name="Id">From 1.</param>
/// <param name="ClientAddress">HOST:PORT, empty while unknown.</param>
/// <param name="Reachable">Whether the node that was asked reaches it.</param>
public sealed record NodeMember(int Id, string ClientAddress, bool Reachable)
{
    /// <summary>It follows and does not vote yet.</summary>
    public bool IsLearner { get; init; }

    /// <summary>HOST:PORT for other nodes; empty when the node that was asked is too old to say.</summary>
    public string NodeAddress { get; init; } = "";
}
