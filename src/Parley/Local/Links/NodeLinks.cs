using System.Globalization;
using System.Net;

namespace Parley.Local.Links;

/// <summary>
/// The network between the nodes of a <see cref="LocalCluster"/>, each directed pair through a proxy of its own, so
/// that it can be cut and slowed in each direction. Clients are not on it. Thread-safe.
/// </summary>
internal sealed class NodeLinks : INodeNetwork
{
    private readonly Dictionary<(int From, int To), LinkWay> ways = [];
    private readonly Dictionary<(int From, int To), NodeLink> links = [];
    private readonly int basePort;
    private readonly int size;

    public NodeLinks(int basePort, int size)
    {
        this.basePort = basePort;
        this.size = size;
        foreach (var pair in INodeNetwork.PairsOf(size))
        {
            ways[pair] = new LinkWay();
        }

        foreach (var (from, to) in INodeNetwork.PairsOf(size))
        {
            links[(from, to)] = new(
                new(IPAddress.Loopback, LocalPorts.LinkPort(basePort, from, to)),
                new(IPAddress.Loopback, LocalPorts.NodePort(basePort, to)),
                ways[(from, to)],
                ways[(to, from)]);
            links[(from, to)].Open();
        }
    }

    public bool HasClients => false;

    /// <summary>What <c>--dial</c> of this node says.</summary>
    public string DialOf(int node) => string.Join(',', INodeNetwork.PairsOf(size)
        .Where(pair => pair.From == node)
        .Select(pair => string.Create(
            CultureInfo.InvariantCulture, $"{pair.To}=127.0.0.1:{LocalPorts.LinkPort(basePort, node, pair.To)}")));

    /// <summary>What the first says to the second waits.</summary>
    public void Cut(int from, int to) => ways[(from, to)].Cut();

    public void Delay(int from, int to, TimeSpan delay) => ways[(from, to)].Delay = delay;

    public void Mend()
    {
        foreach (var way in ways.Values)
        {
            way.Delay = TimeSpan.Zero;
            way.Mend();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in links.Values)
        {
            await link.DisposeAsync();
        }
    }
}
