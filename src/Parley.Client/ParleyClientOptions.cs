namespace Parley.Client;

/// <summary>What a <see cref="ParleyClient"/> is told once.</summary>
public sealed record ParleyClientOptions
{
    /// <summary>Client addresses of some or all nodes, HOST:PORT; the rest is learned from them.</summary>
    public required IReadOnlyList<string> Nodes { get; init; }

    /// <summary>SHA-256 of the certificate of the cluster's authority, 64 hexadecimal digits (see
    /// <see cref="ClusterLink"/>), or of several, separated by commas, the newest first: only nodes with a certificate
    /// of one of them are talked to. Or <c>system</c>: nodes with a certificate that this
    /// machine trusts for their host's name. Null: plaintext, which is refused to any address beyond this
    /// machine.</summary>
    public string? CaFingerprint { get; init; }

    /// <summary>How long a call goes on while every known node is unreachable, or a node tells it to wait; zero: for
    /// ever. A queued message that is told to wait stays queued.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What one attempt at one node may take; doubles twice, after each full round with a reachable node.
    /// </summary>
    public TimeSpan AttemptDeadline { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What connecting to one node may take.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>The cluster these nodes must belong to (32 hexadecimal digits); null: the first to answer.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The highest log index seen before (0: none): no answer will be older than it.</summary>
    public long SeenIndex { get; init; }

    /// <summary>Never ask for further nodes: only those in <see cref="Nodes"/> are called.</summary>
    public bool OnlyTheseNodes { get; init; }

    /// <summary>Whether others are told how far this client's sessions have read; unread counts do not depend on it.
    /// </summary>
    public bool ReadReceipts { get; init; } = true;

    /// <summary>Whether people who may know are told that the account is there while its session receives, and
    /// afterwards when it was seen last. Who is logged in, all may know.</summary>
    public bool ShowsPresence { get; init; } = true;

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>How to log in.</summary>
public sealed record LoginOptions
{
    /// <summary>End the account's live session, if any, in favour of this one.</summary>
    public bool TakeOver { get; init; }

    /// <summary>How long the session lives when no node hears from it: 1 s to 30 days; zero: the default, 30 s.
    /// </summary>
    public TimeSpan Lease { get; init; }

    /// <summary>The node to begin with, as a place in the node list (taken modulo its length); null: the last good
    /// one. Many sessions of one client are spread with it.</summary>
    public int? StartNode { get; init; }
}
