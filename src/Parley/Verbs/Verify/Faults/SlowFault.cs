using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Nodes that answer late: by their network, or because the processor is taken from them half the time.
/// </summary>
internal sealed class SlowFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(30);
    private readonly INodeNetwork network =
        cluster.Network ?? throw new InvalidOperationException("a network that can be slowed expected");

    private volatile bool isTaking;
    private Task dutyCycle = Task.CompletedTask;

    public string Describe(FaultPlan plan) => IsNetwork(plan)
        ? $"{Late.TotalMilliseconds} ms late in both directions"
        : $"running half the time, {Turn.TotalMilliseconds} ms on and off";

    public Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken) =>
        answers.AtAnswerAsync(
            plan.AtAnswer,
            () =>
            {
                if (IsNetwork(plan))
                {
                    Delay(victims);
                }
                else
                {
                    isTaking = true;
                    dutyCycle = TakeTurnsAsync(victims);
                }
            },
            cancellationToken);

    public async Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        network.Mend();
        isTaking = false;
        await dutyCycle;
    }

    private static bool IsNetwork(FaultPlan plan) => plan.Shape % 2 == 0;

    private void Delay(IReadOnlyList<int> victims)
    {
        foreach (var (from, to) in INodeNetwork.PairsOf(cluster.Size))
        {
            if (victims.Contains(from) || victims.Contains(to))
            {
                network.Delay(from, to, Late);
            }
        }
    }

    private async Task TakeTurnsAsync(IReadOnlyList<int> victims)
    {
        using var pace = new PeriodicTimer(Turn);
        var signal = ProcessSignals.Stop;
        while (isTaking && await pace.WaitForNextTickAsync(CancellationToken.None))
        {
            foreach (var id in victims)
            {
                cluster.Node(id).Send(signal);
            }

            signal = signal == ProcessSignals.Stop ? ProcessSignals.Continue : ProcessSignals.Stop;
        }

        foreach (var id in victims)
        {
            cluster.Resume(id);
        }
    }
}
