using System.CommandLine;
using Parley.CommandLine;
using Parley.Local;
using Parley.Server.Hosting;

namespace Parley.Verbs.Server;

/// <summary><c>parley server</c>: runs one node until a signal ends it.</summary>
internal static class ServerVerb
{
    public static Command Build()
    {
        var command = new Command("server", "Run one node of a cluster in this process.");
        var file = new Option<string?>("--config")
        {
            Description = "A JSON file with the flags' names as keys. "
                + "Flags come first, then PARLEY_SERVER_…, then it.",
            HelpName = "FILE",
        };
        command.Add(file);
        var flags = ServerSettings.Flags.ToDictionary(flag => flag.Key, ToOption, StringComparer.Ordinal);
        foreach (var option in flags.Values)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancellationToken) =>
        {
            var given = flags
                .Where(flag => parsed.GetResult(flag.Value) is { Implicit: false })
                .ToDictionary(flag => flag.Key, flag => ValueOf(parsed, flag.Value), StringComparer.Ordinal);
            return RunAsync(parsed, given, parsed.GetValue(file), cancellationToken);
        });
        return command.WithExamples(
            "parley server --id 1 --data /var/lib/parley --listen 127.0.0.1:7401 --node-listen 127.0.0.1:7501 \\",
            "    --members 1=127.0.0.1:7501,2=127.0.0.1:7502,3=127.0.0.1:7503",
            "parley server --bundle node-2.parley --data /var/lib/parley",
            "parley server --config /etc/parley/server.json",
            "PARLEY_SERVER_ID=2 parley server --config server.json");
    }

    private static Option ToOption(ServerFlag flag)
    {
        if (flag.IsSwitch)
        {
            return new Option<bool>($"--{flag.Key}") { Description = flag.Description };
        }

        return new Option<string>($"--{flag.Key}") { Description = flag.Description, HelpName = flag.ValueName };
    }

    private static string ValueOf(ParseResult parsed, Option option) => option switch
    {
        Option<bool> flag => parsed.GetValue(flag) ? "true" : "false",
        Option<string> text => parsed.GetValue(text) ?? "",
        _ => throw new InvalidOperationException($"{option.Name} has no kind"),
    };

    private static async Task<int> RunAsync(
        ParseResult parsed,
        IReadOnlyDictionary<string, string> flags,
        string? file,
        CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var settings = ServerSettings.Merge(flags, ServerSettings.Variables(), file, errors);
        var options = ServerOptionsReader.Read(settings, errors);
        if (options is null || errors.Count > 0)
        {
            foreach (var error in errors)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"parley: {error}");
            }

            return ExitCodes.Usage;
        }

        if (options.ExitWithStdin)
        {
            ProcessSignals.LeaveForeground();
        }

        return await ParleyServer.RunAsync(options, cancellationToken);
    }
}
