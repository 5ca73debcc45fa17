namespace Parley.Local;

/// <summary>How the nodes of a <see cref="LocalCluster"/> reach each other.</summary>
internal enum NetworkKind
{
    /// <summary>Over loopback, directly.</summary>
    Loopback = 0,

    /// <summary>Over loopback, through proxies of this process that can be cut and slowed; clients go directly.
    /// </summary>
    Proxies = 1,

    /// <summary>Each node is a machine with an address of its own, and its packets, also those of clients, go through
    /// this process, which can do to them what networks do. Needs root; implies certificates.</summary>
    Namespaces = 2,
}
