using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>SIGKILL to all victims at once, on the very thread that got an answer: what was answered is then as young
/// as it can be.</summary>
internal sealed class CrashFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    public string Describe(FaultPlan plan) => "killed at an answer";

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        await answers.AtAnswerAsync(
            plan.AtAnswer,
            () =>
            {
                foreach (var id in victims)
                {
                    cluster.Node(id).Send(ProcessSignals.Kill);
                }
            },
            cancellationToken);
        await Task.WhenAll(victims.Select(id => cluster.Node(id).WaitForExitAsync(cancellationToken)));
    }

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            cluster.Start(id);
        }

        return Task.CompletedTask;
    }
}
