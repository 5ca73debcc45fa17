using Grpc.Core;

namespace Parley.Client.Walking;

/// <summary>
/// Finds a node that does what is asked: the last good one first, then the next, the same request each time. A session
/// has one, so that sessions can be spread over the nodes. Safe for many threads.
/// </summary>
internal sealed class NodeWalker(
    NodeSet nodes, ParleyClientOptions options, int? startNode, Action<ConnectionEvent> raise)
{
    private readonly Lock gate = new();
    private Node? current;
    private Node? connected;
    private bool outageTold;

    /// <summary>What all sessions of the client share.</summary>
    public NodeSet Nodes => nodes;

    /// <summary>The node to ask next.</summary>
    public Node Current
    {
        get
        {
            lock (gate)
            {
                return current ??= Choose();
            }
        }
    }

    /// <summary>A new request's way.</summary>
    public Walk NewWalk() => new(options, Random.Shared);

    /// <summary>A node did what was asked.</summary>
    public void Worked(Node node)
    {
        if (ReferenceEquals(Volatile.Read(ref connected), node) && !Volatile.Read(ref outageTold))
        {
            return;
        }

        lock (gate)
        {
            connected = node;
            current = node;
            outageTold = false;
        }

        node.HasAnswered = true;
        nodes.LastGood = node;
        raise(new ConnectionEvent.Connected(node.Id, node.Address));
    }

    /// <summary>A node did not: the next is asked from now on, unless somebody else has moved on already.</summary>
    public void Failed(Node node, bool gone)
    {
        var lost = false;
        node.HasAnswered &= !gone;
        lock (gate)
        {
            if (ReferenceEquals(connected, node) && gone)
            {
                connected = null;
                lost = true;
            }

            if (ReferenceEquals(current, node) || current is null)
            {
                current = Next(node);
            }
        }

        if (lost)
        {
            raise(new ConnectionEvent.NodeGone(node.Id, node.Address));
        }
    }

    /// <summary>Asks until a node answers for good.</summary>
    /// <param name="attempt">One attempt at one node within a deadline; throws <see cref="RpcException"/>.</param>
    /// <param name="what">For the last word, as "creating the account".</param>
    /// <param name="changes">Whether it changes anything: then nobody knows what became of it when no answer comes.
    /// </param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <param name="repeat">Whether it is repeated when a node may have taken it, and what a refusal says then.</param>
    public async Task<T> CallAsync<T>(
        Func<Node, TimeSpan, CancellationToken, Task<T>> attempt,
        string what,
        bool changes,
        CancellationToken cancellationToken,
        Repeat repeat = Repeat.JudgedAnew)
    {
        var walk = NewWalk();
        var mayHaveArrived = false;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var node = Current;
            walk.Begin();
            RpcException failure;
            try
            {
                var answer = await attempt(node, walk.Deadline, cancellationToken);
                Worked(node);
                return answer;
            }
            catch (RpcException exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                failure = exception;
            }

            var refusal = Refusal.Of(failure);
            mayHaveArrived |= changes && refusal.MayHaveArrived && node.Distrust is null;
            if (refusal.Verdict is Verdict.Wait)
            {
                ThrowIfGivenUp(walk, what, mayHaveArrived, refusal, failure);
                await Task.Delay(AtLeastAMoment(refusal.RetryAfter), options.TimeProvider, cancellationToken);
                continue;
            }

            if (refusal.Verdict is not Verdict.Elsewhere)
            {
                throw mayHaveArrived && repeat == Repeat.Remembered && refusal.EndsSession
                    ? new OutcomeUnknownException(
                        OutcomeUnknownException.OutcomeUnknown,
                        $"{what}: no answer at first, and then: {refusal.Message}; it may be done or not",
                        failure)
                    : refusal.ToException();
            }

            if (mayHaveArrived && repeat == Repeat.JudgedAnew)
            {
                WalkOn(walk, node, refusal);
                throw new OutcomeUnknownException(
                    OutcomeUnknownException.OutcomeUnknown,
                    $"{what}: {node.Address} did not answer; it may be done or not, look before you repeat it",
                    failure);
            }

            var pause = WalkOn(walk, node, refusal);
            if (pause > TimeSpan.Zero)
            {
                ThrowIfGivenUp(walk, what, mayHaveArrived, refusal, failure);
            }

            await PauseAsync(walk, pause, cancellationToken);
        }
    }

    /// <summary>Moves on after a refusal that another node may not share.</summary>
    public TimeSpan WalkOn(Walk walk, Node node, Refusal refusal)
    {
        Failed(node, gone: !refusal.NodeAnswered);
        var distrust = DistrustOf(node, refusal);
        return walk.Failed(nodes.Current.Count, answered: !refusal.NeverSent && distrust is null, distrust);
    }

    /// <summary>Waits between two rounds, and tells once in an outage how many nodes are there.</summary>
    public async Task PauseAsync(Walk walk, TimeSpan pause, CancellationToken cancellationToken)
    {
        if (pause <= TimeSpan.Zero)
        {
            return;
        }

        if (walk.Rounds == 1 && !Volatile.Read(ref outageTold))
        {
            await TellOutageAsync(cancellationToken);
        }

        await Task.Delay(pause, options.TimeProvider, cancellationToken);
    }

    /// <summary>The failure when the give-up time is over.</summary>
    public ParleyException LastWord(Walk walk, string what, bool mayHaveArrived, Exception? cause) => mayHaveArrived
        ? new OutcomeUnknownException(
            OutcomeUnknownException.OutcomeUnknown,
            $"{what}: no answer within {options.GiveUpAfter.TotalSeconds:0.#} s; it may be done or not{Hint(cause)}",
            cause)
        : walk.Distrust is { } distrust
        ? new RefusedException("NODE_NOT_TRUSTED", $"{what}: {distrust}; nothing was done")
        : new NoMajorityException(
            $"{what}: none of {nodes.Current.Count} nodes took it within {options.GiveUpAfter.TotalSeconds:0.#} s; " +
            $"nothing was done{Hint(cause)}",
            cause);

    /// <summary>The sentence for <see cref="Walk.Failed"/>; null when the node's certificate was not what failed.
    /// </summary>
    public static string? DistrustOf(Node node, Refusal refusal) => node.Distrust ??
        (refusal.Distrust is { } text ? $"{node.Address} does not speak TLS as a node does ({text})" : null);

    /// <summary>A wait as a node told it; never none, or a wrong answer would become a busy loop.</summary>
    public static TimeSpan AtLeastAMoment(TimeSpan told) =>
        told < TimeSpan.FromMilliseconds(5) ? TimeSpan.FromMilliseconds(5) : told;

    private void ThrowIfGivenUp(Walk walk, string what, bool mayHaveArrived, Refusal refusal, RpcException failure)
    {
        if (walk.IsGivenUp)
        {
            // Too many at once is not too few nodes.
            throw failure.StatusCode == StatusCode.ResourceExhausted && !mayHaveArrived
                ? refusal.ToException()
                : LastWord(walk, what, mayHaveArrived, failure);
        }
    }

    /// <summary>Asks a node that works for the members and how they are.</summary>
    public async Task LearnAsync(Node node, CancellationToken cancellationToken)
    {
        if (await NodeProbe.FindReportAsync(node, options.AttemptDeadline, cancellationToken) is not { } report)
        {
            return;
        }

        nodes.CheckCluster(report.ClusterId, node);
        nodes.Learn(node, report);
        if (report.FaultsTolerated < 0 && report.ReachableVoters * 2 <= report.Voters)
        {
            TellOutage(report.ReachableVoters, report.Voters);
        }
        else if (Volatile.Read(ref outageTold) && report.Leader > 0)
        {
            Worked(node);
        }
    }

    /// <summary>Whether a node other than this one knows a leader that has a majority.</summary>
    public async Task<bool> IsServedByOthersAsync(Node node, CancellationToken cancellationToken)
    {
        var others = nodes.Current.Where(other => !ReferenceEquals(other, node));
        var reports = await Task.WhenAll(others.Select(
            other => NodeProbe.FindReportAsync(other, Limits.ProbeDeadline, cancellationToken)));
        return reports.Any(report => report is { IsServing: true });
    }

    /// <summary>Asks every node how many voters it reaches, and raises the event when that is no majority.</summary>
    private async Task TellOutageAsync(CancellationToken cancellationToken)
    {
        var asked = nodes.Current.Select(node => NodeProbe.FindReportAsync(
            node, options.AttemptDeadline / 2, cancellationToken));
        var reports = await Task.WhenAll(asked);
        var best = reports.OfType<NodeReport>().MaxBy(report => report.ReachableVoters);
        var voters = best?.Voters ?? nodes.Current.Count;
        var reachable = best?.ReachableVoters ?? 0;
        if (reachable * 2 <= voters)
        {
            TellOutage(reachable, voters);
        }
    }

    private void TellOutage(int reachable, int voters)
    {
        lock (gate)
        {
            if (outageTold)
            {
                return;
            }

            outageTold = true;
        }

        raise(new ConnectionEvent.NoMajority(reachable, voters));
    }

    /// <summary>TLS answers a plaintext client with something that it cannot read.</summary>
    private string Hint(Exception? failure)
    {
        var cause = (failure as RpcException)?.Status.DebugException ?? failure;
        while (cause is not null and not HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse })
        {
            cause = cause.InnerException;
        }

        return cause is null || nodes.CaFingerprint is not null ? ""
            : "; somebody answered, but not in plaintext: a cluster with certificates is reached by its link "
                + "('parley cluster link')";
    }

    private Node Choose()
    {
        var known = nodes.Current;
        return startNode is { } start ? known[start % known.Count] : nodes.LastGood ?? known[0];
    }

    private Node Next(Node after)
    {
        var known = nodes.Current;
        for (var place = 0; place < known.Count; place++)
        {
            if (ReferenceEquals(known[place], after))
            {
                return known[(place + 1) % known.Count];
            }
        }

        return known[0];
    }
}
