using System.Diagnostics;
using Parley.Simulation.Checks;

namespace Parley.Simulation.Running;

/// <summary>Runs many seeds on several threads, each run on one, and keeps count.</summary>
internal sealed class SeedSearch(RunSettings settings)
{
    private readonly Lock gate = new();
    private readonly List<RunResult> failures = [];

    public long SeedsRun { get; private set; }

    public long LinesAnswered { get; private set; }

    public long EntriesCommitted { get; private set; }

    public double VirtualSeconds { get; private set; }

    /// <summary>Summed over the threads.</summary>
    public double WallSeconds { get; private set; }

    public FailpointCounts Failpoints { get; } = new();

    public IReadOnlyList<RunResult> Failures => failures;

    public double Rate => WallSeconds > 0 ? VirtualSeconds / WallSeconds : 0;

    /// <summary>Runs seeds from <paramref name="start"/> on until <paramref name="isOver"/> says so.</summary>
    public void Run(ulong start, int workers, Func<SeedSearch, bool> isOver, Action<RunResult>? finished = null)
    {
        var next = start;
        var threads = Enumerable.Range(0, workers).Select(_ => new Thread(Work)).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        void Work()
        {
            while (true)
            {
                ulong seed;
                lock (gate)
                {
                    if (isOver(this))
                    {
                        return;
                    }

                    seed = next++;
                    SeedsRun++;
                }

                var watch = Stopwatch.StartNew();
                var result = SimulatedRun.Run(settings.Draw(seed), settings);
                lock (gate)
                {
                    Count(result, watch.Elapsed.TotalSeconds);
                    finished?.Invoke(result);
                }
            }
        }
    }

    private void Count(RunResult result, double wallSeconds)
    {
        LinesAnswered += result.Lines;
        EntriesCommitted += result.Entries;
        VirtualSeconds += result.VirtualUs / 1e6;
        WallSeconds += wallSeconds;
        Failpoints.Add(result.Failpoints);
        if (!result.Passed)
        {
            failures.Add(result);
        }
    }
}
