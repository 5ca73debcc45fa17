namespace Parley.Client.Receiving;

/// <summary>Collects what was read: the first mark is sent at once, what comes within a pause behind it goes together,
/// so that reading fast costs the cluster no entry a message. Any thread.</summary>
/// <param name="call">Sends some; the cluster takes all of a call, or nothing.</param>
/// <param name="pause">Between an end and the next beginning.</param>
/// <param name="time">Counts the pause.</param>
internal sealed class ReadMarker(
    Func<(string Conversation, long Sequence)[], CancellationToken, Task> call,
    TimeSpan pause,
    TimeProvider time) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private CancellationTokenSource hurry = new();
    private int flushes;
    private Dictionary<string, long> marks = new(StringComparer.Ordinal);
    private Task running = Task.CompletedTask;

    /// <summary>Everything up to the sequence was read; does not wait. What is refused, or cannot be sent, is dropped:
    /// the next mark of the conversation covers it.</summary>
    public void Mark(string conversation, long sequence)
    {
        lock (gate)
        {
            marks[conversation] = Math.Max(sequence, marks.GetValueOrDefault(conversation));
            if (running.IsCompleted && !stop.IsCancellationRequested)
            {
                running = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Sends what waits without a pause; done when nothing is left.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task open;
        lock (gate)
        {
            open = running;
            flushes++;
        }

        try
        {
            await hurry.CancelAsync();
            await open.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (gate)
            {
                if (--flushes == 0)
                {
                    hurry = new CancellationTokenSource();
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task open;
        lock (gate)
        {
            open = running;
        }

        await stop.CancelAsync();
        await open;
        stop.Dispose();
        hurry.Dispose();
    }

    private async Task RunAsync()
    {
        while (Take() is { Count: > 0 } taken)
        {
            foreach (var chunk in taken.Select(each => (each.Key, each.Value)).Chunk(Limits.AcknowledgementsMax))
            {
                await SendAsync(chunk);
            }

            await PauseAsync();
        }
    }

    /// <summary>Nothing left: whoever comes next begins anew.</summary>
    private Dictionary<string, long> Take()
    {
        lock (gate)
        {
            var taken = marks;
            marks = new Dictionary<string, long>(StringComparer.Ordinal);
            running = taken.Count == 0 ? Task.CompletedTask : running;
            return taken;
        }
    }

    /// <summary>One that is refused (its room was closed) takes none with it: the halves are sent alone.</summary>
    private async Task SendAsync((string Conversation, long Sequence)[] sent)
    {
        try
        {
            await call(sent, stop.Token);
        }
        catch (ParleyException refusal) when (sent.Length > 1 && IsOfOneMark(refusal))
        {
            await SendAsync(sent[..(sent.Length / 2)]);
            await SendAsync(sent[(sent.Length / 2)..]);
        }
        catch (Exception failure) when (failure is ParleyException or OperationCanceledException)
        {
            // Nobody waits for it: the next mark covers it.
        }
    }

    private static bool IsOfOneMark(ParleyException refusal) =>
        refusal is NotFoundException || refusal.Reason is "NOT_DELIVERED" or "ARGUMENT_INVALID";

    private async Task PauseAsync()
    {
        CancellationToken hurried;
        lock (gate)
        {
            hurried = hurry.Token;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(hurried, stop.Token);
        try
        {
            await Task.Delay(pause, time, either.Token);
        }
        catch (OperationCanceledException)
        {
            // What is left goes now.
        }
    }
}
