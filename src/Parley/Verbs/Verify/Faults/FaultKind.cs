namespace Parley.Verbs.Verify.Faults;

/// <summary>What can be done to nodes; the names are those of <c>--faults</c>.</summary>
internal enum FaultKind
{
    None = 0,

    /// <summary>SIGKILL, at the moment a client has its answer.</summary>
    Crash = 1,

    /// <summary>SIGSTOP: the node hangs, its connections stay.</summary>
    Pause = 2,

    /// <summary>Ways between nodes are cut, in one direction or both.</summary>
    Partition = 3,

    /// <summary>Late packets, a processor that is taken away, or slow syncs.</summary>
    Slow = 4,

    /// <summary>Syncs fail.</summary>
    Disk = 5,

    /// <summary>Packets are lost, late, doubled, and overtake each other.</summary>
    Network = 6,
}
