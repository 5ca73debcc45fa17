using Parley.Client;
using Parley.Client.Walking;

namespace Parley.Tests.Client;

/// <summary>The list of nodes follows what nodes tell of each other.</summary>
public sealed class NodeSetTests : IDisposable
{
    private readonly NodeSet nodes;
    private int changes;

    public NodeSetTests()
    {
        nodes = new NodeSet(
            new() { Nodes = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"] }, () => changes++);
        Tell("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3");
    }

    [Fact]
    public void A_node_that_moved_is_looked_for_where_it_is_now()
    {
        Tell("127.0.0.1:1", "127.0.0.1:12", "127.0.0.1:3");

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:12", "127.0.0.1:3"], Addresses());
        Assert.Equal(1, changes);
    }

    [Fact]
    public void An_address_that_works_is_kept_until_it_does_not()
    {
        // Through a tunnel: other nodes know that one by another address.
        var walker = new NodeWalker(nodes, new() { Nodes = Addresses() }, startNode: null, _ => { });
        var second = nodes.GetNode("127.0.0.1:2");
        walker.Worked(second);
        Tell("127.0.0.1:1", "127.0.0.1:12", "127.0.0.1:3");
        var kept = Addresses();
        walker.Failed(second, gone: true);
        Tell("127.0.0.1:1", "127.0.0.1:12", "127.0.0.1:3");

        Assert.Contains("127.0.0.1:2", kept);
        Assert.DoesNotContain("127.0.0.1:2", Addresses());
    }

    public void Dispose() => nodes.Dispose();

    private string[] Addresses() => [.. nodes.Current.Select(node => node.Address)];

    /// <summary>Node 1 says where the members are.</summary>
    private void Tell(params string[] members) => nodes.Learn(nodes.GetNode(members[0]), new NodeReport
    {
        Address = members[0],
        ClusterId = "",
        Id = 1,
        Role = "leader",
        Leader = 1,
        Term = 1,
        CommitIndex = 1,
        AppliedIndex = 1,
        FaultsTolerated = 1,
        Digest = "",
        DigestIndex = 1,
        Version = "",
        Voters = 3,
        ReachableVoters = 3,
        Members = [.. members.Select((address, place) => new NodeMember(place + 1, address, true))],
        Warnings = [],
    });
}
