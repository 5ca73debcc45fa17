using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Hosting;

namespace Parley.Server.Consensus;

/// <summary>On the leader: raises the state version to what every member's program knows, once all have said what they
/// know. Until then a new program behaves as the old ones, which would have to stop at what they do not know.</summary>
internal sealed class VersionRaiser(
    StateAccess state, NodeView view, Proposer proposer, TimeProvider time, ILogger<VersionRaiser> logger)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    /// <summary>The version all members know, or 0 while one of them has not said so.</summary>
    public static int FindCommon(NodePicture picture) =>
        picture.Members.Count == 0 ? 0 : picture.Members.Min(member => member.StateVersionMax);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ProcessEnd.GuardAsync("raising the state version", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var picture = view.Current;
            var common = FindCommon(picture);
            if (common <= state.StateVersion
                || picture is not { IsFormed: true, IsDraining: false, Role: RaftRole.Leader })
            {
                continue;
            }

            try
            {
                var command = new LoggedCommand { RaiseVersion = new RaiseVersion { StateVersion = (uint)common } };
                await proposer.ProposeAsync(command, stoppingToken);
                Log.VersionRaised(logger, common);
            }
            catch (NotDoneException notDone)
            {
                // The next tick looks again.
                Log.HousekeepingPutOff(logger, notDone.Reason);
            }
        }
    }
}
