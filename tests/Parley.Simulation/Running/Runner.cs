using System.Diagnostics;
using System.Globalization;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Running;

/// <summary>The program: searches seeds, replays one, or shows that planted bugs are caught.</summary>
internal static class Runner
{
    private const int FailuresMax = 10;

    /// <summary>So many seeds hit every failpoint, or something is wrong with the search.</summary>
    private const int FullRunSeeds = 200;

    public static int Run(IReadOnlyList<string> arguments, TextWriter output)
    {
        RunnerOptions options;
        try
        {
            options = RunnerOptions.Parse(arguments);
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException)
        {
            output.WriteLine(wrong.Message);
            output.WriteLine(RunnerOptions.Usage);
            return 2;
        }

        if (options.Seed is { } seed)
        {
            return Replay(seed, options, output);
        }

        return options.Plants ? ShowPlants(options, output) : Search(options, output);
    }

    private static int Replay(ulong seed, RunnerOptions options, TextWriter output)
    {
        var scenario = options.Settings.Draw(seed);
        if (options.Trace)
        {
            output.WriteLine(scenario);
        }

        var first = SimulatedRun.Run(scenario, options.Settings with { Trace = options.Trace ? output : null });
        var second = SimulatedRun.Run(scenario, options.Settings);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"seed {seed}: {first.Failure ?? "passed"}; {first.VirtualUs / 1e6:F1} virtual s, "
            + $"{first.Entries} entries, {first.Lines} lines, trace {first.TraceHash:x16}"));
        if (first.TraceHash != second.TraceHash)
        {
            output.WriteLine($"NOT DETERMINISTIC: the second run has trace {second.TraceHash:x16}");
            return 1;
        }

        return first.Passed ? 0 : 1;
    }

    private static int Search(RunnerOptions options, TextWriter output)
    {
        var watch = Stopwatch.StartNew();
        var search = new SeedSearch(options.Settings);
        search.Run(options.Start, options.Workers, IsOver, result =>
        {
            if (!result.Passed)
            {
                output.WriteLine($"seed {result.Seed} FAILED: {result.Failure}");
            }
        });
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{search.SeedsRun} seeds from {options.Start}, {search.Failures.Count} failed, "
            + $"{search.VirtualSeconds:F0} virtual s, {search.EntriesCommitted} entries, {search.LinesAnswered} lines, "
            + $"{search.Rate:F0} virtual s per wall s and core, {watch.Elapsed.TotalSeconds:F0} s"));
        foreach (var line in search.Failpoints.Describe())
        {
            output.WriteLine(line);
        }

        var missed = search.SeedsRun >= FullRunSeeds ? search.Failpoints.NeverHit : [];
        if (missed.Count > 0)
        {
            output.WriteLine($"FAILED: {missed.Count} failpoints were never hit: {string.Join(", ", missed)}");
        }

        return search.Failures.Count == 0 && missed.Count == 0 ? 0 : 1;

        bool IsOver(SeedSearch now) => now.Failures.Count >= FailuresMax || (options.Minutes > 0
            ? watch.Elapsed.TotalMinutes >= options.Minutes
            : now.SeedsRun >= options.Seeds);
    }

    private static int ShowPlants(RunnerOptions options, TextWriter output)
    {
        var missed = 0;
        foreach (var plant in Enum.GetValues<Plant>().Where(p => p != Plant.None))
        {
            var search = new SeedSearch(options.Settings with { Plant = plant });
            search.Run(options.Start, workers: 1, now => now.Failures.Count > 0 || now.SeedsRun >= options.Seeds);
            missed += search.Failures.Count == 0 ? 1 : 0;
            var found = search.Failures.Count == 0 ? "MISSED" : search.Failures[0].FirstLine;
            output.WriteLine($"{plant,-26} {search.SeedsRun,6} seeds  {found}");
        }

        return missed == 0 ? 0 : 1;
    }
}
