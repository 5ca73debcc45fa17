using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Server.Consensus;

namespace Parley.Server.Api;

/// <summary>Proposes a command for a handler that has nothing else to do meanwhile.</summary>
internal static class Commands
{
    /// <summary>The outcome, which is not a refusal.</summary>
    /// <exception cref="RefusedException">Apply refused.</exception>
    /// <exception cref="NotDoneException">See its reason.</exception>
    public static async Task<AppliedCommand> ProposeOrRefuseAsync(
        this Proposer proposer, LoggedCommand command, CancellationToken cancellationToken)
    {
        var applied = await proposer.ProposeAsync(command, cancellationToken);
        return applied.Outcome is Outcome.Rejected rejected
            ? throw new RefusedException(Reasons.Of(rejected.Reason))
            : applied;
    }

    /// <summary>The outcome as what this command alone can have as one.</summary>
    public static T Expect<T>(this AppliedCommand applied)
        where T : Outcome
    {
        Invariant.Holds(applied.Outcome is T);
        return (T)applied.Outcome;
    }
}
