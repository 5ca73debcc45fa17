using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Every sync of the victims takes long, as on a disk that is worn, shared or far away.</summary>
internal sealed class SyncFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    private static readonly int[] DelaysMs = [100, 400, 800];
    private readonly List<(int Node, StraceFault Strace)> slowed = [];

    public string Describe(FaultPlan plan) => $"each sync {DelayMsOf(plan)} ms late";

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        await answers.AtAnswerAsync(plan.AtAnswer, () => { }, cancellationToken);
        foreach (var id in victims)
        {
            slowed.Add((id, await StraceFault.AttachAsync(
                cluster.Node(id).ProcessId,
                "fsync,fdatasync",
                $"delay_enter={DelayMsOf(plan) * 1_000}",
                cancellationToken)));
        }
    }

    public async Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var spared = new List<int>();
        foreach (var (node, strace) in slowed)
        {
            await strace.DisposeAsync();
            if (strace.Hits == 0)
            {
                spared.Add(node);
            }
        }

        slowed.Clear();
        if (spared.Count > 0)
        {
            throw new FaultFailedException($"no sync of node {string.Join(", ", spared)} was late; it was no fault");
        }
    }

    private static int DelayMsOf(FaultPlan plan) => DelaysMs[plan.Shape % DelaysMs.Length];
}
