using Parley.Local;
using Parley.Local.Links;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>The network between the nodes falls apart, in all the ways that five nodes offer.</summary>
internal sealed class PartitionFault : IFault
{
    private readonly NodeLinks links;
    private readonly AnswerBook answers;
    private readonly int size;
    private readonly (string Name, Func<int, int, IReadOnlyList<int>, bool> IsCut)[] bearable;

    /// <param name="cluster">Has links.</param>
    /// <param name="answers">Of the clients.</param>
    public PartitionFault(LocalCluster cluster, AnswerBook answers)
    {
        links = cluster.Links ?? throw new InvalidOperationException("a cluster with links expected");
        this.answers = answers;
        size = cluster.Size;
        bearable =
        [
            ("cut off together", (from, to, victims) => victims.Contains(from) != victims.Contains(to)),
            ("cut off one by one", (from, to, victims) => victims.Contains(from) || victims.Contains(to)),
            ("not heard by the others", (from, to, victims) => victims.Contains(from) && !victims.Contains(to)),
            ("not hearing the others", (from, to, victims) => !victims.Contains(from) && victims.Contains(to)),
            ("bridge: two halves that share one node", (from, to, victims) => IsAcrossBridge(from, to, victims[0])),
            ("ring: each node has two neighbours left", (from, to, _) => Distance(from, to) > 1),
        ];
    }

    public string Describe(FaultPlan plan) => plan.LosesMajority(size) ? "all cut off one by one" : ShapeOf(plan).Name;

    public Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        // The others are a minority then, but the victims together might not be one.
        var isCut = plan.LosesMajority(size)
            ? (from, to, hit) => hit.Contains(from) || hit.Contains(to)
            : ShapeOf(plan).IsCut;
        var cuts = links.Pairs.Where(pair => isCut(pair.From, pair.To, victims)).ToList();
        return answers.AtAnswerAsync(plan.AtAnswer, () => cuts.ForEach(cut => links.Cut(cut.From, cut.To)),
            cancellationToken);
    }

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        links.Mend();
        return Task.CompletedTask;
    }

    // A ring of three is no partition: all are neighbours.
    private (string Name, Func<int, int, IReadOnlyList<int>, bool> IsCut) ShapeOf(FaultPlan plan) =>
        bearable[plan.Shape % (size >= 5 ? bearable.Length : bearable.Length - 2)];

    private bool IsAcrossBridge(int from, int to, int bridge) =>
        from != bridge && to != bridge && SideOf(from, bridge) != SideOf(to, bridge);

    private int SideOf(int node, int bridge) => ((node - bridge + size) % size) <= size / 2 ? 0 : 1;

    private int Distance(int from, int to)
    {
        var apart = Math.Abs(from - to);
        return Math.Min(apart, size - apart);
    }
}
