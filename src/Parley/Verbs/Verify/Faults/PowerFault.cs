using Parley.Local;
using Parley.Local.Disks;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>The machines of all victims lose power at once, at an answer: what was not synced is gone. Each loss is
/// checked on its disk: it must have lost what was unsynced, and nothing else.</summary>
internal sealed class PowerFault(LocalCluster cluster, LoopDisks disks, AnswerBook answers) : IFault
{
    public string Describe(FaultPlan plan) => "loss of power at an answer";

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        await answers.AtAnswerAsync(
            plan.AtAnswer,
            () =>
            {
                foreach (var id in victims)
                {
                    disks.Of(id).CutPower();
                    cluster.Node(id).Kill();
                }
            },
            cancellationToken);
        await Task.WhenAll(victims.Select(id => cluster.Node(id).WaitForExitAsync(cancellationToken)));
    }

    public async Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            if (await disks.Of(id).RestorePowerAsync() is { } wrong)
            {
                throw new FaultFailedException(wrong);
            }
        }

        foreach (var id in victims)
        {
            cluster.Start(id);
        }
    }
}
