using System.Globalization;
using Parley.CommandLine;
using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Verbs.Cluster;

/// <summary>Reads the members of a cluster as <c>cluster init</c> is told them: ID=HOST:PORT, or
/// ID=HOST:PORT/NODEPORT.</summary>
internal static class ClusterMembers
{
    private const int MembersMax = 9;

    /// <summary>The same distance as in a local cluster.</summary>
    private const int NodePortOffset = 100;

    /// <exception cref="VerbFailedException">They are no cluster: all that is wrong, at once.</exception>
    public static IReadOnlyList<BundleMember> Parse(IReadOnlyList<string> items)
    {
        var errors = new List<string>();
        var members = new List<BundleMember>();
        foreach (var item in items)
        {
            if (Find(item) is { } member)
            {
                members.Add(member);
            }
            else
            {
                errors.Add($"node: ID=HOST:PORT or ID=HOST:PORT/NODEPORT expected, '{item}' found");
            }
        }

        if (items.Count % 2 == 0 || items.Count > MembersMax)
        {
            errors.Add($"node: an odd number of at most {MembersMax} expected, {items.Count} found; "
                + "five survive two failures");
        }

        foreach (var id in members.CountBy(member => member.Id).Where(pair => pair.Value > 1))
        {
            errors.Add($"node: each id once expected, {id.Key} found {id.Value} times");
        }

        var addresses = members.SelectMany(member => (string[])[member.Client, member.Node]);
        foreach (var address in addresses.CountBy(address => address).Where(pair => pair.Value > 1))
        {
            errors.Add($"node: each address once expected, {address.Key} found {address.Value} times");
        }

        return errors.Count == 0
            ? [.. members.OrderBy(member => member.Id)]
            : throw new VerbFailedException(ExitCodes.Usage, string.Join("\nparley: ", errors));
    }

    /// <summary>One more node; null: it is not written so.</summary>
    internal static BundleMember? Find(string item)
    {
        var equals = item.IndexOf('=', StringComparison.Ordinal);
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var end = slash < 0 ? item.Length : slash;
        if (equals <= 0 || end <= equals
            || !int.TryParse(item.AsSpan(0, equals), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || id is < 1 or > ServerOptionsRules.IdMax
            || !HostPort.TryParse(item[(equals + 1)..end], out var client))
        {
            return null;
        }

        var port = (client.Port + NodePortOffset).ToString(CultureInfo.InvariantCulture);
        var host = client.ToString()[..client.ToString().LastIndexOf(':')];
        var nodeText = $"{host}:{(slash < 0 ? port : item[(slash + 1)..])}";
        return HostPort.TryParse(nodeText, out var node)
            ? new BundleMember(id, client.ToString(), node.ToString())
            : null;
    }
}
