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

    /// <summary>Late packets, or a processor that is taken away.</summary>
    Slow = 4,

    /// <summary>Syncs fail.</summary>
    Disk = 5,

    /// <summary>Packets are lost, late, doubled, and overtake each other.</summary>
    Network = 6,

    /// <summary>What was not synced is gone.</summary>
    Power = 7,

    /// <summary>Wall clocks of a minority jump.</summary>
    Clock = 8,

    /// <summary>There is no room to write.</summary>
    Full = 9,

    /// <summary>Each sync takes long.</summary>
    Sync = 10,

    /// <summary>Files of nodes are damaged while these are off.</summary>
    Damage = 11,

    /// <summary>Clients that take and give nothing back.</summary>
    Client = 12,

    /// <summary>Nodes end gracefully and start again, one after the other.</summary>
    Restart = 13,
}

/// <summary>What the schedule must know of the kinds.</summary>
internal static class FaultKinds
{
    /// <summary>The name on the command line and in tables.</summary>
    public static string Word(this FaultKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Its victims are gone or cut off until they are healed.</summary>
    public static bool TakesNodes(this FaultKind kind) => kind is FaultKind.Crash or FaultKind.Pause
        or FaultKind.Partition or FaultKind.Disk or FaultKind.Full or FaultKind.Power;

    /// <summary>Only a minority can have it: what a majority has is right, or some of its nodes may go on.</summary>
    public static bool IsOfMinority(this FaultKind kind) => kind is FaultKind.Clock or FaultKind.Damage;
}
