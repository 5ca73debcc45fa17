using Parley.Client.Walking;

namespace Parley.Client.Sending;

/// <summary>
/// All sends of one client number: gives out counters in the order of the calls, keeps up to 256 unanswered on one
/// stream to one node, and repeats the unanswered in order at the next node when the stream breaks. One loop owns
/// stream and outbox; what callers and the stream's reader touch is under the lock.
/// </summary>
internal sealed partial class SendPipeline : IAsyncDisposable
{
    private const int BatchMax = 64;

    private readonly NodeWalker walker;
    private readonly ParleyClientOptions options;
    private readonly SendingSession session;
    private readonly IOutbox outbox;
    private readonly CancellationTokenSource stop = new();
    private readonly Signal work = new();
    private readonly Lock gate = new();

    /// <summary>Every send without an outcome, in the order of counters.</summary>
    private readonly LinkedList<Send> pending = new();

    /// <summary>Settled since the loop last told the outbox.</summary>
    private readonly List<ulong> settled = [];

    private readonly Walk walk;
    private ulong client;
    private ulong lastCounter;
    private ParleyException? fatal;
    private Task? loop;

    /// <param name="walker">Finds nodes.</param>
    /// <param name="options">Time-outs.</param>
    /// <param name="session">Calls in the session's name.</param>
    /// <param name="start">The client number, its last counter, and what an earlier process left unanswered.</param>
    /// <param name="outbox">Where sends stand until they are answered.</param>
    public SendPipeline(
        NodeWalker walker, ParleyClientOptions options, SendingSession session, OutboxStart start, IOutbox outbox)
    {
        this.walker = walker;
        this.options = options;
        this.session = session;
        this.outbox = outbox;
        walk = walker.NewWalk();
        client = start.Client;
        lastCounter = start.LastCounter;
        foreach (var send in start.Left)
        {
            pending.AddLast(send);
        }

        cursor = pending.First;
        if (pending.Count > 0)
        {
            StartLoop();
        }
    }

    /// <summary>Whether a send's outcome is not known: the client must be remembered.</summary>
    public bool HasUnanswered
    {
        get
        {
            lock (gate)
            {
                return pending.Count > 0;
            }
        }
    }

    /// <summary>Puts a message behind all earlier ones.</summary>
    /// <param name="recipient">An account's name.</param>
    /// <param name="text">The message.</param>
    /// <returns>Its way; already failed when the protocol's constants refuse it, and then its id goes to the next.
    /// </returns>
    public Send Start(string recipient, string text)
    {
        var refusal = SendRules.FindRefusal(recipient, text);
        var nonce = SendRules.NewNonce();
        Send send;
        lock (gate)
        {
            send = new Send(new MessageId(client, lastCounter + 1), recipient, text, nonce);
            if (refusal is null && fatal is null)
            {
                lastCounter++;
                var node = pending.AddLast(send);
                cursor ??= node;
                StartLoop();
            }
        }

        if ((refusal ?? fatal) is { } failure)
        {
            send.Failed(failure);
        }
        else
        {
            work.Set();
        }

        return send;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Task? running;
        lock (gate)
        {
            fatal ??= SessionClosed();
            running = loop;
        }

        if (running is not null)
        {
            await running;
        }

        TellOutbox();
        stop.Dispose();
    }

    private void StartLoop() => loop ??= Task.Run(RunAsync);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (!HasUnanswered)
                {
                    await IdleAsync();
                }

                var node = walker.Current;
                await FollowAsync(node, await RunStreamAsync(node));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            EndAll(SessionClosed());
        }
        catch (ParleyException exception)
        {
            EndAll(exception);
        }
        catch (Exception exception)
        {
            // The loop's boundary: nobody may wait for ever because of what is not foreseen here.
            EndAll(new RefusedException("CLIENT_FAILED", $"{exception.GetType().Name}: {exception.Message}"));
        }
    }

    private async Task IdleAsync()
    {
        var since = options.TimeProvider.GetTimestamp();
        while (!HasUnanswered)
        {
            await work.WaitAsync(stop.Token);
        }

        if (options.TimeProvider.GetElapsedTime(since) >= options.GiveUpAfter)
        {
            lock (gate)
            {
                // What went wrong so long ago says nothing about now.
                walk.Succeeded();
            }
        }
    }

    /// <summary>What follows the end of a stream: another node, another client number, or the end.</summary>
    private async Task FollowAsync(Node node, StreamEnd end)
    {
        if (end.NewClient)
        {
            await MoveToNewClientAsync(end.Refusal);
            return;
        }

        if (end.Refusal.Verdict == Verdict.Final)
        {
            throw end.Refusal.ToException();
        }

        if (!HasUnanswered)
        {
            walker.Failed(node, gone: !end.Refusal.NodeAnswered);
            return;
        }

        TimeSpan pause;
        bool givenUp;
        walker.Failed(node, gone: !end.Refusal.NodeAnswered);
        lock (gate)
        {
            var distrust = NodeWalker.DistrustOf(node, end.Refusal);
            pause = walk.Failed(
                walker.Nodes.Current.Count, answered: !end.Refusal.NeverSent && distrust is null, distrust);
            givenUp = walk.IsGivenUp;
        }

        if (givenUp && pause > TimeSpan.Zero)
        {
            GiveUp();
        }

        RecordWaiting();
        await walker.PauseAsync(walk, pause, stop.Token);
    }

    private static ConflictException SessionClosed() => new("CLOSED", "the session was closed");

    private void TellOutbox()
    {
        ulong[] counters;
        lock (gate)
        {
            counters = [.. settled];
            settled.Clear();
        }

        foreach (var counter in counters)
        {
            outbox.Settle(counter);
        }
    }
}
