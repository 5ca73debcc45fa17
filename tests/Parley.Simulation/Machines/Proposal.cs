using Parley.Core;

namespace Parley.Simulation.Machines;

/// <summary>A command in flight: encoded once, so that every copy is the same.</summary>
internal sealed class Proposal
{
    public required ulong Number { get; init; }

    /// <summary>Whose it is.</summary>
    public required NodeProcess Owner { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Equal for copies of one message; the proposal itself otherwise.</summary>
    public required object CopyKey { get; init; }

    /// <summary>Who waits for it; null once nobody does.</summary>
    public Action<AppliedCommand>? Decided { get; set; }

    /// <summary>When it is forwarded once more if nothing is heard: the wait doubles.</summary>
    public long ForwardAgainAtUs { get; set; }

    public int Forwardings { get; set; }
}
