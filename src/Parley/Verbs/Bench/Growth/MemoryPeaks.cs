using Parley.Local;

namespace Parley.Verbs.Bench.Growth;

/// <summary>The most resident memory of each node, looked at ten times a second.</summary>
internal static class MemoryPeaks
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Until it is enough; MB by node id.</summary>
    public static async Task<IReadOnlyDictionary<int, double>> WatchAsync(
        LocalCluster cluster, CancellationToken enough)
    {
        var peaks = new Dictionary<int, double>();
        using var pace = new PeriodicTimer(Pause);
        while (!enough.IsCancellationRequested)
        {
            foreach (var node in cluster.Nodes.Where(node => node.IsRunning))
            {
                peaks[node.Id] = Math.Max(
                    peaks.GetValueOrDefault(node.Id), ProcessCosts.ResidentMbOf(node.ProcessId));
            }

            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return peaks;
    }
}
