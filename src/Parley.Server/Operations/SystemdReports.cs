using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Server.Operations;

/// <summary>
/// Tells systemd, where it asked (<c>Type=notify</c>): the node takes calls, it stops, a sentence on how it is. To its
/// watchdog it says that consensus moves on, not that all is well: a node without a majority or with a slow disk is not
/// to be restarted.
/// </summary>
internal sealed class SystemdReports(
    ISystemdNotifier systemd, Watchdog watchdog, NodeView view, TimeProvider time, ILogger<SystemdReports> logger)
    : BackgroundService
{
    private string said = "";
    private long seen = -1;

    /// <summary>Calls are taken.</summary>
    public void Ready() => Tell(ServiceState.Ready);

    /// <summary>The end has begun.</summary>
    public void Stopping() => Tell(ServiceState.Stopping);

    /// <summary>How the node is, in a line.</summary>
    internal static string Describe(NodePicture picture)
    {
        if (!picture.IsServing)
        {
            return $"Not ready: {picture.NotServingFor}";
        }

        var place = picture.Role == RaftRole.Leader
            ? $"Leads {picture.Voters} voters"
            : Say($"Follows node {picture.Leader.Value}");
        return Say($"{place}; {picture.FaultsTolerated} more may fail");
    }

    /// <summary>Says what is new since the last time.</summary>
    internal void Look()
    {
        var (picture, published) = (view.Current, view.Published);
        var sentence = Describe(picture);
        if (sentence != said)
        {
            said = sentence;
            Tell(new ServiceState($"STATUS={sentence}"));
        }

        // Before it belongs to a cluster a node has no loop that could stand still.
        if (watchdog.IsAsked && (!picture.IsFormed || published != seen))
        {
            seen = published;
            Tell(new ServiceState("WATCHDOG=1"));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!systemd.IsEnabled)
        {
            return;
        }

        using var timer = new PeriodicTimer(watchdog.Pace, time);
        try
        {
            do
            {
                Look();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
    }

    private void Tell(ServiceState state)
    {
        try
        {
            systemd.Notify(state);
        }
        catch (SocketException failure)
        {
            Log.SystemdNotTold(logger, state.ToString(), failure.Message);
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How often systemd wants to hear of this process (<c>WatchdogSec=</c>), as sd_watchdog_enabled(3) has it.
/// </summary>
/// <param name="Pace">How often to say something: at least twice in that time.</param>
/// <param name="IsAsked">It wants to hear at all.</param>
internal sealed record Watchdog(TimeSpan Pace, bool IsAsked)
{
    private static readonly TimeSpan PaceMax = TimeSpan.FromSeconds(1);

    /// <summary>From the environment's variables, of this process.</summary>
    public static Watchdog Read(Func<string, string?> variable, int process)
    {
        var isOurs = variable("WATCHDOG_PID") is not { } pid
            || pid == process.ToString(CultureInfo.InvariantCulture);
        return isOurs && long.TryParse(
                variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var us) && us > 0
            ? new(TimeSpan.FromMicroseconds(Math.Min(us / 3.0, PaceMax.TotalMicroseconds)), IsAsked: true)
            : new(PaceMax, IsAsked: false);
    }
}
