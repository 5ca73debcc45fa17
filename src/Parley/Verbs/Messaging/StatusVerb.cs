using System.CommandLine;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>status</c>: asks every node itself.</summary>
internal static class StatusVerb
{
    private const string ClearScreen = "\e[H\e[2J";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var watch = new Option<bool>("--watch") { Description = "Again every second, until stopped" };
        var check = new Option<bool>("--check") { Description = "Exit 8 when not every node is up and well connected" };
        var command = new Command("status", "Show every node") { watch, check };
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            options.Read(parsed), parsed.GetValue(watch), parsed.GetValue(check), cancellationToken));
        return command.WithExamples("parley status", "parley status --check -o json --nodes 127.0.0.1:7401");
    }

    private static async Task<int> RunAsync(
        ClientSettings settings, bool watch, bool check, CancellationToken cancellationToken)
    {
        await using var client = settings.NewClient();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        while (true)
        {
            var picture = await AskAllAsync(client, settings.NodesOrDefault, cancellationToken);
            if (watch && settings.Form == OutputForm.Text && !Console.IsOutputRedirected)
            {
                settings.Output.Write(ClearScreen);
            }

            Print(settings, picture);
            if (!picture.IsAnyReachable && picture.Warnings.Count > 0)
            {
                return ExitCodes.Refused; // They are there, and are not taken for the cluster's.
            }

            if (!watch)
            {
                return !picture.IsAnyReachable || (check && picture.Tolerates < 0) ? ExitCodes.NoMajority
                    : check && !picture.IsWell ? ExitCodes.Degraded
                    : ExitCodes.Ok;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Asks the nodes given, then those that they name; those that do not answer are named without a report.
    /// </summary>
    public static async Task<ClusterPicture> AskAllAsync(
        ParleyClient client, IReadOnlyList<string> given, CancellationToken cancellationToken)
    {
        var asked = new List<string>();
        var answers = new Dictionary<string, NodeReport>(StringComparer.Ordinal);
        var next = given.Distinct(StringComparer.Ordinal).ToList();
        while (next.Count > 0)
        {
            asked.AddRange(next);
            var found = await Task.WhenAll(
                next.Select(address => client.FindReportAsync(address, Patience, cancellationToken)));
            foreach (var report in found.OfType<NodeReport>())
            {
                answers[report.Address] = report;
            }

            var heard = answers.Values.Select(report => report.Id).ToHashSet();
            next =
            [
                .. answers.Values.SelectMany(report => report.Members)
                    .Where(member => member.ClientAddress.Length > 0 && !heard.Contains(member.Id))
                    .Select(member => member.ClientAddress).Except(asked, StringComparer.Ordinal),
            ];
        }

        var picture = ClusterPicture.Of(asked, answers);
        var distrusts = asked.Select(client.FindDistrust).OfType<string>();
        return picture with { Warnings = [.. picture.Warnings, .. distrusts] };
    }

    private static void Print(ClientSettings settings, ClusterPicture picture)
    {
        var text = settings.Form == OutputForm.Text;
        if (settings.Form is OutputForm.Plain or OutputForm.Table)
        {
            foreach (var node in picture.Nodes)
            {
                settings.WriteRow(() => StatusJson.Of(picture, node), () => "");
            }

            settings.Rows.End();
        }
        else
        {
            var lines = text ? string.Join('\n', StatusText.Of(picture).Select(Sanitizer.Line)) : "";
            settings.WriteResult(() => StatusJson.Of(picture), () => lines);
        }

        foreach (var warning in text ? [] : picture.Warnings)
        {
            settings.Say($"warning: {Sanitizer.Line(warning)}");
        }
    }
}
