using Parley.Protocol.Chat.V1;

namespace Parley.Client.Receiving;

/// <summary>Sends marks to the cluster: one call at a time, what comes meanwhile goes together in the next.</summary>
/// <param name="call">Sends some.</param>
/// <param name="confirmed">Told of each that the cluster has.</param>
internal sealed class Acknowledger(
    Func<AcknowledgeMessagesRequest, CancellationToken, Task> call, Action<string, long> confirmed) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private Dictionary<string, long> marks = new(StringComparer.Ordinal);
    private TaskCompletionSource next = NewCompletion();
    private Task? running;

    /// <summary>Done when the cluster has this mark.</summary>
    public Task AcknowledgeAsync(string conversation, long sequence)
    {
        lock (gate)
        {
            if (!marks.TryGetValue(conversation, out var before) || before < sequence)
            {
                marks[conversation] = sequence;
            }

            var done = next.Task;
            if (running is null or { IsCompleted: true })
            {
                running = Task.Run(RunAsync);
            }

            return done;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Task? last;
        lock (gate)
        {
            last = running;
        }

        if (last is not null)
        {
            await last;
        }

        stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (true)
        {
            Dictionary<string, long> taken;
            TaskCompletionSource done;
            lock (gate)
            {
                if (marks.Count == 0)
                {
                    running = null;
                    return;
                }

                taken = marks;
                done = next;
                marks = new Dictionary<string, long>(StringComparer.Ordinal);
                next = NewCompletion();
            }

            await SendAsync(taken, done);
        }
    }

    private async Task SendAsync(Dictionary<string, long> taken, TaskCompletionSource done)
    {
        try
        {
            foreach (var chunk in taken.Chunk(Limits.AcknowledgementsMax))
            {
                var request = new AcknowledgeMessagesRequest();
                request.Acknowledgements.AddRange(chunk.Select(mark =>
                    new Acknowledgement { Conversation = mark.Key, Sequence = mark.Value }));
                await call(request, stop.Token);
                foreach (var (conversation, sequence) in chunk)
                {
                    confirmed(conversation, sequence);
                }
            }

            done.SetResult();
        }
        catch (Exception exception)
        {
            // Whoever waits is told; who does not gets the messages again.
            done.SetException(exception);
            _ = done.Task.Exception;
        }
    }

    private static TaskCompletionSource NewCompletion() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
