using Parley.Client;
using Parley.Client.Sending;
using Parley.Verify;

namespace Parley.Local;

/// <summary>
/// One account's client that writes down everything it does and sees, for the checkers: used by <c>demo --auto</c>,
/// <c>verify</c> and the tests on real processes. Sends may be made from any thread.
/// </summary>
internal sealed partial class RecordedClient : IAsyncDisposable
{
    private readonly HistoryRecorder recorder;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock beginning = new();
    private readonly Lock counting = new();
    private readonly Action<ChatMessage> onReceived;
    private TaskCompletionSource news = NewNews();
    private int receivedCount;
    private readonly TaskCompletionSource caughtUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task receiving = Task.CompletedTask;
    private Task acknowledging = Task.CompletedTask;
    private bool isDisposed;

    private RecordedClient(
        ParleyClient client, ParleySession session, HistoryRecorder recorder, Action<ChatMessage>? onReceived)
    {
        Client = client;
        Session = session;
        this.recorder = recorder;
        this.onReceived = onReceived ?? (_ => { });
    }

    public ParleyClient Client { get; }

    public ParleySession Session { get; }

    public string Account => Session.Account;

    /// <summary>All that was written down so far.</summary>
    public IReadOnlyList<HistoryEvent> Events => recorder.Events;

    /// <summary>How many messages of others came so far.</summary>
    public int ReceivedCount => Volatile.Read(ref receivedCount);

    /// <summary>Called with each answered send, on the thread that got the answer, before its caller knows; must be
    /// quick.</summary>
    public Action<Send> Answered { get; set; } = _ => { };

    /// <summary>The delivery stream ended by itself with this; null: it goes on, or was ended by disposal.</summary>
    public Exception? StreamFailure => receiving.Exception?.GetBaseException();

