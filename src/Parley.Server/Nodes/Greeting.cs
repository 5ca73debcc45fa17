using System.Globalization;
using System.Text;
using Grpc.Core;
using Parley.Raft;

namespace Parley.Server.Nodes;

/// <summary>The metadata with which nodes tell who talks to whom, and the check that refuses everybody else.</summary>
/// <param name="ClusterId">32 hexadecimal digits.</param>
/// <param name="Key">This node and its data directory.</param>
/// <param name="Address">HOST:PORT where it listens for nodes, by its settings.</param>
internal sealed record Greeting(string ClusterId, NodeKey Key, string Address)
{
    private const string ClusterKey = "parley-cluster";
    private const string FromKey = "parley-from";
    private const string ToKey = "parley-to";
    private const string FromIncarnationKey = "parley-from-incarnation";
    private const string ToIncarnationKey = "parley-to-incarnation";
    private const string FromAddressKey = "parley-from-address";
    private const string FromLoggedAddressKey = "parley-from-logged-address";

    public NodeId Self => Key.Id;

    /// <summary>What this node says to another.</summary>
    /// <param name="node">The other.</param>
    /// <param name="logged">Where this node is by the log of the cluster.</param>
    public Metadata To(NodeKey node, string logged)
    {
        var said = new Metadata
        {
            { ClusterKey, ClusterId },
            { FromKey, Self.Value.ToString(CultureInfo.InvariantCulture) },
            { ToKey, node.Id.Value.ToString(CultureInfo.InvariantCulture) },
            { FromIncarnationKey, Format(Key.Incarnation) },
            { ToIncarnationKey, Format(node.Incarnation) },
        };
        Add(said, FromAddressKey, Address);
        Add(said, FromLoggedAddressKey, logged);
        return said;
    }

    /// <summary>Who calls, by its own word: another node that takes itself for one of this cluster, and means this data
    /// directory. Whether it is a member only the newest membership says, and this node may be behind.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another cluster, node or data directory was meant, or the
    /// caller is nobody.</exception>
    public CallingNode Check(Metadata headers)
    {
        Expect(headers, ClusterKey, ClusterId);
        Expect(headers, ToKey, Self.Value.ToString(CultureInfo.InvariantCulture));
        Expect(headers, ToIncarnationKey, Format(Key.Incarnation));
        var from = headers.GetValue(FromKey) ?? "";
        if (!int.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || id < 1 || id == Self.Value)
        {
            throw Refuse($"{FromKey}: another node of the cluster expected, '{from}' found");
        }

        var said = headers.GetValue(FromIncarnationKey) ?? "";
        return ulong.TryParse(said, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var incarnation)
            && incarnation != 0
            ? new CallingNode(new NodeKey(new NodeId(id), incarnation), AddressesIn(headers))
            : throw Refuse($"{FromIncarnationKey}: the number of a data directory expected, '{said}' found");
    }

    /// <summary>A name in other letters is no header: with it, no stream could be opened.</summary>
    private static void Add(Metadata said, string key, string address)
    {
        if (Ascii.IsValid(address))
        {
            said.Add(key, address);
        }
    }

    private static IReadOnlyList<string> AddressesIn(Metadata headers)
    {
        string[] keys = [FromLoggedAddressKey, FromAddressKey];
        return [.. keys.Select(headers.GetValue).OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    private static void Expect(Metadata headers, string key, string expected)
    {
        var found = headers.GetValue(key);
        if (found != expected)
        {
            throw Refuse($"{key}: {expected} expected, '{found}' found");
        }
    }

    private static RpcException Refuse(string text) => new(new Status(StatusCode.FailedPrecondition, text));

    private static string Format(ulong incarnation) => incarnation.ToString("x16", CultureInfo.InvariantCulture);
}

/// <summary>A node that calls this one.</summary>
/// <param name="Key">The node and its data directory.</param>
/// <param name="Addresses">HOST:PORT where it listens for nodes, by its own word: the log's of it, then its settings';
/// none or anything from programs that do not say it.</param>
internal sealed record CallingNode(NodeKey Key, IReadOnlyList<string> Addresses);
