using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Sessions;

/// <summary>On the leader: proposes the purge of what retention no longer keeps, and of what log time has outlived.
/// </summary>
internal sealed class Retention(
    StateAccess state, NodeView view, Proposer proposer, TimeProvider time, ILogger<Retention> logger)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromHours(1);

    /// <summary>Purges a tick, of <see cref="Limits.PurgeRowsMax"/> rows each: enough for 20,000 messages a second.
    /// </summary>
    private const int PurgesPerTickMax = 24;

    private long forgotAt = time.GetTimestamp();
    private bool isForgetting;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ProcessEnd.GuardAsync("retention", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await TickAsync(stoppingToken);
            }
            catch (NotDoneException notDone)
            {
                // The next tick looks again.
                Log.HousekeepingPutOff(logger, notDone.Reason);
            }
        }
    }

    private async Task TickAsync(CancellationToken stoppingToken)
    {
        for (var count = 0; count < PurgesPerTickMax && IsLeading(view.Current); count++)
        {
            var purge = state.Read(reader => reader.FindPurge(state.LastTimeUs, Limits.PurgeRowsMax));
            if (time.GetElapsedTime(forgotAt) >= ForgetInterval)
            {
                isForgetting = true;
                forgotAt = time.GetTimestamp();
            }

            // Once begun, until nothing is left: one purge forgets a bounded number of rows.
            isForgetting &= purge?.ForgetExpired == true;
            if (purge is null || (purge.Cuts.Count == 0 && !isForgetting))
            {
                return;
            }

            purge.ForgetExpired = isForgetting;
            await proposer.ProposeAsync(new LoggedCommand { Purge = purge }, stoppingToken);
        }
    }

    private static bool IsLeading(NodePicture picture) =>
        picture is { IsFormed: true, IsDraining: false, Role: RaftRole.Leader } && picture.Leader == picture.Self;
}
