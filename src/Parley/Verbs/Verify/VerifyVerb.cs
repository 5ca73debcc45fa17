using System.CommandLine;
using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.Faults;

namespace Parley.Verbs.Verify;

/// <summary><c>parley verify</c>: attacks a cluster of its own, and judges what is left.</summary>
internal sealed class VerifyVerb
{
    private const double MinutesMax = 24 * 60;

    private static readonly FaultKind[] AllKinds =
        [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None)];

    private static readonly Dictionary<string, NetworkKind> Networks = new(StringComparer.Ordinal)
    {
        ["namespaces"] = NetworkKind.Namespaces,
        ["proxies"] = NetworkKind.Proxies,
    };

    private readonly Option<int?> seed = new("--seed")
    {
        Description = "Draws the same faults again (a new one is drawn and printed).",
        HelpName = "N",
    };

    private readonly Option<double> minutes = new("--minutes")
    {
        Description = "How long faults go on.",
        HelpName = "M",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<int> size = new("--size")
    {
        Description = "How many servers: 1, 3 or 5.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<string?> faults = new("--faults")
    {
        Description = $"Which: {string.Join(',', AllKinds.Select(FaultKinds.Word))} (all that this machine allows).",
        HelpName = "KIND,…",
    };

    private readonly Option<string?> network = new("--network")
    {
        Description = "Servers as machines of their own, or proxies between them (namespaces where possible).",
        HelpName = "namespaces|proxies",
    };

    private readonly Option<string?> directory = new("--out")
    {
        Description = "Histories, report, and logs and data of a failed run go here (a temporary folder, printed).",
        HelpName = "DIR",
    };

    private VerifyVerb()
    {
        size.AcceptOnlyFromAmong("1", "3", "5");
        network.AcceptOnlyFromAmong([.. Networks.Keys]);
        minutes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (> 0 and <= MinutesMax))
            {
                result.AddError($"--minutes: more than 0, at most {MinutesMax}, expected");
            }
        });
        faults.Validators.Add(result =>
        {
            foreach (var item in Split(result.GetValueOrDefault<string?>()).Where(item => Find(item) is null))
            {
                result.AddError(
                    $"--faults: some of {string.Join(',', AllKinds.Select(FaultKinds.Word))} expected, '{item}' found");
            }
        });
    }

    public static Command Build()
    {
        var verb = new VerifyVerb();
        var command = new Command("verify", "Attack a cluster of its own while it is used, and check what it promised.")
        {
            verb.seed, verb.minutes, verb.size, verb.faults, verb.network, verb.directory,
        };
        command.SetAction((parsed, cancellationToken) =>
            VerifyRun.RunAsync(verb.Read(parsed), parsed.InvocationConfiguration.Output, cancellationToken));
        return command.WithExamples(
            "parley verify                            # four minutes, all faults this machine allows",
            "parley verify --minutes 60 --out ./run   # and keep what was seen",
            "parley verify --seed 42 --faults crash,partition");
    }

    private static FaultKind? Find(string name)
    {
        var found = Array.Find(AllKinds, kind => string.Equals(kind.Word(), name, StringComparison.Ordinal));
        return found == FaultKind.None ? null : found;
    }

    private static string[] Split(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private VerifyOptions Read(ParseResult parsed) => new()
    {
        Seed = parsed.GetValue(seed) ?? Random.Shared.Next(1, 1_000_000),
        Duration = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
        Size = parsed.GetValue(size),
        Kinds = parsed.GetValue(faults) is { } list ? [.. Split(list).Select(Find).OfType<FaultKind>()] : null,
        Network = parsed.GetValue(network) is { } name ? Networks[name] : null,
        Directory = parsed.GetValue(directory),
    };
}
