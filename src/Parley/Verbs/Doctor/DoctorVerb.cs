using System.Collections;
using System.CommandLine;
using System.Runtime.CompilerServices;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;
using Parley.Verbs.Server;

namespace Parley.Verbs.Doctor;

/// <summary>The verb <c>doctor</c>: looks at a machine before a node is started on it, and afterwards.</summary>
internal static class DoctorVerb
{
    public static Command Build()
    {
        var command = new Command("doctor", "Check a machine for running a node; every line says what to do");
        var file = new Option<string?>("--config") { Description = "The node's settings file", HelpName = "FILE" };
        var data = new Option<string?>("--data") { Description = "The node's data directory", HelpName = "DIR" };
        var nodes = new Option<string?>("--nodes")
        {
            Description = "Running nodes: their round trips and clocks are checked",
            HelpName = "HOST:PORT,…",
        };
        command.Add(file);
        command.Add(data);
        command.Add(nodes);
        var form = OutputOption.Build();
        command.Add(form);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var rows = new RowWriter(OutputOption.Read(parsed, form), parsed.InvocationConfiguration.Output);
            var worst = Verdict.Ok;
            var asked = new Asked(parsed.GetValue(file), parsed.GetValue(data), parsed.GetValue(nodes) ?? "");
            await foreach (var finding in CheckAsync(asked, cancellationToken))
            {
                rows.Write(() => Json(finding), () => Sanitizer.Line(finding.ToString()));
                worst = finding.Verdict > worst ? finding.Verdict : worst;
            }

            rows.End();

            return worst switch
            {
                Verdict.Ok => ExitCodes.Ok,
                Verdict.Warning => ExitCodes.Degraded,
                _ => ExitCodes.Refused,
            };
        });
        return command.WithExamples(
            "parley doctor --data /var/lib/parley",
            "parley doctor --config /etc/parley/server.json --nodes 127.0.0.1:7401,127.0.0.1:7402");
    }

    private static async IAsyncEnumerable<Finding> CheckAsync(
        Asked asked, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var errors = new List<string>();
        var settings = ServerSettings.Merge([], Variables(), asked.File, errors);
        foreach (var error in errors)
        {
            yield return Finding.Fail("settings", error, "correct it");
        }

        foreach (var finding in MachineChecks.Run())
        {
            yield return finding;
        }

        if ((asked.Data ?? settings.GetValueOrDefault("data")) is { Length: > 0 } data)
        {
            foreach (var finding in DirectoryChecks.Run(data))
            {
                yield return finding;
            }
        }

        await using var client = new ParleyClient(new ParleyClientOptions { Nodes = NodeAddresses.Default });
        foreach (var name in (string[])["listen", "node-listen"])
        {
            if (settings.TryGetValue(name, out var address))
            {
                yield return await NetworkChecks.CheckPortAsync(name, address, client, cancellationToken);
            }
        }

        foreach (var member in Split(settings.GetValueOrDefault("members", "")))
        {
            yield return await NetworkChecks.CheckMemberAsync(member, cancellationToken);
        }

        foreach (var node in NodeAddresses.Parse(asked.Nodes))
        {
            foreach (var finding in await NetworkChecks.CheckNodeAsync(node, client, cancellationToken))
            {
                yield return finding;
            }
        }
    }

    private static string Json(Finding finding) => JsonLines.Write(json =>
    {
        json.WriteString(
            "verdict", finding.Verdict switch { Verdict.Ok => "ok", Verdict.Warning => "warning", _ => "failed" });
        json.WriteString("check", finding.Check);
        json.WriteString("found", finding.Found);
        json.WriteString("advice", finding.Advice);
    });

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<KeyValuePair<string, string>> Variables() =>
        from variable in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        select KeyValuePair.Create((string)variable.Key, (string?)variable.Value ?? "");

    /// <summary>What was given.</summary>
    private sealed record Asked(string? File, string? Data, string Nodes);
}
