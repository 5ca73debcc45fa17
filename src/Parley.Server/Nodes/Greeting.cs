using System.Globalization;
using Grpc.Core;
using Parley.Raft;

namespace Parley.Server.Nodes;

/// <summary>The metadata with which nodes tell who talks to whom, and the check that refuses everybody else.</summary>
internal sealed record Greeting(string ClusterId, NodeId Self, ulong Incarnation)
{
    private const string ClusterKey = "parley-cluster";
    private const string FromKey = "parley-from";
    private const string ToKey = "parley-to";
    private const string FromIncarnationKey = "parley-from-incarnation";
    private const string ToIncarnationKey = "parley-to-incarnation";

    /// <summary>What this node says to a member.</summary>
    public Metadata To(Member member) => new()
    {
        { ClusterKey, ClusterId },
        { FromKey, Self.Value.ToString(CultureInfo.InvariantCulture) },
        { ToKey, member.Id.Value.ToString(CultureInfo.InvariantCulture) },
        { FromIncarnationKey, Format(Incarnation) },
        { ToIncarnationKey, Format(member.Incarnation) },
    };

    /// <summary>The member that a call comes from.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: another cluster, node or data directory was meant, or the
    /// caller is none of ours.</exception>
    public NodeId Check(Metadata headers, Membership membership)
    {
        Expect(headers, ClusterKey, ClusterId);
        Expect(headers, ToKey, Self.Value.ToString(CultureInfo.InvariantCulture));
        Expect(headers, ToIncarnationKey, Format(Incarnation));
        var from = headers.GetValue(FromKey) ?? "";
        foreach (var member in membership.Members)
        {
            if (member.Id.Value.ToString(CultureInfo.InvariantCulture) == from && member.Id != Self)
            {
                Expect(headers, FromIncarnationKey, Format(member.Incarnation));
                return member.Id;
            }
        }

        throw Refuse($"{FromKey}: another member of the cluster expected, '{from}' found");
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
