using Parley.Local;
using Parley.Server.Operations;

namespace Parley.Verbs.Bench.Growth;

/// <summary>What a data directory takes, in MB of 1,000,000 bytes; of all nodes, each time the largest.</summary>
internal sealed record NodeSizes(double Log, double State, double WriteAhead, double Index, double All)
{
    private const double BytesPerMb = 1_000_000;

    public static NodeSizes LargestOf(LocalCluster cluster)
    {
        var each = cluster.Nodes.Select(node => Of(node.DataDirectory)).ToList();
        return new(
            each.Max(node => node.Log),
            each.Max(node => node.State),
            each.Max(node => node.WriteAhead),
            each.Max(node => node.Index),
            each.Max(node => node.All));
    }

    /// <summary>The largest snapshot that lies in any directory; 0: there is none.</summary>
    public static double SnapshotOf(LocalCluster cluster) =>
        cluster.Nodes.Max(node => Sum(new(node.DataDirectory), "snapshot-*.db"));

    /// <summary>All directories together.</summary>
    public static double SumOf(LocalCluster cluster) =>
        cluster.Nodes.Sum(node => DiskPicture.Of(node.DataDirectory).UsedBytes) / BytesPerMb;

    private static NodeSizes Of(string path)
    {
        var directory = new DirectoryInfo(path);
        return new(
            Sum(new(Path.Combine(path, "log")), "*"),
            Sum(directory, "state.db"),
            Sum(directory, "state.db-wal"),
            Sum(directory, "search.db*"),
            DiskPicture.Of(path).UsedBytes / BytesPerMb);
    }

    private static double Sum(DirectoryInfo directory, string pattern) =>
        directory.EnumerateFiles(pattern).Sum(file => file.Exists ? file.Length : 0) / BytesPerMb;
}
