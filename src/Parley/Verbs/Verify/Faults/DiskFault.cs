using Parley.CommandLine;
using Parley.Local;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify.Faults;

/// <summary>Calls to the disk fail: a node that is told so must leave at once, with its own exit code and a sentence,
/// and must not try again. What the page cache holds then is unknown.</summary>
internal sealed class DiskFault(LocalCluster cluster, DiskTrouble trouble, AnswerBook answers) : IFault
{
    private static readonly TimeSpan LeaveMax = TimeSpan.FromSeconds(5);

    public string Describe(FaultPlan plan) => trouble.Words;

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
            node.ProcessId, trouble.Calls, $"error={trouble.Error}", cancellationToken);
        int code;
        try
        {
            code = await node.WaitForExitAsync(cancellationToken).WaitAsync(LeaveMax, cancellationToken);
        }
        catch (TimeoutException) when (cluster.RunningIds.Count < cluster.Majority)
        {
            // The others ended first: without a majority there was nothing for it to write, so nothing failed.
            await cluster.KillAsync(id);
            return;
        }
        catch (TimeoutException exception)
        {
            throw new FaultFailedException(
                $"node {id} did not end within {LeaveMax.TotalSeconds} s of {trouble.Words}", exception);
        }

        if (code != ExitCodes.StorageFailed)
        {
            throw new FaultFailedException(
                $"node {id} ended with {code} on {trouble.Words}, {ExitCodes.StorageFailed} was expected");
        }

        if (!node.LastWords().Contains("failed: ", StringComparison.Ordinal))
        {
            throw new FaultFailedException(
                $"node {id} ended on {trouble.Words} without a word of it; its last words: {node.LastWords()}");
        }
    }
}

/// <summary>How a disk fails.</summary>
/// <param name="Calls">The system calls that fail.</param>
/// <param name="Error">With what, as errno(3) names it.</param>
/// <param name="Words">For people.</param>
internal sealed record DiskTrouble(string Calls, string Error, string Words)
{
    public static DiskTrouble Broken { get; } = new("fsync,fdatasync", "EIO", "failing syncs (EIO)");

    /// <summary>A file system that allocates late says so at the sync.</summary>
    public static DiskTrouble Full { get; } = new(
        "pwrite64,fallocate,fsync,fdatasync", "ENOSPC", "a full disk (ENOSPC)");
}
