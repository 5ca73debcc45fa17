using System.Globalization;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Sees to it that a node which is off needs a snapshot when it comes back: the others cut their logs
/// meanwhile.</summary>
internal sealed class ForcedSnapshot(LocalCluster cluster, Setting setting)
{
    public const string MadePrefix = "snapshot-";
    public const string FetchedPrefix = "incoming-";

    /// <summary>More than the 16 MiB that a leader has in memory for those who lag, and twice what a node applies
    /// between two checkpoints. One that readers are in the way of cuts nothing: it takes another round then.</summary>
    private const int Lines = 1_200;

    private const int RoundsMax = 8;
    private const int AttemptsMax = 3;
    private const string DamageTold = "is damaged on this node's disk";
    private static readonly TimeSpan MadeMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ServingMax = TimeSpan.FromSeconds(90);
    private int accounts;

    /// <summary>Writes so much that those who are there have nothing left of what is in their logs now.</summary>
    /// <exception cref="FaultFailedException">They still have.</exception>
    public async Task FillAsync(CancellationToken cancellationToken)
    {
        var last = cluster.RunningIds.ToDictionary(id => id, id => SegmentsOf(id)[^1]);
        for (var round = 0; last.Any(node => IsThere(node.Key, node.Value)); round++)
        {
            if (round == RoundsMax)
            {
                throw new FaultFailedException("nodes did not cut their logs, whatever was written");
            }

            var name = string.Create(CultureInfo.InvariantCulture, $"filled-{Environment.ProcessId}-{++accounts}");
            await LongLines.SendAsync(setting, name, Lines, cancellationToken);
        }

        bool IsThere(int id, string segment) => StringComparer.Ordinal.Compare(SegmentsOf(id)[0], segment) <= 0;
    }

    /// <summary>The newest snapshot that a running node has made.</summary>
    /// <exception cref="FaultFailedException">There is none.</exception>
    public string FindNewest() => MadeBy(cluster.RunningIds).Select(made => made.File).MaxBy(IndexOf)
        ?? throw new FaultFailedException("a node that was away needed no snapshot: the logs were not cut");

    /// <summary>Starts the victim, which is off and needs a snapshot, and damages the one that is made for it before
    /// it has all of it; returns when the node that made it said so and the victim serves all the same.</summary>
    /// <remarks>Where the damage is not met, nothing is known: the victim may have had the end of the file in its
    /// socket already, or another leader, or a log that was cut once more, may have given it another snapshot. So it is
    /// tried again; a node that never looks is found all the same.</remarks>
    /// <exception cref="FaultFailedException">No node that made one noticed.</exception>
    public async Task SpoilGivenAsync(int victim, CancellationToken cancellationToken)
    {
        for (var attempt = 1; await FindUnnoticedAsync(victim, cancellationToken) is { } unnoticed; attempt++)
        {
            if (attempt == AttemptsMax)
            {
                throw new FaultFailedException(
                    string.Create(CultureInfo.InvariantCulture, $"{unnoticed}, the last of {AttemptsMax} in a row"));
            }

            cluster.Node(victim).Kill();
            await cluster.Node(victim).WaitForExitAsync(cancellationToken);
            await FillAsync(cancellationToken);
        }
    }

    // Null: the damage was noticed.
    private async Task<string?> FindUnnoticedAsync(int victim, CancellationToken cancellationToken)
    {
        var others = cluster.RunningIds;
        var known = MadeBy(others).ToHashSet();
        var told = others.ToDictionary(id => id, CountTold);
        var isPaused = 0;
        var watchers = others
            .Select(id => new FileSystemWatcher(cluster.DataDirectoryOf(id), $"{MadePrefix}*"))
            .ToList();
        try
        {
            foreach (var watcher in watchers)
            {
                // It has begun: nobody fetches it before it is whole and named.
                watcher.Created += (_, _) => PauseOnce();
                watcher.EnableRaisingEvents = true;
            }

            cluster.Start(victim);
            await Until.TrueAsync(
                _ => Task.FromResult(MadeBy(others).Any(made => !known.Contains(made))),
                MadeMax,
                () => $"no snapshot was made for node {victim}",
                cancellationToken);
        }
        finally
        {
            watchers.ForEach(watcher => watcher.Dispose());
        }

        var (node, file) = MadeBy(others).First(made => !known.Contains(made));
        Damage.Spoil(file);
        cluster.Resume(victim);
        await cluster.WaitUntilServingAsync([victim], ServingMax, cancellationToken);
        return CountTold(node) > told[node]
            ? null
            : $"node {node} did not notice that {file} was damaged";

        void PauseOnce()
        {
            if (Interlocked.Exchange(ref isPaused, 1) == 0)
            {
                cluster.Pause(victim);
            }
        }
    }

    private List<string> SegmentsOf(int id) =>
    [
        .. Directory.GetFiles(Path.Combine(cluster.DataDirectoryOf(id), "log"), "*.log")
            .Select(file => Path.GetFileName(file)!)
            .Order(StringComparer.Ordinal),
    ];

    private static long IndexOf(string file) => long.Parse(
        Path.GetFileName(file)[MadePrefix.Length..].Split('-')[0], CultureInfo.InvariantCulture);

    private IEnumerable<(int Node, string File)> MadeBy(IEnumerable<int> nodes) =>
        from id in nodes
        from file in Directory.GetFiles(cluster.DataDirectoryOf(id), $"{MadePrefix}*-*.db")
        select (id, file);

    private int CountTold(int id) => cluster.StderrOf(id).Split(DamageTold).Length;
}
