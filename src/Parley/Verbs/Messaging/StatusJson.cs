using System.Text.Json;

namespace Parley.Verbs.Messaging;

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
            json.WriteStartObject();
            WriteNode(json, picture, node);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>One node alone.</summary>
    public static string Of(ClusterPicture picture, NodePicture node) =>
        JsonLines.Write(json => WriteNode(json, picture, node));

    private static void WriteNode(Utf8JsonWriter json, ClusterPicture picture, NodePicture node)
    {
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
        var condition = node.Report?.Condition;
        WriteNumber(json, "lag_entries", picture.LagOf(node));
        WriteNumber(json, "disk_used_bytes", condition?.DiskUsedBytes);
        WriteNumber(json, "disk_free_bytes", condition?.DiskFreeBytes);
        WriteNumber(json, "disk_total_bytes", condition?.DiskTotalBytes);
        WriteNumber(json, "clients", condition?.Clients);
        WriteNumber(json, "uptime_seconds", (long?)condition?.Uptime.TotalSeconds);
        WriteNumber(json, "clock_offset_us", (long?)condition?.ClockOffset?.TotalMicroseconds);
        WriteNumber(json, "agreed_index", condition?.AgreedIndex);
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
