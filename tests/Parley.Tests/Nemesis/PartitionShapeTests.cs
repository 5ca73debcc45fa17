using Parley.Local;
using Parley.Verbs.Verify.Faults;

namespace Parley.Tests.Nemesis;

/// <summary>Whatever way the network falls apart: a majority stands where it is to, and nowhere else.</summary>
public sealed class PartitionShapeTests
{
    [Theory]
    [InlineData(3, false)]
    [InlineData(3, true)]
    [InlineData(5, false)]
    [InlineData(5, true)]
    public void A_bearable_shape_leaves_a_node_with_a_majority_and_a_way_to_clients(int size, bool hasClients)
    {
        foreach (var shape in PartitionShape.BearableOf(size, hasClients))
        {
            foreach (var victims in VictimsOf(size, 1, (size - 1) / 2))
            {
                Assert.True(CutsOf(shape, size, victims, hasClients) > 0, $"{shape.Name} cuts nothing");
                Assert.True(
                    LeadersOf(shape, size, victims).Any(leader => IsReached(shape, size, victims, leader)),
                    $"{shape.Name}, {string.Join(',', victims)} of {size}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void An_unbearable_shape_leaves_no_node_with_a_majority(int size)
    {
        foreach (var shape in PartitionShape.UnbearableOf(hasClients: true))
        {
            foreach (var victims in VictimsOf(size, (size / 2) + 1, size).Where(_ => size > 1))
            {
                Assert.Empty(LeadersOf(shape, size, victims));
            }
        }
    }

    [Fact]
    public void Without_clients_on_the_network_no_shape_speaks_of_them()
    {
        var names = PartitionShape.BearableOf(5, hasClients: false).Select(shape => shape.Name);

        Assert.All(names, name => Assert.DoesNotContain("client", name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_leader_cut_off_from_nodes_alone_still_has_its_clients()
    {
        var shape = PartitionShape.BearableOf(5, hasClients: true).Single(one => one.Name == "cut off one by one");

        Assert.True(shape.IsCut(1, 2, [1]));
        Assert.True(shape.IsCut(2, 1, [1]));
        Assert.False(shape.IsCut(INodeNetwork.Clients, 1, [1]));
        Assert.False(shape.IsCut(1, INodeNetwork.Clients, [1]));
    }

    [Fact]
    public void A_bridge_is_two_halves_and_a_node_that_talks_to_both()
    {
        var shape = PartitionShape.BearableOf(5, hasClients: true)
            .Single(one => one.Name.StartsWith("bridge", StringComparison.Ordinal));
        var heard = Enumerable.Range(1, 5).Select(node => HeardBy(shape, 5, [3], node).Count()).ToList();

        Assert.Equal([3, 3, 5, 3, 3], heard);
    }

    private static IEnumerable<IReadOnlyList<int>> VictimsOf(int size, int least, int most) =>
        from mask in Enumerable.Range(1, (1 << size) - 1)
        let victims = Enumerable.Range(1, size).Where(node => (mask & (1 << (node - 1))) != 0).ToList()
        where victims.Count >= least && victims.Count <= most
        select victims;

    private static int CutsOf(PartitionShape shape, int size, IReadOnlyList<int> victims, bool hasClients) =>
        INodeNetwork.PairsOf(size).Concat(hasClients ? INodeNetwork.ClientPairsOf(size) : [])
            .Count(way => shape.IsCut(way.From, way.To, victims));

    private static IEnumerable<int> LeadersOf(PartitionShape shape, int size, IReadOnlyList<int> victims) =>
        Enumerable.Range(1, size).Where(node => HeardBy(shape, size, victims, node).Count() > size / 2);

    private static IEnumerable<int> HeardBy(PartitionShape shape, int size, IReadOnlyList<int> victims, int node) =>
        Enumerable.Range(1, size).Where(other => other == node || IsOpen(shape, victims, node, other));

    // Over the leader itself, or over one that talks to it.
    private static bool IsReached(PartitionShape shape, int size, IReadOnlyList<int> victims, int leader) =>
        HeardBy(shape, size, victims, leader).Any(node => IsOpen(shape, victims, INodeNetwork.Clients, node));

    private static bool IsOpen(PartitionShape shape, IReadOnlyList<int> victims, int one, int other) =>
        !shape.IsCut(one, other, victims) && !shape.IsCut(other, one, victims);
}
