using Parley.Server.Certificates;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>The list of nodes that all bundles carry, while machines come and go.</summary>
public sealed class BundleListTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly BundleMember[] Members =
    [
        new(1, "10.0.0.1:7401", "10.0.0.1:7501"),
        new(2, "10.0.0.2:7401", "10.0.0.2:7501"),
        new(3, "10.0.0.3:7401", "10.0.0.3:7501"),
    ];

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("parley-bundles-");

    public void Dispose() => directory.Delete(recursive: true);

    [Fact]
    public void The_tenth_node_that_ever_got_a_bundle_keeps_no_other_from_starting()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        for (var id = 4; id <= 10; id++)
        {
            ClusterFiles.Add(directory.FullName, new(id, $"10.0.0.{id}:7401", $"10.0.0.{id}:7501"), Now);
        }

        ClusterFiles.Renew(directory.FullName, Now);

        foreach (var id in (int[])[1, 10])
        {
            var errors = new List<string>();
            var options = ServerOptionsReader.Read(
                new Dictionary<string, string> { ["bundle"] = PathOf(id) }, errors);
            Assert.Empty(errors);
            Assert.Equal(10, options!.Members.Count);
        }
    }

    [Fact]
    public void Who_left_is_dropped_from_the_list_and_its_id_and_addresses_are_free()
    {
        ClusterFiles.Create(directory.FullName, "", Members, Now);
        var sixth = new BundleMember(6, Members[1].Client, Members[1].Node);
        var refused = Assert.Throws<BundleRefusedException>(() => ClusterFiles.Add(directory.FullName, sixth, Now));
        var unknown = Assert.Throws<BundleRefusedException>(() => ClusterFiles.Drop(directory.FullName, [2, 7], Now));
        Assert.Throws<BundleRefusedException>(() => ClusterFiles.Drop(directory.FullName, [1, 2, 3], Now));

        var left = ClusterFiles.Drop(directory.FullName, [2], Now);

        Assert.Contains("--drop 2", refused.Message, StringComparison.Ordinal);
        Assert.Contains("nodes 1, 2, 3 expected to drop, 2, 7 found", unknown.Message, StringComparison.Ordinal);
        Assert.Equal([1, 3], left.Members.Select(member => member.Id));
        Assert.Equal([1, 3], NodeBundle.Load(PathOf(3)).Members.Select(member => member.Id));
        Assert.False(File.Exists(PathOf(2)));
        ClusterFiles.Add(directory.FullName, sixth, Now);
        var again = ClusterFiles.Add(directory.FullName, new(2, "10.0.0.9:7401", "10.0.0.9:7501"), Now);
        Assert.Equal([1, 2, 3, 6], again.Members.Select(member => member.Id));
        Assert.Equal("10.0.0.9:7501", NodeBundle.Load(PathOf(2)).Self.Node);
    }

    private string PathOf(int node) => Path.Combine(directory.FullName, NodeBundle.FileNameOf(node));
}