    /// <summary>Logs in with a client of its own.</summary>
    /// <param name="recorder">Of the account; disposed with the client. How the login ended is in it in any case.
    /// </param>
    /// <param name="password">Of the account.</param>
    /// <param name="options">The nodes and the client's times.</param>
    /// <param name="login">How to log in.</param>
    /// <param name="onReceived">Called for each message of others before it is acknowledged; must be quick.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<RecordedClient> LoginAsync(
        HistoryRecorder recorder,
        string password,
        ParleyClientOptions options,
        LoginOptions login,
        Action<ChatMessage>? onReceived,
        CancellationToken cancellationToken)
    {
        var client = new ParleyClient(options);
        var started = recorder.Begin(HistoryKind.Login, begun => begun with { TakeOver = login.TakeOver });
        try
        {
            var session = await RecordedOutcome.EndAsync(
                recorder,
                started,
                client.LoginAsync(recorder.Account, password, login, cancellationToken),
                (end, _) => end);
            return new(client, session, recorder, onReceived);
        }
        catch
        {
            await client.DisposeAsync();
            recorder.Dispose();
            throw;
        }
    }

    /// <summary>Sends and writes down how it ended. Returns the receipt, or throws what the client threw.</summary>
    public async Task<MessageReceipt> SendAsync(string recipient, string text, CancellationToken cancellationToken)
    {
        HistoryEvent started;
        Send send;
        lock (beginning)
        {
            // Written down in the order in which the library is asked: that order is promised.
            started = recorder.Send(recipient, text);
            send = Session.StartSend(recipient, text);
        }

        var receipt = await RecordedOutcome.EndAsync(
            recorder, started, send.Outcome.WaitAsync(cancellationToken), Fill);
        Answered(send);
        return receipt;
    }

    /// <summary>Asks again, under its id, for a send that was answered: late, as a client that forgot would.</summary>
    public Task<MessageReceipt> RepeatAsync(Send answered, CancellationToken cancellationToken)
    {
        var id = answered.MessageId;
        return RecordedOutcome.EndAsync(
            recorder,
            recorder.Send(answered.Recipient, answered.Text, id.ToString()),
            Session.RepeatAsync(id, answered.Recipient, answered.Text, answered.Nonce, cancellationToken),
            Fill);
    }

    /// <summary>Does something else with the session and writes down how it ended: logout, delete.</summary>
    public Task DoAsync(HistoryKind kind, Func<ParleySession, Task> act) =>
        RecordedOutcome.EndAsync(recorder, recorder.Begin(kind), act(Session));

    /// <summary>Completes when the delivery stream is open and has brought what there was.</summary>
    public Task CaughtUp => caughtUp.Task;

    /// <summary>Takes and acknowledges what arrives, until disposed.</summary>
    public void StartReceiving() => receiving = ReceiveAsync();

    /// <summary>Returns when that many messages of others have come, and their acknowledgements were answered.
    /// </summary>
    /// <exception cref="TimeoutException">They did not come in time.</exception>
    public async Task WaitForReceivedAsync(int count, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        while (ReceivedCount < count)
        {
            Task ring;
            lock (counting)
            {
                ring = ReceivedCount < count ? news.Task : Task.CompletedTask;
            }

            try
            {
                await (await Task.WhenAny(ring, receiving)).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"{Account} received {ReceivedCount} of {count} messages within {deadline.TotalSeconds:0.#} s",
                    late);
            }
        }

        await acknowledging.WaitAsync(deadline, cancellationToken);
    }

    /// <summary>Reads the conversation to its end through whichever node, and writes down how far it went.</summary>
    public async Task<long> ReadAsync(string peer, CancellationToken cancellationToken)
    {
        var read = recorder.Read(peer);
        long last = 0;
        var stale = false;
        string? conversation = null;
        string? next = null;
        do
        {
            var page = await Session.ListMessagesAsync(peer, 0, next, local: false, cancellationToken);
            foreach (var message in page.Messages)
            {
                (last, conversation) = (message.Sequence, message.Conversation);
            }

            stale |= page.Stale;
            next = page.NextPageToken;
        }
        while (next is not null);
        recorder.End(read, HistoryPhase.Ok, end => end with
        {
            Conversation = conversation,
            Sequence = last,
            Stale = stale ? true : null,
        });
        return last;
    }

    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        await stop.CancelAsync();
        try
        {
            await receiving;
            await acknowledging;
        }
        catch (Exception ending) when (ending is OperationCanceledException or ParleyException)
        {
            // Ended on purpose, or with a failure that the history shows as messages that did not come.
        }

        await Session.DisposeAsync();
        await Client.DisposeAsync();
        recorder.Dispose();
        stop.Dispose();
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static HistoryEvent Fill(HistoryEvent end, MessageReceipt receipt) => end with
    {
        MessageId = receipt.MessageId.ToString(),
        Conversation = receipt.Conversation,
        Sequence = receipt.Sequence,
        LogIndex = receipt.LogIndex,
    };

    private async Task ReceiveAsync()
    {
        await foreach (var delivery in Session.ReceiveAsync(stop.Token))
        {
            if (delivery is Delivery.Changed { Message: { } changed })
            {
                recorder.Changed(FinalReads.AsStored(changed), changed.Conversation);
            }
            else if (delivery is Delivery.CaughtUp)
            {
                caughtUp.TrySetResult();
            }
            else if (delivery is Delivery.Arrived { Own: false, Message: var message })
            {
                recorder.Received(FinalReads.AsStored(message), message.Conversation);
                onReceived(message);

                // Does not hold up what comes next: calls made together travel together.
                acknowledging = AcknowledgeAsync(message, acknowledging);
                Ring();
            }
        }
    }

    private async Task AcknowledgeAsync(ChatMessage message, Task before)
    {
        var started = recorder.Acknowledge(message.Conversation, message.Sequence);
        await Session.AcknowledgeAsync(message.Conversation, message.Sequence, stop.Token);
        recorder.End(started, HistoryPhase.Ok);
        acknowledged = new(message.Conversation, message.Sequence);
        await before;
    }

    private void Ring()
    {
        TaskCompletionSource rung;
        lock (counting)
        {
            receivedCount++;
            rung = news;
            news = NewNews();
        }

        rung.SetResult();
    }
}
