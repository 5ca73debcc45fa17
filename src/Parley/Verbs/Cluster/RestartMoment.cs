using System.Globalization;
using Parley.Client;

namespace Parley.Verbs.Cluster;

/// <summary>What all nodes said when they were asked at once: may one be stopped, and is one back?</summary>
internal sealed class RestartMoment(IReadOnlyList<NodeReport> reports)
{
    /// <summary>That of the highest term; null: nobody says that it leads.</summary>
    public NodeReport? Leader { get; } = reports.Where(report => report.Role is "leader").MaxBy(report => report.Term);

    public NodeReport? Find(int id) => reports.FirstOrDefault(report => report.Id == id);

    /// <summary>Why no node may be stopped now, or the restart is not over yet: one sentence; null: all is well.
    /// </summary>
    /// <param name="only">The node that must be well; null: every member.</param>
    public string? FindObstacle(int? only)
    {
        if (Leader is not { } leader)
        {
            return "no node leads";
        }

        if (only is { } id && leader.Members.All(member => member.Id != id))
        {
            return Say($"node {id} is no member");
        }

        foreach (var member in leader.Members.Where(member => only is null || member.Id == only))
        {
            switch (Find(member.Id))
            {
                case null:
                    return Say($"node {member.Id} does not answer");
                case { IsServing: false }:
                    return Say($"node {member.Id} does not serve");
                default:
                    break;
            }
        }

        return leader.FaultsTolerated < 1
            ? Say($"{leader.ReachableVoters} of {leader.Voters} voters are there: no majority would stay without one")
            : null;
    }

    /// <summary>Whether one node's later report comes from another process.</summary>
    public static bool IsAnotherProcess(NodeReport before, NodeReport now)
    {
        var (old, young) = (before.Condition, now.Condition);
        return old?.Process is > 0 || young?.Process is > 0
            ? old?.Process != young?.Process
            : young?.Uptime < old?.Uptime;
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
