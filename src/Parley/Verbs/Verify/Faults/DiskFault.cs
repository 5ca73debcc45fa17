using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Every sync fails with EIO: a node that is told so must leave at once, with its own exit code, and must not
/// try again. What the page cache holds then is unknown.</summary>
internal sealed class DiskFault(LocalCluster cluster, AnswerBook answers) : IFault
{
    private static readonly TimeSpan LeaveMax = TimeSpan.FromSeconds(5);

    public string Describe(FaultPlan plan) => "syncs fail (EIO)";

    public async Task InflictAsync(FaultPlan plan, IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        await answers.AtAnswerAsync(plan.AtAnswer, () => { }, cancellationToken);
        await Task.WhenAll(victims.Select(id => SpoilAsync(id, cancellationToken)));
    }

    public Task HealAsync(IReadOnlyList<int> victims, CancellationToken cancellationToken)
    {
        foreach (var id in victims)
        {
            cluster.Start(id);
        }

        return Task.CompletedTask;
    }

    private async Task SpoilAsync(int id, CancellationToken cancellationToken)
    {
        var node = cluster.Node(id);
        await using var strace = await StraceFault.AttachAsync(
            node.ProcessId, "inject=fsync,fdatasync:error=EIO", cancellationToken);
        int code;
        try
        {
            code = await node.WaitForExitAsync(cancellationToken).WaitAsync(LeaveMax, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new FaultFailedException(
                $"node {id} did not end within {LeaveMax.TotalSeconds} s of failing syncs", exception);
        }

        if (code != ExitCodes.StorageFailed)
        {
            throw new FaultFailedException(
                $"node {id} ended with {code} when its syncs failed, {ExitCodes.StorageFailed} was expected");
        }
    }
}
