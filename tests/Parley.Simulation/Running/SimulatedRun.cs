using Parley.Simulation.Checks;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Running;

/// <summary>One seed, from an empty cluster through its faults to convergence and the last checks.</summary>
internal static class SimulatedRun
{
    private static int runs;

    public static RunResult Run(ulong seed) => Run(Scenario.Draw(seed), new RunSettings());

    public static RunResult Run(Scenario scenario, RunSettings settings)
    {
        using var world = new World(scenario, settings.Plant, settings.Trace, NextFolder())
        {
            LooksInside = settings.LooksInside,
        };
        string? property = null;
        string? failure = null;
        try
        {
            Live(world);
        }
        catch (PropertyBrokenException broken)
        {
            property = broken.Property;
            failure = broken.Message;
        }
        catch (Exception unexpected) when (unexpected is not OutOfMemoryException)
        {
            property = Properties.NoSurprise;
            failure = $"{Properties.NoSurprise}: {unexpected}";
        }

        world.Note(failure ?? "passed");
        return new RunResult
        {
            Seed = scenario.Seed,
            Property = property,
            Failure = failure,
            TraceHash = world.Trace.Hash,
            VirtualUs = world.Time.NowUs,
            Entries = world.Consensus.HighestCommitted,
            Lines = world.Chat.LinesAnswered,
            Failpoints = world.Failpoints,
        };
    }

    private static void Live(World world)
    {
        foreach (var machine in world.Machines)
        {
            machine.Start();
        }

        Injector.Begin(world);
        while (world.Time.NowUs < world.Scenario.FaultyUs)
        {
            world.Time.Step();
        }

        Injector.Heal(world);
        Liveness.Check(world);
        StoredChecks.Check(world);
    }

    private static string NextFolder()
    {
        var shared = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        return Path.Combine(
            shared, $"parley-simulation-{Environment.ProcessId}-{Interlocked.Increment(ref runs)}");
    }
}

/// <summary>How a run is watched, and what is planted in it.</summary>
internal sealed record RunSettings
{
    /// <summary>What a seed means under these settings.</summary>
    public Scenario Draw(ulong seed) => Scenario.Draw(seed, IsStorm, IsShort, IsOverload);

    public Plant Plant { get; init; }

    /// <summary>False: only what nodes do in the end is checked, as from outside.</summary>
    public bool LooksInside { get; init; } = true;

    /// <summary>Whether scenarios are about elections.</summary>
    public bool IsStorm { get; init; }

    /// <summary>Whether scenarios are about more lines than disks can take.</summary>
    public bool IsOverload { get; init; }

    /// <summary>Whether the same faults come in a quarter of the time.</summary>
    public bool IsShort { get; init; }

    /// <summary>Where to tell what happens.</summary>
    public TextWriter? Trace { get; init; }
}

/// <summary>What became of a run.</summary>
internal sealed record RunResult
{
    public required ulong Seed { get; init; }

    /// <summary>The property that was broken; null when all held.</summary>
    public required string? Property { get; init; }

    public required string? Failure { get; init; }

    public required ulong TraceHash { get; init; }

    public required long VirtualUs { get; init; }

    /// <summary>Entries committed.</summary>
    public required long Entries { get; init; }

    /// <summary>Lines answered.</summary>
    public required int Lines { get; init; }

    public required FailpointCounts Failpoints { get; init; }

    public bool Passed => Failure is null;

    /// <summary>The failure without a stack.</summary>
    public string FirstLine => Failure?.Split('\n')[0] ?? "passed";
}
