using Parley.Local;
using Parley.Local.Disks;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Which faults this machine and this user can do; for the others, why not. Tried out, not guessed.</summary>
internal static class MachineAbilities
{
    /// <summary>Null when it can be done here, else the reason and what would help.</summary>
    /// <param name="kind">What is to be done.</param>
    /// <param name="size">How many servers there are.</param>
    /// <param name="network">How they reach each other.</param>
    /// <param name="cancellationToken">Stops a trial.</param>
    public static async Task<string?> FindReasonAgainstAsync(
        FaultKind kind, int size, ChosenNetwork network, CancellationToken cancellationToken) => kind switch
        {
            FaultKind.Crash or FaultKind.Pause or FaultKind.Client => null,
            FaultKind.Partition or FaultKind.Slow => size > 1 ? null : "one node has no network to other nodes",
            FaultKind.Disk or FaultKind.Full or FaultKind.Sync => StraceFault.WhyNot(),
            FaultKind.Network => network.Kind == NetworkKind.Namespaces
                ? null
                : $"packets are out of reach without namespaces: {network.WhyNoNamespaces}",
            FaultKind.Power => await LoopDisks.FindReasonAgainstAsync(cancellationToken),
            FaultKind.Restart => size > 1 ? null : "one node has nobody to hand over to",
            FaultKind.Damage => size > 1 ? null : "one node has no others that go on meanwhile",
            FaultKind.Clock => size > 1
                ? await FakeClocks.FindReasonAgainstAsync()
                : "one node has no majority of clocks to be measured by",
            _ => throw new InvalidOperationException($"{kind} is no fault"),
        };
}
