using Parley.Client;

namespace Parley.Verbs.Debugging;

/// <summary>All that a node says of itself, as one line.</summary>
internal static class ReportJson
{
    public static string Of(NodeReport report) => JsonLines.Write(json =>
    {
        json.WriteString("address", report.Address);
        json.WriteString("cluster", report.ClusterId);
        json.WriteNumber("id", report.Id);
        json.WriteString("role", report.Role);
        json.WriteNumber("leader", report.Leader);
        json.WriteNumber("term", report.Term);
        json.WriteNumber("commit_index", report.CommitIndex);
        json.WriteNumber("applied_index", report.AppliedIndex);
        json.WriteNumber("tolerates", report.FaultsTolerated);
        json.WriteBoolean("serving", report.IsServing);
        json.WriteString("digest", report.Digest);
        json.WriteNumber("digest_index", report.DigestIndex);
        json.WriteString("version", report.Version);
        json.WriteNumber("voters", report.Voters);
        json.WriteNumber("reachable_voters", report.ReachableVoters);
        json.WriteStartArray("members");
        foreach (var member in report.Members)
        {
            json.WriteStartObject();
            json.WriteNumber("id", member.Id);
            json.WriteString("client", member.ClientAddress);
            json.WriteString("node", member.NodeAddress);
            json.WriteBoolean("reachable", member.Reachable);
            json.WriteBoolean("learner", member.IsLearner);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("warnings");
        foreach (var warning in report.Warnings)
        {
            json.WriteStringValue(warning);
        }

        json.WriteEndArray();
    });
}
