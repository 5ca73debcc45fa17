using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Sessions;

/// <summary>On the leader: proposes the end of sessions nobody hears from, and keeps up long leases.</summary>
internal sealed class LeaseKeeper(
    SessionActivity activity,
    StateAccess state,
    NodeView view,
    Proposer proposer,
    TimeProvider time,
    ILogger<LeaseKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>A longer gap between two ticks means that this process slept, and reports may have been lost.</summary>
    private static readonly TimeSpan GapMax = TimeSpan.FromSeconds(2);

    private readonly Leases leases = new();
    private long leadsInTerm;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ProcessEnd.GuardAsync("leases", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        var before = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var elapsed = time.GetElapsedTime(before);
            before = time.GetTimestamp();
            if (!IsLeading(view.Current))
            {
                leadsInTerm = 0;
                activity.ForgetElsewhere();
                continue;
            }

            if (leadsInTerm != view.Current.Term || elapsed > GapMax)
            {
                leadsInTerm = view.Current.Term;
                leases.Restart();
            }

            await KeepAsync(elapsed, stoppingToken);
        }
    }

    private static bool IsLeading(NodePicture picture) =>
        picture is { IsFormed: true, IsDraining: false, Role: RaftRole.Leader } && picture.Leader == picture.Self;

    private async Task KeepAsync(TimeSpan elapsed, CancellationToken stoppingToken)
    {
        leases.Advance(elapsed);
        leases.Heard(activity.TakeAll());
        var findings = leases.Look(state.Directory.LiveSessions, state.LastTimeUs);
        if (findings.Expired.Count > 0)
        {
            Log.SessionsExpire(logger, findings.Expired.Count);
            var expire = new ExpireSessions();
            expire.Sessions.Add(findings.Expired);
            await ProposeAsync(new LoggedCommand { ExpireSessions = expire }, stoppingToken);
        }

        if (findings.Touched.Count > 0)
        {
            var touch = new TouchSessions();
            touch.Sessions.Add(findings.Touched);
            await ProposeAsync(new LoggedCommand { TouchSessions = touch }, stoppingToken);
        }
    }

    private async Task ProposeAsync(LoggedCommand command, CancellationToken stoppingToken)
    {
        try
        {
            await proposer.ProposeAsync(command, stoppingToken);
        }
        catch (NotDoneException notDone)
        {
            // The next tick looks again.
            Log.HousekeepingPutOff(logger, notDone.Reason);
        }
    }
}
