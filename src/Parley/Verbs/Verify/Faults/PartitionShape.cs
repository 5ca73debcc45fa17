using Parley.Local;

namespace Parley.Verbs.Verify.Faults;

/// <summary>One way in which a network falls apart.</summary>
/// <param name="Name">What it is to the victims, in a few words.</param>
/// <param name="IsCut">Whether the way from the first place to the second is cut, given the victims.</param>
internal sealed record PartitionShape(string Name, Func<int, int, IReadOnlyList<int>, bool> IsCut)
{
    private const string Bridge = "bridge: two halves that share one node";
    private const string Ring = "ring: each node has two neighbours left";
    private const string Clients = "client";

    private static readonly PartitionShape AllApart = Between("all cut off one by one", IsAnyHit);

    private static readonly PartitionShape AllApartClientsToo = new("all cut off one by one, clients too", IsAnyHit);

    /// <summary>Those that leave a majority that can talk to each other and to clients.</summary>
    public static IReadOnlyList<PartitionShape> BearableOf(int size, bool hasClients) =>
    [
        Between("cut off together", (from, to, victims) => victims.Contains(from) != victims.Contains(to)),
        Between("cut off one by one", IsAnyHit),
        Between("not heard by the others", (from, to, victims) => victims.Contains(from) && !victims.Contains(to)),
        Between("not hearing the others", (from, to, victims) => !victims.Contains(from) && victims.Contains(to)),
        .. size >= 5 ? WholeOf(size) : [],
        .. hasClients ? OfClients() : [],
    ];

    /// <summary>Whether, in the shape of this name, whoever leads goes on to lead, and clients still reach every node:
    /// some nodes only have to say that they cannot reach it.</summary>
    public static bool LeavesLeader(string name, bool hitsLeader, int victims) =>
        name is Bridge or Ring
        || (!hitsLeader && victims == 1 && !name.Contains(Clients, StringComparison.Ordinal));

    /// <summary>Those that leave no majority, and may not leave one to the other side either.</summary>
    public static IReadOnlyList<PartitionShape> UnbearableOf(bool hasClients) =>
        hasClients ? [AllApart, AllApartClientsToo] : [AllApart];

    // Rings and bridges of three are no partitions: all are neighbours.
    private static IEnumerable<PartitionShape> WholeOf(int size)
    {
        yield return Between(Bridge, (from, to, victims) =>
            from != victims[0] && to != victims[0] && SideOf(from, victims[0], size) != SideOf(to, victims[0], size));
        yield return Between(Ring, (from, to, _) =>
            Math.Min(Math.Abs(from - to), size - Math.Abs(from - to)) > 1);
    }

    private static IEnumerable<PartitionShape> OfClients()
    {
        yield return new("cut off one by one, clients too", IsAnyHit);
        yield return new("cut off from clients alone", (from, to, victims) =>
            IsOfClients(from, to) && IsAnyHit(from, to, victims));
        yield return new("not heard by clients", (from, to, victims) =>
            to == INodeNetwork.Clients && victims.Contains(from));
        yield return new("not hearing clients", (from, to, victims) =>
            from == INodeNetwork.Clients && victims.Contains(to));
    }

    private static PartitionShape Between(string name, Func<int, int, IReadOnlyList<int>, bool> isCut) =>
        new(name, (from, to, victims) => !IsOfClients(from, to) && isCut(from, to, victims));

    private static bool IsOfClients(int from, int to) => from == INodeNetwork.Clients || to == INodeNetwork.Clients;

    private static bool IsAnyHit(int from, int to, IReadOnlyList<int> victims) =>
        victims.Contains(from) || victims.Contains(to);

    private static int SideOf(int node, int bridge, int size) => ((node - bridge + size) % size) <= size / 2 ? 0 : 1;
}
