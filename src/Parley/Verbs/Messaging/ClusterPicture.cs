using Parley.Client;

namespace Parley.Verbs.Messaging;

/// <summary>What the nodes, each asked by itself, say together.</summary>
internal sealed record ClusterPicture
{
    /// <summary>Null when no node answered, or none is formed.</summary>
    public required string? Cluster { get; init; }

    /// <summary>Null without a majority.</summary>
    public required int? Leader { get; init; }

    /// <summary>The highest term heard of; null when no node answered.</summary>
    public required long? Term { get; init; }

    /// <summary>How many more nodes may fail; -1 without a majority.</summary>
    public required int Tolerates { get; init; }

    /// <summary>How many could fail if all were well.</summary>
    public required int ToleratesAtBest { get; init; }

    /// <summary>Ascending by id.</summary>
    public required IReadOnlyList<NodePicture> Nodes { get; init; }

    /// <summary>Sentences for the operator, each once.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>How many nodes answer and belong to the cluster.</summary>
    public int Up => Nodes.Count(node => node.Report is { Role: not "waiting" });

    /// <summary>Members that do not vote yet, ascending by id.</summary>
    public IReadOnlyList<int> Learners { get; init; } = [];

    /// <summary>Every node is up and votes, and no fewer may fail than at best.</summary>
    public bool IsWell => Tolerates >= ToleratesAtBest && Up == Nodes.Count && Learners.Count == 0;

    public bool IsAnyReachable => Nodes.Any(node => node.Report is not null);

    /// <summary>Puts answers together.</summary>
    /// <param name="asked">The addresses that were asked, in order.</param>
    /// <param name="answers">What answered, by address.</param>
    public static ClusterPicture Of(IReadOnlyList<string> asked, IReadOnlyDictionary<string, NodeReport> answers)
    {
        var all = asked.Select(answers.GetValueOrDefault).OfType<NodeReport>().ToList();
        var cluster = all.Select(report => report.ClusterId).FirstOrDefault(id => id.Length > 0);
        var reports = all.Where(report => cluster is null || report.ClusterId is "" || Same(report.ClusterId, cluster))
            .DistinctBy(report => report.Id).ToList();
        var leader = FindLeader(reports);
        var nodes = NodesOf(asked, reports);
        var strangers = all.Where(report => cluster is not null && report.ClusterId.Length > 0 &&
            !Same(report.ClusterId, cluster)).Select(report => $"{report.Address} belongs to another cluster");
        return new ClusterPicture
        {
            Cluster = cluster,
            Leader = leader?.Leader,
            Term = reports.Count > 0 ? reports.Max(report => report.Term) : null,
            Tolerates = leader?.FaultsTolerated ?? -1,
            ToleratesAtBest = reports.Count > 0 ? (reports.Max(report => report.Voters) - 1) / 2 : 0,
            Nodes = nodes,
            Learners = [.. (leader?.Members ?? []).Where(member => member.IsLearner).Select(member => member.Id)],
            Warnings =
            [
                .. reports.SelectMany(report => report.Warnings).Concat(strangers).Concat(StatusAdvice.For(nodes))
                    .Distinct(StringComparer.Ordinal),
            ],
        };
    }

    /// <summary>How many entries that some node knows to be committed this one has not applied; null: it does not
    /// answer.</summary>
    public long? LagOf(NodePicture node) => node.Report is { } report
        ? Math.Max(0, Nodes.Max(other => other.Report?.CommitIndex ?? 0) - report.AppliedIndex)
        : null;

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// The leader of the highest term speaks for itself. When it cannot be asked, a majority of the voters that repeat
    /// what they heard of it will do; fewer could be what is left of a cluster that has just died.
    /// </summary>
    private static NodeReport? FindLeader(List<NodeReport> reports)
    {
        if (reports.Count == 0)
        {
            return null;
        }

        var term = reports.Max(report => report.Term);
        var current = reports.Where(report => report.Term == term && report is { Leader: > 0, FaultsTolerated: >= 0 })
            .ToList();
        return current.Find(report => report.Role is "leader") ??
            current.Find(report => current.Count(other => other.Leader == report.Leader) * 2 > report.Voters);
    }

    private static List<NodePicture> NodesOf(IReadOnlyList<string> asked, List<NodeReport> reports)
    {
        var byId = reports.ToDictionary(report => report.Id);
        var members = reports.SelectMany(report => report.Members).GroupBy(member => member.Id)
            .Select(same => same.MaxBy(member => member.ClientAddress.Length)!).OrderBy(member => member.Id).ToList();
        if (members.Count == 0)
        {
            return [.. asked.Select(address => new NodePicture(
                reports.Find(report => report.Address == address)?.Id, address,
                reports.Find(report => report.Address == address)))];
        }

        // An address of which nobody knows whose it is belongs to a member of which nobody knows the address.
        var known = members.Select(member => member.ClientAddress).Concat(reports.Select(report => report.Address))
            .ToHashSet(StringComparer.Ordinal);
        var spare = new Queue<string>(asked.Where(address => !known.Contains(address)));
        var nodes = new List<NodePicture>();
        foreach (var member in members)
        {
            var report = byId.GetValueOrDefault(member.Id);
            var address = report?.Address ?? (member.ClientAddress.Length > 0 ? member.ClientAddress : null) ??
                (spare.TryDequeue(out var guess) ? guess : null);
            nodes.Add(new NodePicture(member.Id, address, report));
        }

        return nodes;
    }
}

/// <summary>One node of the picture.</summary>
/// <param name="Id">Null while nobody knows it.</param>
/// <param name="Address">Its client address; null while nobody knows it.</param>
/// <param name="Report">What it says; null: it does not answer.</param>
internal sealed record NodePicture(int? Id, string? Address, NodeReport? Report);
