using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Messaging;

/// <summary>The verb <c>status</c>: asks every node itself.</summary>
internal static class StatusVerb
{
    private const int DigestShown = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var watch = new Option<bool>("--watch") { Description = "Again every second, until stopped" };
        var check = new Option<bool>("--check") { Description = "Exit 8 when not every node is well" };
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
            Print(settings, picture);
            if (!watch)
            {
                return !picture.IsAnyReachable ? ExitCodes.NoMajority
                    : check && picture.Tolerates < picture.ToleratesAtBest ? ExitCodes.Degraded
                    : ExitCodes.Ok;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>Asks the nodes given, then those that they name.</summary>
    private static async Task<ClusterPicture> AskAllAsync(
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

        return ClusterPicture.Of(asked, answers);
    }

    private static void Print(ClientSettings settings, ClusterPicture picture)
    {
        if (settings.Json)
        {
            settings.WriteLine(StatusJson.Of(picture));
            foreach (var warning in picture.Warnings)
            {
                settings.Say($"warning: {Sanitizer.Line(warning)}");
            }

            return;
        }

        var tolerates = picture.Tolerates < 0 ? "no majority" : $"{picture.Tolerates} more may fail";
        settings.WriteLine(
            $"cluster {picture.Cluster ?? "-"}, leader {Text(picture.Leader)}, " +
            $"term {Text(picture.Term)}, {tolerates}");
        settings.WriteLine(
            $"{"node",4}  {"address",-21}  {"role",-9}  {"term",6}  {"commit",10}  {"applied",10}  digest");
        foreach (var node in picture.Nodes)
        {
            var id = Text(node.Id);
            settings.WriteLine(node.Report is { } report
                ? $"{id,4}  {Sanitizer.Line(node.Address),-21}  {report.Role,-9}  {report.Term,6}  " +
                  $"{report.CommitIndex,10}  {report.AppliedIndex,10}  {Digest(report)}"
                : $"{id,4}  {Sanitizer.Line(node.Address ?? "-"),-21}  unreachable");
        }

        foreach (var warning in picture.Warnings)
        {
            settings.WriteLine($"warning: {Sanitizer.Line(warning)}");
        }
    }

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static string Digest(NodeReport report) =>
        report.Digest.Length < DigestShown
            ? "-"
            : $"{Sanitizer.Line(report.Digest[..DigestShown])} at {report.DigestIndex}";
}

/// <summary>The picture as scripts read it.</summary>
internal static class StatusJson
{
    public static string Of(ClusterPicture picture) => JsonLines.Write(json =>
    {
        json.WriteString("cluster", picture.Cluster);
        WriteNumber(json, "leader", picture.Leader);
        WriteNumber(json, "term", picture.Term);
        json.WriteNumber("tolerates", picture.Tolerates);
        json.WriteStartArray("nodes");
        foreach (var node in picture.Nodes)
        {
            WriteNode(json, node);
        }

        json.WriteEndArray();
    });

    private static void WriteNode(Utf8JsonWriter json, NodePicture node)
    {
        json.WriteStartObject();
        WriteNumber(json, "id", node.Id);
        json.WriteString("address", node.Address);
        json.WriteBoolean("reachable", node.Report is not null);
        json.WriteString("role", node.Report?.Role);
        WriteNumber(json, "term", node.Report?.Term);
        WriteNumber(json, "commit_index", node.Report?.CommitIndex);
        WriteNumber(json, "applied_index", node.Report?.AppliedIndex);
        json.WriteString("digest", node.Report?.Digest);
        WriteNumber(json, "digest_index", node.Report?.DigestIndex);
        json.WriteString("version", node.Report?.Version);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
