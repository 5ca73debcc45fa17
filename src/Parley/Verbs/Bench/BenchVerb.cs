using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs.Bench;

/// <summary><c>parley bench</c>: how fast, how long a gap when leaders die, and what a long history costs.</summary>
internal sealed class BenchVerb
{
    private const int InFlightMax = 4_096;
    private const int MessagesMax = 100_000_000;
    private const int SizeMax = 9;
    private const double SecondsMax = 86_400;
    private const double MinutesMax = 10_080;

    private readonly Option<string> mode = new("--mode")
    {
        Description = "send: answered = stored; cycle: sent, delivered, acknowledged; failover: leaders killed; "
            + "abuse: others' sends beside a flood; history: conversations opened and searched on one node; "
            + "growth: what many messages cost a cluster.",
        DefaultValueFactory = _ => "send",
    };

    private readonly Option<int[]> inFlight = new("--in-flight")
    {
        Description = "Messages unanswered at a time, 1 to 4096; several values: one measurement each.",
        HelpName = "N",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 64, 512],
    };

    private readonly Option<double> seconds = new("--seconds")
    {
        Description = "How long each measurement takes.",
        HelpName = "S",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<int> kills = new("--kills")
    {
        Description = "How many leaders are killed (failover).",
        HelpName = "N",
        DefaultValueFactory = _ => 10,
    };

    private readonly Option<int> messages = new("--messages")
    {
        Description = "How many messages there are (history, growth).",
        HelpName = "N",
        DefaultValueFactory = _ => 1_000_000,
    };

    private readonly Option<int> size = new("--size")
    {
        Description = "How many servers of its own (growth): 3, 5, 7 or 9.",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<double> minutes = new("--minutes")
    {
        Description = "How long the load at retention 'delivered' takes (growth).",
        HelpName = "M",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string?> directory = new("--data")
    {
        Description = "Where its own servers keep their data (a temporary folder); no tmpfs.",
        HelpName = "DIR",
    };

    private readonly Option<string?> nodes = new("--nodes")
    {
        Description = "Measure this cluster as it is (its link, or HOST:PORT,…) instead of five servers of its own.",
        HelpName = "LINK|HOST:PORT,…",
    };

    private readonly Option<bool> tls = new("--tls")
    {
        Description = "Its own servers have certificates, as servers on several machines have.",
    };

    private readonly Option<string> output = new("--output", "-o")
    {
        Description = "table, or json: one object a line.",
        HelpName = "FORMAT",
        DefaultValueFactory = _ => "table",
    };

    private BenchVerb()
    {
        mode.AcceptOnlyFromAmong("send", "cycle", "failover", "abuse", "history", "growth");
        output.AcceptOnlyFromAmong("table", "json");
        Check(
            inFlight, values => Array.TrueForAll(values, one => one is >= 1 and <= InFlightMax), $"1 to {InFlightMax}");
        Check(seconds, value => value is > 0 and <= SecondsMax, $"more than 0, at most {SecondsMax}");
        Check(kills, value => value >= 1, "at least 1");
        Check(size, value => value is >= 3 and <= SizeMax && value % 2 == 1, $"3 to {SizeMax}, an odd number,");
        Check(minutes, value => value is > 0 and <= MinutesMax, $"more than 0, at most {MinutesMax}");
        Check(messages, value => value is >= 1 and <= MessagesMax, $"1 to {MessagesMax}");
    }

    public static Command Build()
    {
        var verb = new BenchVerb();
        var command = new Command("bench", "Measure messages a second, latency, CPU, and the gap when a leader dies.")
        {
            verb.mode, verb.inFlight, verb.seconds, verb.kills, verb.messages,
            verb.size, verb.minutes, verb.directory, verb.nodes, verb.tls, verb.output,
        };
        command.SetAction((parsed, cancellationToken) =>
            BenchRun.RunAsync(verb.Read(parsed), parsed.InvocationConfiguration, cancellationToken));
        return command.WithExamples(
            "parley bench                                  # sends, at 1, 64 and 512 in flight",
            "parley bench --mode cycle --in-flight 64 -o json",
            "parley bench --mode failover --kills 10 --tls",
            "parley bench --mode abuse --seconds 30",
            "parley bench --mode history --messages 1000000",
            "parley bench --mode growth --messages 200000 --minutes 5");
    }

    private static void Check<T>(Option<T> option, Func<T, bool> isRight, string expected) =>
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<T>() is { } value && !isRight(value))
            {
                result.AddError($"{option.Name}: {expected} expected");
            }
        });

    private BenchOptions Read(ParseResult parsed)
    {
        var list = parsed.GetValue(nodes);
        var link = list is not null && ClusterLink.IsMeant(list) ? NodeAddresses.ParseLink(list) : null;
        return new()
        {
            Mode = parsed.GetRequiredValue(mode),
            InFlight = parsed.GetRequiredValue(inFlight),
            Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            Nodes = link?.Nodes ?? (list is null ? [] : NodeAddresses.Parse(list)),
            Ca = link?.CaFingerprint,
            Certificates = parsed.GetValue(tls),
            Directory = parsed.GetValue(directory),
            Kills = parsed.GetValue(kills),
            Messages = parsed.GetValue(messages),
            Size = parsed.GetValue(size),
            LoadDuration = TimeSpan.FromMinutes(parsed.GetValue(minutes)),
            Json = string.Equals(parsed.GetValue(output), "json", StringComparison.Ordinal),
        };
    }
}
