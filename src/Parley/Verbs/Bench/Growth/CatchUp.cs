using System.Diagnostics;
using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Protocol.Chat.V1;
using Parley.Verbs.Bench.Abuse;

namespace Parley.Verbs.Bench.Growth;

/// <summary>A node loses its disk, and an empty one takes its place while accounts go on sending: the steps of
/// <c>parley cluster replace</c>.</summary>
internal sealed class CatchUp(LocalCluster cluster, ParleySession administrator, PacedSends sends)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan StepPause = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);

    /// <summary>Measures the sends alone, then beside it.</summary>
    /// <param name="lost">A follower.</param>
    /// <param name="alone">How long the sends are measured alone.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<CatchUpTimes> RunAsync(int lost, TimeSpan alone, CancellationToken cancellationToken)
    {
        await sends.RunAsync(Settling, cancellationToken);
        var before = await sends.RunAsync(alone, cancellationToken);
        await cluster.KillAsync(lost);
        Directory.Delete(cluster.DataDirectoryOf(lost), recursive: true);
        await sends.RunAsync(Settling, cancellationToken); // Those that were with it are elsewhere then.

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = sends.RunAsync(() => enough.IsCancellationRequested, cancellationToken);
        var begin = Stopwatch.GetTimestamp();
        cluster.Start(lost);
        var watching = MemoryPeaks.WatchAsync(cluster, enough.Token);
        TimeSpan taken, done;
        try
        {
            await cluster.Node(lost).Listening.WaitAsync(Patience, cancellationToken);
            await StepAsync(lost, MemberStep.Replace, cancellationToken);
            taken = Stopwatch.GetElapsedTime(begin);
            await StepAsync(lost, MemberStep.Promote, cancellationToken);
            await UntilCaughtUpAsync(lost, cancellationToken);
            done = Stopwatch.GetElapsedTime(begin);
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(sending, watching);
        }

        return new() { Taken = taken, Done = done, Alone = before, Beside = await sending, PeakMb = await watching };
    }

    private async Task StepAsync(int id, MemberStep step, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        using var pace = new PeriodicTimer(StepPause);
        while (true)
        {
            var answer = await administrator.ChangeMemberAsync(id, step, "", cancellationToken);
            if (answer.IsDone)
            {
                return;
            }

            if (!answer.IsForLater || Stopwatch.GetElapsedTime(begin) > Patience)
            {
                throw new VerbFailedException(ExitCodes.Refused, $"node {id} is not taken in: {answer.Reason}");
            }

            await pace.WaitForNextTickAsync(cancellationToken);
        }
    }

    /// <summary>It says that it votes, and has all that the leader had committed a moment before.</summary>
    private Task UntilCaughtUpAsync(int id, CancellationToken cancellationToken) => Until.TrueAsync(
        async token =>
        {
            var leader = await cluster.StatusOfAsync(await cluster.LeaderAsync(token), token);
            return leader is not null
                && leader.Nodes.Any(member => member.Id == id && !member.Learner)
                && await cluster.StatusOfAsync(id, token) is { Role: NodeRole.Follower or NodeRole.Leader } own
                && own.AppliedIndex >= leader.CommitIndex;
        },
        Patience,
        () => $"node {id} did not catch up (its last words: {cluster.Node(id).LastWords()})",
        cancellationToken);
}

/// <summary>How it went. Times count from when the process of the empty node was started.</summary>
internal sealed record CatchUpTimes
{
    /// <summary>It is a learner.</summary>
    public required TimeSpan Taken { get; init; }

    /// <summary>It is a voter and has everything.</summary>
    public required TimeSpan Done { get; init; }

    public required LatencyHistogram Alone { get; init; }

    public required LatencyHistogram Beside { get; init; }

    /// <summary>The most resident memory of each node meanwhile, by id.</summary>
    public required IReadOnlyDictionary<int, double> PeakMb { get; init; }
}
