using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>SIGSTOP at an answer, SIGCONT later.</summary>
internal sealed class PauseFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    public string Describe(FaultPlan plan) => "stopped at an answer";

    public Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken) =>
        answers.AtAnswerAsync(
            plan.AtAnswer,
            () =>
            {
                foreach (var id in victims)
                {
                    cluster.Pause(id);
                }
            },
            cancellationToken);

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            cluster.Resume(id);
        }

        return Task.CompletedTask;
    }
}
