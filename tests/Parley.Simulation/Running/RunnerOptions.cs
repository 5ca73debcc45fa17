using System.Globalization;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Running;

/// <summary>The runner's arguments.</summary>
internal sealed record RunnerOptions
{
    public const string Usage = """
        Parley.Simulation [--seeds N] [--start N] [--minutes M] [--workers N]   search seeds
        Parley.Simulation --seed N [--trace]                                    replay one seed, twice
        Parley.Simulation --plants [--seeds N] [--start N]                      catch every planted bug
        with all: [--plant NAME] plants a bug, [--outside] checks effects only, [--storm] is about elections,
                  [--overload] about more lines than disks can take,
                  [--short] has the same faults in a quarter of the time
        """;

    public long Seeds { get; init; } = 1_000;

    public ulong Start { get; init; } = 1;

    public ulong? Seed { get; init; }

    /// <summary>Search for so long instead of so many seeds; 0: not.</summary>
    public double Minutes { get; init; }

    public int Workers { get; init; } = Environment.ProcessorCount;

    public bool Plants { get; init; }

    public bool Trace { get; init; }

    /// <summary>--plant, --outside, --storm, --overload, --short.</summary>
    public RunSettings Settings { get; init; } = new();

    /// <exception cref="FormatException">An argument is unknown, has no value or a wrong one.</exception>
    public static RunnerOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunnerOptions();
        for (var at = 0; at < arguments.Count; at++)
        {
            options = arguments[at] switch
            {
                "--trace" => options with { Trace = true },
                "--outside" => options with { Settings = options.Settings with { LooksInside = false } },
                "--storm" => options with { Settings = options.Settings with { IsStorm = true } },
                "--overload" => options with { Settings = options.Settings with { IsOverload = true } },
                "--short" => options with { Settings = options.Settings with { IsShort = true } },
                "--plants" => options with { Plants = true },
                var name => options.With(name, ++at < arguments.Count ? arguments[at] : throw Missing(name)),
            };
        }

        return options;
    }

    private RunnerOptions With(string name, string value) => name switch
    {
        "--seeds" => this with { Seeds = long.Parse(value, CultureInfo.InvariantCulture) },
        "--start" => this with { Start = ulong.Parse(value, CultureInfo.InvariantCulture) },
        "--seed" => this with { Seed = ulong.Parse(value, CultureInfo.InvariantCulture) },
        "--minutes" => this with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
        "--workers" => this with { Workers = int.Parse(value, CultureInfo.InvariantCulture) },
        "--plant" => this with { Settings = Settings with { Plant = ParsePlant(value) } },
        _ => throw new FormatException($"{name}: unknown argument"),
    };

    private static Plant ParsePlant(string value) => Enum.TryParse<Plant>(value, out var plant)
        ? plant
        : throw new FormatException($"--plant: one of {string.Join(", ", Enum.GetNames<Plant>())} expected");

    private static FormatException Missing(string name) => new($"{name}: a value expected");
}
