using System.Collections.Concurrent;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Hosting;

namespace Parley.Server.Nodes;

/// <summary>
/// Where other nodes may be, best first. The log's address was looked at before it was written, so it goes first; but
/// for a founder whose address nobody has changed there, this node's own settings, which may have moved since. What a
/// node says of itself comes after both: it is the word of its settings, maybe a bundle from before it moved. Whichever
/// is wrong, whoever is at the other end must show that it is the node meant. Thread-safe.
/// </summary>
internal sealed class AddressBook(
    ServerOptions options, IReadOnlyList<FoundingMember> founders, Func<HostPort, bool> mayDial)
{
    private readonly ConcurrentDictionary<NodeKey, IReadOnlyList<string>> said = new();

    /// <summary>Who said where it is.</summary>
    public IEnumerable<NodeKey> Known => said.Keys;

    /// <summary>A node says where it is.</summary>
    public void Said(NodeKey node, IReadOnlyList<string> addresses) => said[node] = addresses;

    public void Forget(NodeKey node) => said.TryRemove(node, out _);

    /// <summary>The best of them.</summary>
    public string Of(Member member) => In(member).First();

    /// <summary>Where to connect to it, the best first: <c>--dial</c>, where it is given, and nothing else. Empty where
    /// nobody has said anything that may be dialled.</summary>
    public IReadOnlyList<HostPort> WaysTo(Member member) => Parse(Find(options.Dial, member.Id) is { } told
        ? [told]
        : In(member));

    /// <summary>Where to look for a newcomer that is said to be at this address.</summary>
    public HostPort? FindWayTo(NodeId node, string address) =>
        Parse([Find(options.Dial, node) ?? address]) is [var way, ..] ? way : null;

    private IEnumerable<string> In(Member member)
    {
        var settings = Find(options.Members, member.Id);
        var isAsFounded = founders.Any(founder => founder.Id == member.Id
            && founder.Incarnation == member.Incarnation
            && string.Equals(founder.Address, member.Address, StringComparison.Ordinal));
        string?[] first = isAsFounded ? [settings, member.Address] : [member.Address];
        return first.Concat(said.GetValueOrDefault(member.Key) ?? []).Append(settings).OfType<string>();
    }

    private HostPort[] Parse(IEnumerable<string> addresses) =>
    [
        .. addresses
            .Select(text => HostPort.TryParse(text, out var address) && mayDial(address) ? address : (HostPort?)null)
            .OfType<HostPort>()
            .Distinct(),
    ];

    private static string? Find(IReadOnlyList<MemberAddress> items, NodeId node) =>
        items.FirstOrDefault(item => item.Id == node.Value).Address;
}
