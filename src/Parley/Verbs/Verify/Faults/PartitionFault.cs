using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>The network falls apart, between the nodes and, where they are on it, between nodes and clients.</summary>
internal sealed class PartitionFault : IFault
{
    private readonly INodeNetwork network;
    private readonly AnswerBook answers;
    private readonly int size;
    private readonly IReadOnlyList<(int From, int To)> ways;
    private readonly IReadOnlyList<PartitionShape> bearable;
    private readonly IReadOnlyList<PartitionShape> unbearable;

    /// <param name="cluster">Has a network that can be cut.</param>
    /// <param name="answers">Of the clients.</param>
    public PartitionFault(LocalCluster cluster, AnswerBook answers)
    {
        network = cluster.Network ?? throw new InvalidOperationException("a network that can be cut expected");
        this.answers = answers;
        size = cluster.Size;
        ways =
        [
            .. INodeNetwork.PairsOf(size), .. network.HasClients ? INodeNetwork.ClientPairsOf(size) : [],
        ];
        bearable = PartitionShape.BearableOf(size, network.HasClients);
        unbearable = PartitionShape.UnbearableOf(network.HasClients);
    }

    public string Describe(FaultPlan plan) => ShapeOf(plan).Name;

    public Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var shape = ShapeOf(plan);
        var cuts = ways.Where(way => shape.IsCut(way.From, way.To, victims)).ToList();
        return answers.AtAnswerAsync(plan.AtAnswer, () => cuts.ForEach(cut => network.Cut(cut.From, cut.To)),
            cancellationToken);
    }

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        network.Mend();
        return Task.CompletedTask;
    }

    private PartitionShape ShapeOf(FaultPlan plan)
    {
        var shapes = plan.LosesMajority(size) ? unbearable : bearable;
        return shapes[plan.Shape % shapes.Count];
    }
}
