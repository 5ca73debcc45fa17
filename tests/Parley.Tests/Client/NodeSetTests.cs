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

    /// <summary>It would go into the head of every later call.</summary>
    [Theory]
    [InlineData("\e[2J")]
    [InlineData("größer")]
    [InlineData("../0123456789abcdef0123456789abc")]
    [InlineData("0123456789abcdef0123456789abcdef\u00A0")]
    [InlineData("０123456789abcdef0123456789abcdef")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef")]
    public void What_is_no_cluster_id_is_not_taken_for_one(string told)
    {
        var node = nodes.GetNode("127.0.0.1:1");

        Assert.Throws<ConflictException>(() => nodes.CheckCluster(told, node));
        Assert.Null(nodes.ClusterId);
        nodes.CheckCluster("0123456789abcdef0123456789abcdef", node);
        Assert.Equal("0123456789abcdef0123456789abcdef", nodes.ClusterId);
    }

    [Fact]
    public void What_is_no_address_is_not_taken_for_one()
    {
        using var trusting = new NodeSet(new() { Nodes = ["127.0.0.1:1"], CaFingerprint = new string('a', 64) });
        foreach (var set in (NodeSet[])[nodes, trusting])
        {
            set.Learn(set.GetNode("127.0.0.1:1"), Report(["localhost:x", "127.0.0.1:2 \e[2J", "127.0.0.1", ""]));

            Assert.All(set.Current, node => Assert.StartsWith("127.0.0.1:", node.Address, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_list_of_nobody_who_could_be_asked_changes_nothing()
    {
        foreach (var told in nodes.Current)
        {
            nodes.Learn(told, Report(["x", ""]) with { Id = 9 });
        }

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], Addresses());
        Assert.Equal(0, changes);
    }

    public void Dispose() => nodes.Dispose();

    private string[] Addresses() => [.. nodes.Current.Select(node => node.Address)];

    /// <summary>Node 1 says where the members are.</summary>
    private void Tell(params string[] members) => nodes.Learn(nodes.GetNode(members[0]), Report(members));

    private static NodeReport Report(string[] members) => new()
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
    };
}
