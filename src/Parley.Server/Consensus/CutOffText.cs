using System.Globalization;
using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>Why a node cannot do what it is asked, in the words that clients and operators see.</summary>
internal static class CutOffText
{
    public static string Of(CutOff found)
    {
        if (found.Witness == NodeId.None)
        {
            return NoMajority(found.Answering, found.Voters);
        }

        var (leader, witness) = (found.Leader.Value, found.Witness.Value);
        return witness == leader
            ? Say($"the leader, node {leader}, does not hear this node")
            : Say($"no way to the leader: node {witness} hears node {leader}, this one does not");
    }

    public static string NoMajority(int reachable, int voters) =>
        Say($"no majority: {reachable} of {voters} reachable");

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
