using System.Globalization;
using Parley.Simulation.Faults;

namespace Parley.Simulation.Running;

/// <summary>The runner's arguments.</summary>
internal sealed record RunnerOptions
{
    public const string Usage = """
        Parley.Simulation [--seeds N] [--start N] [--minutes M] [--workers N] [--plant NAME]   search seeds
        Parley.Simulation --seed N [--trace] [--plant NAME]                                     replay one seed
        Parley.Simulation --plants [--seeds N] [--outside]                                      catch every planted bug
        """;

    public long Seeds { get; init; } = 1_000;

    public ulong Start { get; init; } = 1;

    public ulong? Seed { get; init; }

    /// <summary>Search for so long instead of so many seeds; 0: not.</summary>
    public double Minutes { get; init; }

    public int Workers { get; init; } = Environment.ProcessorCount;

    public Plant Plant { get; init; }

    public bool Plants { get; init; }

    public bool Trace { get; init; }

    /// <summary>False with --outside: promises and disks are not looked into, only effects count.</summary>
    public bool LooksInside { get; init; } = true;

    /// <exception cref="FormatException">An argument is unknown, has no value or a wrong one.</exception>
    public static RunnerOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunnerOptions();
        for (var at = 0; at < arguments.Count; at++)
        {
            options = arguments[at] switch
            {
                "--trace" => options with { Trace = true },
                "--outside" => options with { LooksInside = false },
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
        "--plant" => this with
        {
            Plant = Enum.TryParse<Plant>(value, out var plant)
                ? plant
                : throw new FormatException($"--plant: one of {string.Join(", ", Enum.GetNames<Plant>())} expected"),
        },
        _ => throw new FormatException($"{name}: unknown argument"),
    };

    private static FormatException Missing(string name) => new($"{name}: a value expected");
}
