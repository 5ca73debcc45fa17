using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Server.Hosting;
using Parley.Server.Nodes;
using Parley.Server.Operations;

namespace Parley.Server.Consensus;

/// <summary>What the three threads of a node work with; made once, before they start.</summary>
internal sealed class NodeParts
{
    public required ServerOptions Options { get; init; }

    public required NodeStore Store { get; init; }

    public required StateAccess State { get; init; }

    public required Proposer Proposer { get; init; }

    public required ReadIndexer Reads { get; init; }

    public required LogTime LogTime { get; init; }

    public required NodeView View { get; init; }

    public required DigestWatch Digests { get; init; }

    public required Peers Peers { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public required NodeMetrics Metrics { get; init; }

    public required IReadOnlyList<IApplyListener> Listeners { get; init; }

    public required NodeMail Mail { get; init; }

    /// <summary>Drawn at random when the process started.</summary>
    public required ulong StartNonce { get; init; }

    public NodeId Self => new(Options.Id);
}
