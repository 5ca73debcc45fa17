using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>SIGTERM at an answer and a new start, one victim after the other, each once the one before serves again: as
/// an operator restarts a cluster. Never more than one is away.</summary>
internal sealed class RestartFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    private static readonly TimeSpan EndMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ServingMax = TimeSpan.FromSeconds(30);

    public string Describe(FaultPlan plan) => "restarted gracefully, in turn";

    /// <exception cref="FaultFailedException">A node did not end, or not with exit code 0.</exception>
    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            await answers.AtAnswerAsync(
                plan.AtAnswer, () => cluster.Node(id).Send(ProcessSignals.Terminate), cancellationToken);
            await EndedAsync(id, cancellationToken);
            cluster.Start(id);
            await cluster.WaitUntilServingAsync([id], ServingMax, cancellationToken);
        }
    }

    /// <summary>Nothing is left to be done.</summary>
    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task EndedAsync(int id, CancellationToken cancellationToken)
    {
        try
        {
            var code = await cluster.Node(id).WaitForExitAsync(cancellationToken).WaitAsync(EndMax, cancellationToken);
            if (code != ExitCodes.Ok)
            {
                throw new FaultFailedException(
                    $"node {id} ended with {code} on SIGTERM, {ExitCodes.Ok} was expected");
            }
        }
        catch (TimeoutException exception)
        {
            throw new FaultFailedException(
                $"node {id} did not end within {EndMax.TotalSeconds} s of SIGTERM", exception);
        }
    }
}
