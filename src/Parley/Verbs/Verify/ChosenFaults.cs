using Parley.CommandLine;
using Parley.Verbs.Verify.Faults;

namespace Parley.Verbs.Verify;

/// <summary>What a run will do, and what it will not.</summary>
/// <param name="Kinds">To be done.</param>
/// <param name="NotDone">What this machine does not allow, a line each.</param>
internal sealed record ChosenFaults(IReadOnlyList<FaultKind> Kinds, IReadOnlyList<string> NotDone)
{
    /// <summary>What was asked for, or else all that this machine allows.</summary>
    /// <exception cref="VerbFailedException">What was asked for cannot be done here.</exception>
    public static async Task<ChosenFaults> ChooseAsync(
        VerifyOptions options, ChosenNetwork network, CancellationToken cancellationToken)
    {
        var chosen = new List<FaultKind>();
        var notDone = new List<string>();
        var asked = options.Kinds ?? [.. Enum.GetValues<FaultKind>().Where(kind => kind != FaultKind.None)];
        foreach (var kind in asked)
        {
            var reason = await MachineAbilities.FindReasonAgainstAsync(
                kind, options.Size, network, cancellationToken);
            if (reason is null)
            {
                chosen.Add(kind);
            }
            else if (options.Kinds is null)
            {
                notDone.Add($"NOT DONE {kind.Word()}: {reason}");
            }
            else
            {
                throw new VerbFailedException(ExitCodes.Refused, $"--faults {kind.Word()}: {reason}");
            }
        }

        return new(chosen, notDone);
    }

    /// <summary>A line each.</summary>
    public IEnumerable<string> Describe() =>
        [.. NotDone, $"faults: {string.Join(", ", Kinds.Select(kind => kind.Word()))}"];
}
