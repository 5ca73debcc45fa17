using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>What the servers say of themselves, in words.</summary>
internal static class NodeLines
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(1);

    /// <summary>One line for each known node.</summary>
    public static async Task<IReadOnlyList<string>> AskAsync(
        ParleyClient client, CancellationToken cancellationToken) =>
        [.. from answer in await AskAllAsync(client, cancellationToken) select Describe(answer.Address, answer.Report)];

    /// <summary>One sentence on the whole.</summary>
    public static async Task<string> SummaryAsync(ParleyClient client, CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync(client, cancellationToken);
        var newest = answers.Select(answer => answer.Report).OfType<NodeReport>()
            .MaxBy(report => (report.FaultsTolerated >= 0, report.Term, report.Id == report.Leader));
        return newest switch
        {
            null => "no server answers",
            { FaultsTolerated: < 0 } =>
                $"no majority: {newest.ReachableVoters} of {newest.Voters} servers reachable; nothing is accepted",
            { FaultsTolerated: 0 } => $"{Standing(newest)}; not one more may fail",
            { FaultsTolerated: 1 } => $"{Standing(newest)}; one more may fail",
            _ => $"{Standing(newest)}; any {newest.FaultsTolerated} may fail",
        };
    }

    /// <summary>On how many disks a stored line is: a node applies only what it has synced in its own log.</summary>
    public static async Task<string> SafetyAsync(
        ParleyClient client, StoredPlace place, CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync(client, cancellationToken);
        var reports = answers.Select(answer => answer.Report).OfType<NodeReport>().ToList();
        var holders = reports.Where(report => report.AppliedIndex >= place.LogIndex)
            .Select(report => report.Id).Order().ToList();
        var voters = reports.Count == 0 ? answers.Length : reports.Max(report => report.Voters);
        var term = reports.Count == 0 ? 0 : reports.Max(report => report.Term);
        var where = holders.Count == 0 ? "no node answers now" : $"nodes {string.Join(", ", holders)}";
        return $"your last line is log entry #{place.LogIndex}, on the disks of {holders.Count} of {voters} nodes "
            + $"as they say now ({where}; term {term})";
    }

    private static string Standing(NodeReport report) =>
        $"{report.ReachableVoters} of {report.Voters} servers stand, node {report.Leader} leads";

    private static string Describe(string address, NodeReport? report) => report is null
        ? $"{address}  does not answer"
        : $"node {report.Id}  {address}  {report.Role}, term {report.Term}, applied #{report.AppliedIndex}";

    /// <summary>Every known node's own word; null where none came within a second.</summary>
    public static async Task<(string Address, NodeReport? Report)[]> AskAllAsync(
        ParleyClient client, CancellationToken cancellationToken) =>
        await Task.WhenAll(client.Nodes.Order(StringComparer.Ordinal).Select(async address =>
            (address, await client.FindReportAsync(address, AnswerMax, cancellationToken))));
}
