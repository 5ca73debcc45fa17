using System.Net;
using System.Net.Sockets;
using Parley.CommandLine;
using Parley.Local.Network;

namespace Parley.Local;

/// <summary>Loopback ports of a local cluster: clients on base+1…, hooks, where they are taken, on base+51…,
/// watchers, where they are answered, on base+61…, nodes on base+101…, and the proxies between them, where there are
/// any, on base+201…</summary>
internal static class LocalPorts
{
    private const int HookOffset = 50;
    private const int AdminOffset = 60;
    private const int NodeOffset = 100;
    private const int LinkOffset = 200;
    private const int LinksPerNode = 10;
    private const int PickedMin = 11_000;

    // Below Linux's range for outgoing connections (32768 up): a stopped node's port must still be free at its restart.
    private const int PickedMax = 32_000;
    private const int TriesMax = 200;
    private const int MachineClientPort = 7_401;
    private const int MachineNodePort = 7_402;

    /// <summary>Where a node listens for clients and for nodes.</summary>
    /// <param name="node">Its id.</param>
    /// <param name="basePort">Of a cluster on loopback.</param>
    /// <param name="machines">Each node is one of these; null: all are on loopback.</param>
    public static (string Client, string Node) AddressesOf(int node, int basePort, MachineNetwork? machines) =>
        machines is null
            ? ($"127.0.0.1:{basePort + node}", $"127.0.0.1:{NodePort(basePort, node)}")
            : ($"{machines.AddressOf(node)}:{MachineClientPort}", $"{machines.AddressOf(node)}:{MachineNodePort}");

    public static int HookPort(int basePort, int node) => basePort + HookOffset + node;

    public static int AdminPort(int basePort, int node) => basePort + AdminOffset + node;

    public static int NodePort(int basePort, int node) => basePort + NodeOffset + node;

    /// <summary>Where the first node finds the proxy to the second.</summary>
    public static int LinkPort(int basePort, int from, int to) => basePort + LinkOffset + (from * LinksPerNode) + to;

    /// <summary>The base itself, or for 0 one whose ports are all free now.</summary>
    /// <exception cref="VerbFailedException">A port is taken: the message names it.</exception>
    public static int Resolve(int basePort, int size, bool withLinks = false)
    {
        if (basePort != 0)
        {
            if (FirstTaken(basePort, size, withLinks) is { } taken)
            {
                throw new VerbFailedException(
                    ExitCodes.Refused, $"port {taken} on 127.0.0.1 is taken; end what uses it, or see --base-port");
            }

            return basePort;
        }

        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            var picked = Random.Shared.Next(PickedMin, PickedMax);
            if (FirstTaken(picked, size, withLinks) is null)
            {
                return picked;
            }
        }

        throw new VerbFailedException(ExitCodes.Refused, $"no free ports found in {TriesMax} tries");
    }

    private static int? FirstTaken(int basePort, int size, bool withLinks)
    {
        foreach (var port in Ports(basePort, size, withLinks))
        {
            if (!IsFree(port))
            {
                return port;
            }
        }

        return null;
    }

    private static IEnumerable<int> Ports(int basePort, int size, bool withLinks)
    {
        for (var id = 1; id <= size; id++)
        {
            yield return basePort + id;
            yield return HookPort(basePort, id);
            yield return AdminPort(basePort, id);
            yield return NodePort(basePort, id);
            for (var to = 1; withLinks && to <= size; to++)
            {
                yield return LinkPort(basePort, id, to);
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
