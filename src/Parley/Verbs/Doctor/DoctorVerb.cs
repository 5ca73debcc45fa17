using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

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
            await using var client = new ParleyClient(new ParleyClientOptions { Nodes = NodeAddresses.Default });
            var checks = new DoctorChecks(client, NodeAddresses.Parse(parsed.GetValue(nodes) ?? ""));
            string[] folders = parsed.GetValue(data) is { Length: > 0 } given ? [given] : [];
            await foreach (var finding in checks.RunAsync(parsed.GetValue(file), folders, cancellationToken))
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

    /// <summary>One object as one line.</summary>
    public static string Json(Finding finding) => JsonLines.Write(json =>
    {
        json.WriteString(
            "verdict", finding.Verdict switch { Verdict.Ok => "ok", Verdict.Warning => "warning", _ => "failed" });
        json.WriteString("check", finding.Check);
        json.WriteString("found", finding.Found);
        json.WriteString("advice", finding.Advice);
    });
}
