using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Parley.Client;
using Parley.CommandLine;
using Parley.Terminal;

namespace Parley.Verbs.Cluster;

/// <summary>The verb <c>cluster members</c>: who they are by the log, where they are, and who votes.</summary>
internal static class MembersVerb
{
    private const string Unknown = "-";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var command = new Command("members", "Show which nodes the cluster has, where, and which of them vote");
        var options = ClientOptions.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(options.Read(parsed), cancellationToken));
        return command.WithExamples("parley cluster members", "parley cluster members -o json");
    }

    /// <summary>The word of the node that knows most of the members now: the leader's, or that of the highest term;
    /// null: none answers that belongs to a cluster.</summary>
    internal static async Task<NodeReport?> AskAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        await using var client = settings.NewClient();
        var answers = await Task.WhenAll(settings.NodesOrDefault.Distinct(StringComparer.Ordinal).Select(
            address => client.FindReportAsync(address, Patience, cancellationToken)));
        return answers.OfType<NodeReport>().Where(report => report.ClusterId.Length > 0)
            .MaxBy(report => (report.Term, report.Role is "leader", report.CommitIndex));
    }

    private static async Task<int> RunAsync(ClientSettings settings, CancellationToken cancellationToken)
    {
        if (await AskAsync(settings, cancellationToken) is not { } report)
        {
            throw new VerbFailedException(ExitCodes.NoMajority, "no node of a cluster answers; see --nodes");
        }

        if (settings.Form == OutputForm.Text)
        {
            settings.WriteRow(() => "", () => Row("node", "between nodes", "for clients", "votes", "now"));
        }

        foreach (var member in report.Members)
        {
            settings.WriteRow(() => JsonLines.Write(json => Write(json, report, member)), () => Line(report, member));
        }

        settings.Rows.End();
        return ExitCodes.Ok;
    }

    private static string Line(NodeReport report, NodeMember member) => Sanitizer.Line(Row(
        member.Id.ToString(CultureInfo.InvariantCulture),
        Shown(member.NodeAddress),
        Shown(member.ClientAddress),
        member.IsLearner ? "not yet" : "yes",
        NowOf(report, member)));

    private static string Row(string id, string node, string client, string votes, string now) =>
        $"{id,4}  {node,-21}  {client,-21}  {votes,-7}  {now}";

    private static string Shown(string address) => address.Length > 0 ? address : Unknown;

    private static string NowOf(NodeReport report, NodeMember member) =>
        member.Id == report.Leader ? "leads" : member.Reachable ? "follows" : "unreachable";

    private static void Write(Utf8JsonWriter json, NodeReport report, NodeMember member)
    {
        json.WriteNumber("id", member.Id);
        json.WriteString("node_address", member.NodeAddress);
        json.WriteString("client_address", member.ClientAddress);
        json.WriteBoolean("voter", !member.IsLearner);
        json.WriteBoolean("reachable", member.Reachable);
        json.WriteBoolean("leads", member.Id == report.Leader);
    }
}
