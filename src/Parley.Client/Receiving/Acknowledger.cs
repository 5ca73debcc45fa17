using Parley.Protocol.Chat.V1;

namespace Parley.Client.Receiving;

/// <summary>Sends marks to the cluster: one call at a time, what comes meanwhile goes together in the next.</summary>
/// <param name="call">Sends some; the cluster takes all of a call, or nothing.</param>
/// <param name="confirmed">Told of each that the cluster has.</param>
internal sealed class Acknowledger(
    Func<AcknowledgeMessagesRequest, CancellationToken, Task> call, Action<string, long> confirmed) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource stop = new();
    private Dictionary<string, Mark> marks = new(StringComparer.Ordinal);
    private Task? running;

    /// <summary>Done when the cluster has this mark; fails for what is wrong with this conversation's, or when no call
    /// goes through.</summary>
    public Task AcknowledgeAsync(string conversation, long sequence)
    {
        lock (gate)
        {
            if (!marks.TryGetValue(conversation, out var mark))
            {
                marks.Add(conversation, mark = new Mark(conversation));
            }

            mark.Sequence = Math.Max(mark.Sequence, sequence);
            if (running is null or { IsCompleted: true })
            {
                running = Task.Run(RunAsync);
            }

            return mark.Done.Task;
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

    /// <summary>What one mark can be refused for; anything else is said of the session, or of now.</summary>
    private static bool MayBeOfOne(ParleyException refusal) =>
        refusal is NotFoundException or RefusedException { Reason: "BEYOND_HEAD" or "ARGUMENT_INVALID" };

    private async Task RunAsync()
    {
        while (true)
        {
            Mark[] taken;
            lock (gate)
            {
                if (marks.Count == 0)
                {
                    running = null;
                    return;
                }

                taken = [.. marks.Values];
                marks = new Dictionary<string, Mark>(StringComparer.Ordinal);
            }

            try
            {
                foreach (var chunk in taken.Chunk(Limits.AcknowledgementsMax))
                {
                    await SendAsync(chunk);
                }
            }
            catch (Exception exception)
            {
                // Not one mark's own failure: the rest would meet it, too, and is not sent.
                foreach (var mark in taken)
                {
                    mark.Fail(exception);
                }
            }
        }
    }

    /// <summary>Ends every mark, or throws what is none's own. A mark that is refused (its room was closed, and what it
    /// held is gone) takes none with it: the call is halved until it is alone.</summary>
    private async Task SendAsync(ArraySegment<Mark> sent)
    {
        var request = new AcknowledgeMessagesRequest();
        request.Acknowledgements.AddRange(sent.Select(mark =>
            new Acknowledgement { Conversation = mark.Conversation, Sequence = mark.Sequence }));
        try
        {
            await call(request, stop.Token);
        }
        catch (ParleyException refusal) when (MayBeOfOne(refusal))
        {
            if (sent.Count == 1)
            {
                sent[0].Fail(refusal);
                return;
            }

            await SendAsync(sent[..(sent.Count / 2)]);
            await SendAsync(sent[(sent.Count / 2)..]);
            return;
        }

        foreach (var mark in sent)
        {
            confirmed(mark.Conversation, mark.Sequence);
            mark.Done.TrySetResult();
        }
    }

    /// <summary>How far a conversation is to be acknowledged, and who waits for it.</summary>
    private sealed class Mark(string conversation)
    {
        public string Conversation { get; } = conversation;

        public long Sequence { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whoever waits is told, unless it has ended; who does not gets the messages again.</summary>
        public void Fail(Exception exception)
        {
            if (Done.TrySetException(exception))
            {
                _ = Done.Task.Exception;
            }
        }
    }
}
