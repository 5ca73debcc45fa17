using Parley.Client;
using Parley.Verify;

namespace Parley.Local;

/// <summary>
/// One account's client that writes down everything it does and sees, for the checkers: used by <c>demo --auto</c> and
/// the tests on real processes. Sends may be made from any thread.
/// </summary>
internal sealed class RecordedClient : IAsyncDisposable
{
    private readonly HistoryRecorder recorder;
    private readonly CancellationTokenSource stop = new();
    private readonly Lock counting = new();
    private readonly Action<ChatMessage> onReceived;
    private TaskCompletionSource news = NewNews();
    private int receivedCount;
    private Task receiving = Task.CompletedTask;

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

    /// <summary>Logs in (taking over) with a client of its own.</summary>
    /// <param name="name">Names this life of the client in the history, like <c>bob#2</c>.</param>
    /// <param name="account">Must be there.</param>
    /// <param name="password">Of the account.</param>
    /// <param name="options">The nodes and the client's times.</param>
    /// <param name="onReceived">Called for each message of others before it is acknowledged; must be quick.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public static async Task<RecordedClient> LoginAsync(
        string name,
        string account,
        string password,
        ParleyClientOptions options,
        Action<ChatMessage>? onReceived,
        CancellationToken cancellationToken)
    {
        var history = new HistoryRecorder(name, account, options.TimeProvider);
        var client = new ParleyClient(options);
        try
        {
            var login = history.Begin(HistoryKind.Login);
            var session = await client.LoginAsync(account, password, new() { TakeOver = true }, cancellationToken);
            history.End(login, HistoryPhase.Ok);
            return new(client, session, history, onReceived);
        }
        catch
        {
            await client.DisposeAsync();
            history.Dispose();
            throw;
        }
    }

    /// <summary>Sends and writes down how it ended. Returns the receipt, or throws what the client threw.</summary>
    public async Task<MessageReceipt> SendAsync(string recipient, string text, CancellationToken cancellationToken)
    {
        var send = recorder.Send(recipient, text);
        try
        {
            var receipt = await Session.SendAsync(recipient, text, cancellationToken);
            recorder.End(send, HistoryPhase.Ok, end => end with
            {
                MessageId = receipt.MessageId.ToString(),
                Conversation = receipt.Conversation,
                Sequence = receipt.Sequence,
                LogIndex = receipt.LogIndex,
            });
            return receipt;
        }
        catch (ParleyException refused)
        {
            var phase = refused is OutcomeUnknownException ? HistoryPhase.Info : HistoryPhase.Fail;
            recorder.End(send, phase, end => end with { Error = refused.Reason });
            throw;
        }
        catch (OperationCanceledException)
        {
            recorder.End(send, HistoryPhase.Info);
            throw;
        }
    }

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
        await stop.CancelAsync();
        try
        {
            await receiving;
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

    private async Task ReceiveAsync()
    {
        await foreach (var delivery in Session.ReceiveAsync(stop.Token))
        {
            if (delivery is Delivery.Arrived { Own: false, Message: var message })
            {
                recorder.Received(FinalReads.AsStored(message), message.Conversation);
                onReceived(message);
                await AcknowledgeAsync(message);
                Ring();
            }
        }
    }

    private async Task AcknowledgeAsync(ChatMessage message)
    {
        var acknowledgement = recorder.Acknowledge(message.Conversation, message.Sequence);
        await Session.AcknowledgeAsync(message.Conversation, message.Sequence, stop.Token);
        recorder.End(acknowledgement, HistoryPhase.Ok);
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
