using System.Globalization;
using Parley.Client;

namespace Parley.Verbs.Messaging;

/// <summary>The picture as people read it: one sentence, a table, warnings.</summary>
internal static class StatusText
{
    private const int VersionShown = 14;
    private const string Unknown = "-";

    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB"];

    /// <summary>Lines without their ends.</summary>
    public static IReadOnlyList<string> Of(ClusterPicture picture) =>
    [
        Sentence(picture),
        $"cluster {picture.Cluster ?? Unknown}, leader {Text(picture.Leader)}, term {Text(picture.Term)}",
        Row("node", "address", "role", "applied", "lag", "disk", "free", "clients", "clock", "uptime", "version"),
        .. picture.Nodes.Select(node => Row(picture, node)),
        .. picture.Warnings.Select(warning => $"warning: {warning}"),
    ];

    /// <summary>How it stands, in one sentence.</summary>
    public static string Sentence(ClusterPicture picture)
    {
        var (up, all) = (picture.Up, picture.Nodes.Count);
        if (!picture.IsAnyReachable)
        {
            return string.Create(CultureInfo.InvariantCulture, $"No node answers ({all} asked).");
        }

        if (picture.Cluster is null)
        {
            return "The cluster is not formed yet: its first start waits until all members are there and agree.";
        }

        if (picture.Tolerates < 0)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"No majority: read-only. {up} of {all} nodes answer.");
        }

        var may = picture.Tolerates == 0
            ? "no more may fail."
            : string.Create(CultureInfo.InvariantCulture, $"{picture.Tolerates} more may fail.");
        if (up < all)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{up} of {all} up: {may}");
        }

        if (picture.Learners.Count > 0)
        {
            var ids = string.Join(", ", picture.Learners.Select(id => Text(id)));
            return string.Create(CultureInfo.InvariantCulture, $"All {all} nodes up, but not voting yet: {ids}; {may}");
        }

        return picture.IsWell
            ? string.Create(CultureInfo.InvariantCulture, $"All {all} nodes up. ")
                + $"{char.ToUpperInvariant(may[0])}{may[1..]}"
            : string.Create(CultureInfo.InvariantCulture, $"All {all} answer, but not all reach the leader: {may}");
    }

    /// <summary>A number of bytes with three digits and a decimal unit.</summary>
    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 999.5 && unit < Units.Length - 1)
        {
            value /= 1_000;
            unit++;
        }

        var format = unit == 0 || value >= 99.95 ? "0" : "0.0";
        return $"{value.ToString(format, CultureInfo.InvariantCulture)} {Units[unit]}";
    }

    private static string Row(ClusterPicture picture, NodePicture node)
    {
        if (node.Report is not { } report)
        {
            return Row(Text(node.Id), node.Address ?? Unknown, "unreachable").TrimEnd();
        }

        var condition = report.Condition;
        return Row(
            Text(node.Id),
            node.Address ?? Unknown,
            report.Role,
            Text(report.AppliedIndex),
            Text(picture.LagOf(node)),
            condition is null ? Unknown : Bytes(condition.DiskUsedBytes),
            condition is null ? Unknown : Free(condition),
            Text(condition?.Clients),
            Clock(condition?.ClockOffset),
            condition is null ? Unknown : Uptime(condition.Uptime),
            Version(report.Version));
    }

    private static string Row(
        string node,
        string address,
        string role,
        string applied = "",
        string lag = "",
        string disk = "",
        string free = "",
        string clients = "",
        string clock = "",
        string uptime = "",
        string version = "") =>
        $"{node,4}  {address,-21}  {role,-9}  {applied,10}  {lag,6}  {disk,8}  {free,14}  {clients,7}  {clock,9}  "
        + $"{uptime,7}  {version}";

    private static string Text(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Unknown;

    private static string Free(NodeCondition condition) => condition.DiskTotalBytes <= 0
        ? Bytes(condition.DiskFreeBytes)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Bytes(condition.DiskFreeBytes)} ({100 * condition.DiskFreeBytes / condition.DiskTotalBytes} %)");

    private static string Clock(TimeSpan? offset) => offset is not { } value
        ? Unknown
        : Math.Abs(value.TotalSeconds) < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{value.TotalMilliseconds:+0;-0;0} ms")
            : string.Create(CultureInfo.InvariantCulture, $"{value.TotalSeconds:+0.0;-0.0;0} s");

    private static string Uptime(TimeSpan uptime) => uptime.TotalHours < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)uptime.TotalMinutes}m{uptime.Seconds:00}s")
        : uptime.TotalDays < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)uptime.TotalHours}h{uptime.Minutes:00}m")
            : string.Create(CultureInfo.InvariantCulture, $"{(int)uptime.TotalDays}d{uptime.Hours:00}h");

    private static string Version(string version) => version.Length <= VersionShown ? version : version[..VersionShown];
}
