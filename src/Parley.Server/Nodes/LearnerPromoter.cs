using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Server.Nodes;

/// <summary>On the leader: a learner that is here and has caught up becomes a voter, whoever asked for it and whether
/// or not they still wait: nobody wants a lasting one, and a cluster that counts one voter less survives less.
/// </summary>
internal sealed class LearnerPromoter(
    MemberChanges members, NodeView view, TimeProvider time, ILogger<LearnerPromoter> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(500);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ProcessEnd.GuardAsync("making learners voters", RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var picture = view.Current;
            if (picture is not { IsFormed: true, IsDraining: false, Role: RaftRole.Leader })
            {
                continue;
            }

            foreach (var learner in picture.Members.Where(member => !member.IsVoter && member.IsReachable))
            {
                var wish = new MemberWish(learner.Id, MemberAct.Promote, "");
                if ((await members.LeadAsync(wish, stoppingToken)).IsDone)
                {
                    Log.LearnerVotes(logger, learner.Id.Value);
                }
            }
        }
    }
}
