using Parley.Local;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Which faults this machine and this user can do; for the others, why not.</summary>
internal static class MachineAbilities
{
    /// <summary>Null when it can be done here, else the reason and what would help.</summary>
    /// <param name="kind">What is to be done.</param>
    /// <param name="size">How many servers there are.</param>
    /// <param name="network">How they reach each other.</param>
    public static string? WhyNot(FaultKind kind, int size, ChosenNetwork network) => kind switch
    {
        FaultKind.Crash or FaultKind.Pause => null,
        FaultKind.Partition or FaultKind.Slow => size > 1 ? null : "one node has no network to other nodes",
        FaultKind.Disk => StraceFault.WhyNot(),
        FaultKind.Network => network.Kind == NetworkKind.Namespaces
            ? null
            : $"packets are out of reach without namespaces: {network.WhyNoNamespaces}",
        _ => throw new InvalidOperationException($"{kind} is no fault"),
    };
}
