using Parley.Client;

namespace Parley.Verbs.Chat;

/// <summary>The lines under way: each gets a last word, and when no server is left the chat ends.</summary>
internal sealed class SentLines(ChatScreen screen, bool keepsOutbox)
{
    private readonly Underway underway = new();
    private readonly TaskCompletionSource<int> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int lastWordsSaid;

    /// <summary>Completes with the exit code when no server answered for the give-up time.</summary>
    public Task<int> NobodyLeft => ended.Task;

    /// <summary>Waits for the answer beside what is typed.</summary>
    public void Watch(Task send, string text) => underway.Add(WatchAsync(send, text));

    /// <summary>Waits until all lines have an answer, but not longer than this. Returns how many have none.</summary>
    public async Task<int> SettleAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var open = underway.Open();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            await Task.WhenAll(open).WaitAsync(patience.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            return open.Count(task => !task.IsCompleted);
        }
    }

    /// <summary>The chat cannot go on: says so once, and returns the exit code.</summary>
    public int EndWith(ParleyException nobody)
    {
        var code = ClientExitCodes.Of(nobody);
        if (Interlocked.Exchange(ref lastWordsSaid, 1) == 0)
        {
            screen.Note($"no server is left: {nobody.Message}");
            screen.Note("what was answered is safe; come back when the servers are back");
            ended.TrySetResult(code);
        }

        return code;
    }

    private async Task WatchAsync(Task send, string text)
    {
        try
        {
            await send;
        }
        catch (OutcomeUnknownException unknown)
        {
            screen.Line(keepsOutbox
                ? $"not answered: \"{text}\": it is kept, and settled when you come back"
                : $"not answered: \"{text}\": it may be stored or not; /history tells when the servers are back");
            EndWith(unknown);
        }
        catch (NoMajorityException nobody)
        {
            screen.Line($"not sent: \"{text}\": no server took it");
            EndWith(nobody);
        }
        catch (ConflictException closed) when (closed.Reason is "CLOSED")
        {
            screen.Line($"not sent: \"{text}\": the chat ended before a server took it");
        }
        catch (ParleyException refused)
        {
            screen.Line($"not sent: \"{text}\": {refused.Message}");
        }
    }
}
