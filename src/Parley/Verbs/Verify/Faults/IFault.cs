namespace Parley.Verbs.Verify.Faults;

/// <summary>One kind of fault: how it is done to nodes, and undone.</summary>
internal interface IFault
{
    /// <summary>What the plan's shape means, in a few words.</summary>
    string Describe(FaultPlan plan);

    /// <summary>Begins it, at the plan's answer where that can be.</summary>
    Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken);

    /// <summary>Ends it; nodes it has killed are started.</summary>
    Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken);
}
