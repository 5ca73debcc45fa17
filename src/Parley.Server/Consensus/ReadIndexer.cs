using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// Asks for a point in the log and waits for the own state to reach it. What waits while one question is under way is
/// asked together by the next one.
/// </summary>
internal sealed class ReadIndexer(StateAccess state, TimeProvider time)
{
    private static readonly TimeSpan ConfirmMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ApplyMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(20);

    private readonly Lock gate = new();
    private volatile string? cutOff;
    private Action<long>? ask;
    private Round? asked;
    private Round? next;
    private long lastNumber;

    /// <summary>Returns once this node's state holds everything that was committed when the call began.</summary>
    /// <exception cref="NotDoneException">No majority confirmed it in time.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var index = await ReadIndexAsync(cancellationToken);
        if (!await state.WaitForAppliedAsync(index, ApplyMax, cancellationToken))
        {
            throw new NotDoneException(
                NotDoneReason.NodeBehind, "this node has not caught up with the cluster; ask another");
        }
    }

    /// <summary>Consensus runs: questions go to <paramref name="question"/>, answers come to <see cref="Answered"/>.
    /// </summary>
    internal void Attach(Action<long> question)
    {
        lock (gate)
        {
            ask = question;
        }
    }

    /// <summary>Why no leader will confirm anything that is asked here; null: one may. From the loop.</summary>
    internal void CutOff(CutOff? now)
    {
        if (now is null)
        {
            cutOff = null;
        }
        else
        {
            cutOff ??= CutOffText.Of(now.Value);
        }
    }

    /// <summary>On the loop's thread.</summary>
    internal void Answered(ReadOutcome outcome)
    {
        Round? answered;
        Round? toAsk;
        lock (gate)
        {
            if (asked is null || asked.Number != outcome.Number)
            {
                return;
            }

            answered = asked;
            toAsk = asked = next;
            next = null;
        }

        answered.TrySetResult(outcome.Index?.Value);
        if (toAsk is not null)
        {
            ask!(toAsk.Number);
        }
    }

    private async Task<long> ReadIndexAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var left = ConfirmMax - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            try
            {
                if (await Join().Task.WaitAsync(left, time, cancellationToken) is { } index)
                {
                    return index;
                }
            }
            catch (TimeoutException)
            {
                break;
            }

            await Task.Delay(RetryPause, time, cancellationToken); // No leader at this moment: one may be elected.
            if (cutOff is { } inVain)
            {
                throw new NotDoneException(NotDoneReason.NoMajority, inVain);
            }
        }

        throw new NotDoneException(NotDoneReason.NoMajority, "no majority of the nodes confirmed the read in time");
    }

    private Round Join()
    {
        Round round;
        lock (gate)
        {
            if (ask is null)
            {
                throw new NotDoneException(NotDoneReason.NotServing, "this node is not part of a cluster yet");
            }

            if (asked is not null)
            {
                return next ??= new Round(++lastNumber);
            }

            round = asked = new Round(++lastNumber);
        }

        ask(round.Number);
        return round;
    }

    /// <summary>One question, shared by all who waited for it.</summary>
    private sealed class Round(long number)
        : TaskCompletionSource<long?>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Number { get; } = number;
    }
}
