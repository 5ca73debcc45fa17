using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Parley.Client;
using Parley.Verbs.Bench;

namespace Parley.Verbs.Doctor;

/// <summary>Ports that a node wants, the way to the other nodes, and their clocks.</summary>
internal static class NetworkChecks
{
    private const int Rounds = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RoundTripMax = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ClockOffsetMax = TimeSpan.FromSeconds(10);

    /// <summary>Whether a node could listen there, or already does.</summary>
    public static async Task<Finding> CheckPortAsync(
        string name, string address, ParleyClient client, CancellationToken cancellationToken)
    {
        var check = $"port ({name})";
        if (await FindEndPointAsync(address, cancellationToken) is not { } endPoint)
        {
            return Finding.Fail(check, $"{address} is no address of a host known here", "correct it");
        }

        try
        {
            using var listener = new TcpListener(endPoint);
            listener.Start();
            return Finding.Ok(check, $"{address} is free");
        }
        catch (SocketException failure)
        {
            var running = await client.FindReportAsync(address, Patience, cancellationToken);
            return running is not null
                ? Finding.Ok(
                    check, string.Create(CultureInfo.InvariantCulture, $"{address}: node {running.Id} runs there"))
                : Finding.Warn(
                    check,
                    $"{address} cannot be listened on ({failure.Message})",
                    "fine when the node runs already; else stop what has it, or choose another");
        }
    }

    /// <summary>Whether another member's node address can be reached.</summary>
    public static async Task<Finding> CheckMemberAsync(string member, CancellationToken cancellationToken)
    {
        const string Check = "way to a member";
        var address = member[(member.IndexOf('=', StringComparison.Ordinal) + 1)..];
        if (await FindEndPointAsync(address, cancellationToken) is not { } endPoint)
        {
            return Finding.Fail(Check, $"{member}: no address of a host known here", "correct --members");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endPoint, limit.Token);
            return Finding.Ok(Check, $"{member} takes connections");
        }
        catch (Exception failure) when (
            failure is SocketException || (failure is OperationCanceledException && limit.IsCancellationRequested))
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Finding.Warn(
                Check,
                $"{member} takes no connection",
                "fine before it is started; else look at that node, and at firewalls in between");
        }
    }

    /// <summary>How long a running node takes to answer, and what it says of its clock.</summary>
    public static async Task<IReadOnlyList<Finding>> CheckNodeAsync(
        string address, ParleyClient client, CancellationToken cancellationToken)
    {
        const string Check = "round trip";
        NodeReport? report = null;
        var times = new List<TimeSpan>();
        for (var round = 0; round <= Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            report = await client.FindReportAsync(address, Patience, cancellationToken);
            if (report is null)
            {
                return [Finding.Warn(Check, $"{address} does not answer", "start it, or see the ways in between")];
            }

            times.Add(Stopwatch.GetElapsedTime(begin));
        }

        // The first opened the connection.
        var median = MachineLimits.Median(times.Skip(1));
        var found = string.Create(
            CultureInfo.InvariantCulture,
            $"node {report!.Id} at {address} answers in {median.TotalMilliseconds:0.0} ms (median of {Rounds})");
        var trip = median > RoundTripMax
            ? Finding.Warn(Check, found, "a message waits for two such trips; put the nodes nearer to each other")
            : Finding.Ok(Check, found);
        return report.Condition?.ClockOffset is { } offset ? [trip, CheckClock(report.Id, offset)] : [trip];
    }

    private static Finding CheckClock(int node, TimeSpan offset)
    {
        const string Check = "clock";
        var found = string.Create(
            CultureInfo.InvariantCulture, $"node {node} is {offset.TotalSeconds:+0.000;-0.000;0} s from the median");
        return offset.Duration() > ClockOffsetMax
            ? Finding.Fail(Check, found, "set it, and run chrony or systemd-timesyncd there")
            : Finding.Ok(Check, found);
    }

    private static async Task<IPEndPoint?> FindEndPointAsync(string address, CancellationToken cancellationToken)
    {
        var colon = address.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > IPEndPoint.MaxPort)
        {
            return null;
        }

        try
        {
            var found = await Dns.GetHostAddressesAsync(address[..colon].Trim('[', ']'), cancellationToken);
            return found.Length == 0 ? null : new IPEndPoint(found[0], port);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
