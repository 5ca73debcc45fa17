namespace Parley.Verbs.Verify.Faults;

/// <summary>One fault as the seed drew it; which nodes it hits depends on who leads when its time has come.</summary>
internal sealed record FaultPlan
{
    public required FaultKind Kind { get; init; }

    /// <summary>How exactly: a place in the kind's own list, taken modulo its length.</summary>
    public required int Shape { get; init; }

    /// <summary>How many nodes.</summary>
    public required int Victims { get; init; }

    /// <summary>The leader is one of them, as it is anyway when all are.</summary>
    public required bool WithLeader { get; init; }

    /// <summary>Which of the others: they are taken from this place on, in a ring.</summary>
    public required int Turn { get; init; }

    /// <summary>It begins with the n-th answer from now.</summary>
    public required int AtAnswer { get; init; }

    /// <summary>How long it lasts before it is healed.</summary>
    public required TimeSpan Hold { get; init; }

    /// <summary>So many are gone or cut off that nothing may be accepted; slow nodes are neither, and a poor
    /// network still is one.</summary>
    public bool LosesMajority(int size) => Kind.TakesNodes() && Victims > (size - 1) / 2;

    /// <summary>The nodes it hits, the leader first if it is one of them.</summary>
    public IReadOnlyList<int> Pick(int leader, int size)
    {
        var others = Enumerable.Range(0, size)
            .Select(place => ((place + Turn) % size) + 1)
            .Where(node => node != leader);
        return [.. (WithLeader || Victims == size ? others.Prepend(leader) : others).Take(Victims)];
    }
}
