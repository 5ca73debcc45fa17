using Parley.Local;
using Parley.Local.Network;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>A poor network: packets are lost, late, doubled and overtake each other, on all ways of the victims, also
/// to clients, or everywhere.</summary>
internal sealed class NetworkFault : IFault
{
    private static readonly (string Name, PacketRule Rule)[] Ills =
    [
        ("1 % lost", new() { Loss = 0.01 }),
        ("5 % lost", new() { Loss = 0.05 }),
        ("20 % lost", new() { Loss = 0.2 }),
        ("5 to 10 ms late", Late(5, 5)),
        ("30 to 60 ms late", Late(30, 30)),
        ("100 to 150 ms late", Late(100, 50)),
        ("20 % doubled", new() { Doubling = 0.2 }),
        ("20 % overtaken", new() { Overtaking = 0.2 }),
        ("a bit of all", Late(5, 10) with { Loss = 0.03, Doubling = 0.05, Overtaking = 0.1 }),
    ];

    private readonly MachineNetwork network;
    private readonly AnswerBook answers;
    private readonly IReadOnlyList<(int From, int To)> ways;
    private long spoiledBefore;

    /// <param name="cluster">Of nodes that are machines.</param>
    /// <param name="answers">Of the clients.</param>
    public NetworkFault(LocalCluster cluster, AnswerBook answers)
    {
        network = cluster.Machines ?? throw new InvalidOperationException("nodes that are machines expected");
        this.answers = answers;
        ways = [.. INodeNetwork.PairsOf(cluster.Size), .. INodeNetwork.ClientPairsOf(cluster.Size)];
    }

    public string Describe(FaultPlan plan) => $"{IllOf(plan).Name}{(IsEverywhere(plan) ? ", everywhere" : "")}";

    public Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var hit = ways.Where(way => IsEverywhere(plan) || victims.Contains(way.From) || victims.Contains(way.To))
            .ToList();
        var rule = IllOf(plan).Rule;
        spoiledBefore = network.Counts.Spoiled;
        return answers.AtAnswerAsync(
            plan.AtAnswer, () => hit.ForEach(way => network.Spoil(way.From, way.To, rule)), cancellationToken);
    }

    /// <exception cref="TimeoutException">It never met a packet.</exception>
    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        network.Mend();
        return network.Counts.Spoiled > spoiledBefore
            ? Task.CompletedTask
            : throw new TimeoutException($"no packet of node {string.Join(", ", victims)} met the poor network");
    }

    private static PacketRule Late(int delayMs, int jitterMs) => new()
    {
        Delay = TimeSpan.FromMilliseconds(delayMs),
        Jitter = TimeSpan.FromMilliseconds(jitterMs),
    };

    private static (string Name, PacketRule Rule) IllOf(FaultPlan plan) => Ills[plan.Shape % Ills.Length];

    private static bool IsEverywhere(FaultPlan plan) => plan.Shape / Ills.Length % 2 == 1;
}
