using System.Globalization;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Clients that misbehave, at the victims: everybody else is served, and the memory of the servers stays
/// bounded. It is measured, and told.</summary>
internal sealed class ClientFault(Setting setting, Action<string> tell) : IFault
{
    /// <summary>What a node may take for them; its own garbage is most of it.</summary>
    private const long GrowthMax = 400L << 20;

    private static readonly Shape[] Shapes =
    [
        AtEach("messages never read", (clients, node, token) => clients.NeverReadAsync(node, token)),
        AtEach("messages never acknowledged", (clients, node, token) => clients.NeverAcknowledgeAsync(node, token)),
        AtEach("a byte a second", (clients, node, token) => clients.DawdleAsync(node, token)),
        new("a thousand clients come back at once", async (clients, nodes, token) =>
            await clients.ReturnAsync(nodes, token)),
    ];

    private readonly Dictionary<int, long> before = [];
    private readonly Stack<RudeClients> there = new();

    public string Describe(FaultPlan plan) => Shapes[plan.Shape % Shapes.Length].Words;

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var clients = new RudeClients(setting);
        there.Push(clients);
        foreach (var id in victims)
        {
            before[id] = MemoryOf(id);
        }

        if (await Shapes[plan.Shape % Shapes.Length].DoAsync(clients, victims, cancellationToken) is { } remark)
        {
            tell($"   {remark}");
        }
    }

    public async Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        var during = victims.ToDictionary(id => id, MemoryOf);
        while (there.TryPop(out var clients))
        {
            await clients.DisposeAsync();
        }

        foreach (var id in victims)
        {
            tell($"   node {id}: {Mebi(before[id])} MiB before, {Mebi(during[id])} during, {Mebi(MemoryOf(id))} after");
            if (during[id] - before[id] > GrowthMax)
            {
                throw new FaultFailedException(
                    $"node {id} took {Mebi(during[id] - before[id])} MiB for its clients, at most "
                    + $"{Mebi(GrowthMax)} were expected");
            }
        }
    }

    private static Shape AtEach(string words, Func<RudeClients, int, CancellationToken, Task> doAsync) =>
        new(words, async (clients, nodes, cancellationToken) =>
        {
            foreach (var node in nodes)
            {
                await doAsync(clients, node, cancellationToken);
            }

            return null;
        });

    private static string Mebi(long bytes) => (bytes >> 20).ToString(CultureInfo.InvariantCulture);

    /// <summary>Resident memory, as proc(5) tells it.</summary>
    private long MemoryOf(int id)
    {
        var line = File.ReadLines($"/proc/{setting.Cluster.Node(id).ProcessId}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kibibytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>One way to misbehave.</summary>
    /// <param name="Words">For people.</param>
    /// <param name="DoAsync">Begins it at these nodes; returns what is to be told of it, or null.</param>
    private sealed record Shape(
        string Words, Func<RudeClients, IReadOnlyList<int>, CancellationToken, Task<string?>> DoAsync);
}
