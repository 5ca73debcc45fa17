using System.Globalization;
using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>While something is wrong, asks the nodes themselves once a second who is there, and keeps the screen's
/// notice true.</summary>
internal sealed class OutageWatch(ParleyClient client, IChatScreen screen, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LineWaitMax = TimeSpan.FromSeconds(2);
    private volatile bool isOut;
    private long? lookedAt;

    /// <summary>What the client noticed.</summary>
    public void Take(ConnectionEvent news)
    {
        isOut = news switch
        {
            ConnectionEvent.NoMajority => true,
            ConnectionEvent.Connected => false,
            _ => isOut,
        };
    }

    /// <summary>Looks, when there is a reason and it is time.</summary>
    /// <param name="oldestWait">Of the lines that are not answered.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task LookAsync(TimeSpan? oldestWait, CancellationToken cancellationToken)
    {
        if ((!isOut && oldestWait is not { } waited) || (!isOut && oldestWait < LineWaitMax)
            || (lookedAt is { } at && time.GetElapsedTime(at) < Pace))
        {
            return;
        }

        lookedAt = time.GetTimestamp();
        var answers = await NodeLines.AskAllAsync(client, cancellationToken);
        var notice = Describe([.. answers.Select(answer => answer.Report)]);
        isOut = notice is not null;
        screen.SetNotice(notice);
    }

    /// <summary>The notice; null while there is a majority.</summary>
    /// <param name="reports">One for each known node; null where none came.</param>
    internal static string? Describe(IReadOnlyList<NodeReport?> reports)
    {
        var found = reports.OfType<NodeReport>().OrderBy(report => report.Id).ToList();
        if (found.Exists(report => report.FaultsTolerated >= 0))
        {
            return null;
        }

        var voters = found.Count == 0 ? reports.Count : found.Max(report => report.Voters);
        var names = string.Join(
            " and ", found.Select(report => report.Id.ToString(CultureInfo.InvariantCulture)));
        return found.Count switch
        {
            0 => $"no majority: none of the {voters} nodes answers; what you type is kept",
            1 => $"no majority: only node {names} of {voters} answers; what you type is kept",
            _ => $"no majority: only nodes {names} of {voters} answer; what you type is kept",
        };
    }
}
