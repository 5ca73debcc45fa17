namespace Parley.Verbs.Verify.Faults;

/// <summary>Which faults this machine and this user can do; for the others, why not.</summary>
internal static class MachineAbilities
{
    /// <summary>Null when it can be done here, else the reason and what would help.</summary>
    public static string? WhyNot(FaultKind kind, int size) => kind switch
    {
        FaultKind.Crash or FaultKind.Pause => null,
        FaultKind.Partition or FaultKind.Slow => size > 1 ? null : "one node has no network to other nodes",
        FaultKind.Disk => StraceFault.WhyNot(),
        _ => throw new InvalidOperationException($"{kind} is no fault"),
    };
}
