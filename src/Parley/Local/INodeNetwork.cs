namespace Parley.Local;

/// <summary>The network of a <see cref="LocalCluster"/>, which can be cut and slowed in each direction: places are the
/// nodes by their ids and, where clients are on it, <see cref="Clients"/>. Thread-safe.</summary>
internal interface INodeNetwork : IAsyncDisposable
{
    /// <summary>The place of this process, and with it of the clients.</summary>
    const int Clients = 0;

    /// <summary>False: clients talk to nodes beside it, and <see cref="Clients"/> is no place.</summary>
    bool HasClients { get; }

    /// <summary>Nothing gets from the first to the second any more.</summary>
    void Cut(int from, int to);

    /// <summary>What is said from the first to the second comes late.</summary>
    void Delay(int from, int to, TimeSpan delay);

    /// <summary>All ways are open and quick again.</summary>
    void Mend();

    /// <summary>All directed pairs of nodes.</summary>
    static IEnumerable<(int From, int To)> PairsOf(int size) =>
        from one in Enumerable.Range(1, size)
        from other in Enumerable.Range(1, size)
        where one != other
        select (one, other);

    /// <summary>The ways between the clients and each node, in both directions.</summary>
    static IEnumerable<(int From, int To)> ClientPairsOf(int size) =>
        Enumerable.Range(1, size).SelectMany(node => ((int, int)[])[(Clients, node), (node, Clients)]);
}
