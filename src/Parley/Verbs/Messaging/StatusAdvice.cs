using System.Globalization;
using System.Net;

namespace Parley.Verbs.Messaging;

/// <summary>What is seen only by looking at all nodes together, one sentence each.</summary>
internal static class StatusAdvice
{
    private const int DiskFreePercentMin = 10;

    private static readonly TimeSpan ClockOffsetMax = TimeSpan.FromSeconds(10);

    public static IEnumerable<string> For(IReadOnlyList<NodePicture> nodes) =>
        SharedPlaces(nodes).Concat(FullDisks(nodes)).Concat(MixedVersions(nodes)).Concat(WrongClocks(nodes));

    private static IEnumerable<string> SharedPlaces(IReadOnlyList<NodePicture> nodes)
    {
        var placed = nodes.Where(node => node.Id is not null && node.Address is not null).ToList();
        var onOneHost = placed.Where(node => !IsLoopback(HostOf(node.Address!)))
            .GroupBy(node => HostOf(node.Address!), StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1)
            .Select(group => $"{Name(group)} share the host {group.Key}: they fail together; "
                + "give each node a machine of its own");
        var atOneAddress = placed.GroupBy(node => node.Address!, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Count() > 1)
            .Select(group => $"{Name(group)} name the same address {group.Key}; correct --advertise or --listen");
        return onOneHost.Concat(atOneAddress);
    }

    private static IEnumerable<string> FullDisks(IReadOnlyList<NodePicture> nodes) =>
        from node in nodes
        let condition = node.Report?.Condition
        where condition is { DiskTotalBytes: > 0 }
            && condition.DiskFreeBytes * 100 < condition.DiskTotalBytes * DiskFreePercentMin
        select string.Create(
            CultureInfo.InvariantCulture,
            $"node {node.Id}: less than {DiskFreePercentMin} % of its disk is free ")
            + $"({StatusText.Bytes(condition.DiskFreeBytes)}); make room: a node whose disk is full stops";

    private static IEnumerable<string> MixedVersions(IReadOnlyList<NodePicture> nodes)
    {
        var versions = nodes.Where(node => node.Report is not null)
            .GroupBy(node => node.Report!.Version, StringComparer.Ordinal).ToList();
        return versions.Count < 2
            ? []
            : [$"versions differ: {string.Join(", ", versions.Select(group => $"{group.Key} on {Name(group)}"))}; "
                + "finish the upgrade"];
    }

    /// <summary>In the words of the nodes themselves, so that it is said once.</summary>
    private static IEnumerable<string> WrongClocks(IReadOnlyList<NodePicture> nodes) =>
        from node in nodes
        where node.Report?.Condition?.ClockOffset is { } offset && offset.Duration() > ClockOffsetMax
        select string.Create(
            CultureInfo.InvariantCulture,
            $"node {node.Id}: its clock is more than 10 s from the others'; set it");

    private static string Name(IEnumerable<NodePicture> nodes)
    {
        var ids = nodes.Select(node => node.Id?.ToString(CultureInfo.InvariantCulture) ?? "?").ToList();
        return ids.Count == 1 ? $"node {ids[0]}" : $"nodes {string.Join(", ", ids[..^1])} and {ids[^1]}";
    }

    private static string HostOf(string address)
    {
        var colon = address.LastIndexOf(':');
        return colon < 0 ? address : address[..colon];
    }

    private static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
