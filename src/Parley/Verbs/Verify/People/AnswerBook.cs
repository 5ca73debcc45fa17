using Parley.Verbs.Verify.Traces;

namespace Parley.Verbs.Verify.People;

/// <summary>When each client had its answers: for gaps, and to strike right after one. Thread-safe.</summary>
internal sealed class AnswerBook
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(5);
    private readonly Lock noting = new();
    private readonly Dictionary<string, List<long>> times = new(StringComparer.Ordinal);
    private long count;
    private (long Count, Action Deed)? waiting;

    public long Count => Interlocked.Read(ref count);

    /// <summary>A client has an answer, now.</summary>
    public void Note(string client)
    {
        Action? deed = null;
        lock (noting)
        {
            if (!times.TryGetValue(client, out var mine))
            {
                times[client] = mine = [];
            }

            mine.Add(TimeProvider.System.GetTimestamp());
            count++;
            if (waiting is { } next && count >= next.Count)
            {
                deed = next.Deed;
                waiting = null;
            }
        }

        deed?.Invoke();
    }

    /// <summary>Does it on the thread that notes the n-th answer from now; returns when it is done. When no answer
    /// comes it is done after 5 seconds all the same.</summary>
    public async Task AtAnswerAsync(int more, Action deed, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (noting)
        {
            waiting = (count + more, Do);
        }

        try
        {
            await done.Task.WaitAsync(AnswerMax, cancellationToken);
        }
        catch (TimeoutException)
        {
            Action? left;
            lock (noting)
            {
                left = waiting?.Deed;
                waiting = null;
            }

            left?.Invoke();
            await done.Task.WaitAsync(cancellationToken);
        }

        void Do()
        {
            try
            {
                deed();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }
    }

    /// <summary>The longest time that any client was without an answer, of those that touch this span of time.
    /// </summary>
    public AnswerGap LongestGap(long from, long to)
    {
        var longest = new AnswerGap("nobody", from, from);
        lock (noting)
        {
            foreach (var (client, mine) in times)
            {
                var first = Math.Max(1, mine.FindLastIndex(time => time <= from) + 1);
                for (var at = first; at < mine.Count && mine[at - 1] < to; at++)
                {
                    longest = mine[at] - mine[at - 1] > longest.To - longest.From
                        ? new(client, mine[at - 1], mine[at])
                        : longest;
                }
            }
        }

        return longest;
    }
}
