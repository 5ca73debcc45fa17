using Parley.Client;
using Parley.Verify;
using Arrived = Parley.Client.Delivery.Arrived;

namespace Parley.Tests.Cluster;

/// <summary>A person at a client: sends, receives and acknowledges through the client library, and writes a history.
/// </summary>
internal sealed class Chatter : IAsyncDisposable
{
    private readonly ParleyClient client;
    private readonly HistoryRecorder recorder;
    private readonly Lock beginning = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource firstAcknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task receiving = Task.CompletedTask;
    private Task acknowledging = Task.CompletedTask;
    private long acknowledgedCount;
    private long lastAcknowledgedAt;
    private long longestGap;
    private int texts;
    private bool isDisposed;

    public Chatter(ParleyClient client, ParleySession session, HistoryRecorder recorder)
    {
        this.client = client;
        this.recorder = recorder;
        Session = session;
    }

    public ParleySession Session { get; }

    public string Name => Session.Account;

    public IReadOnlyList<HistoryEvent> Events => recorder.Events;

    /// <summary>Sends that were answered.</summary>
    public long AcknowledgedCount => Interlocked.Read(ref acknowledgedCount);

    /// <summary>The longest time between two answers so far.</summary>
    public TimeSpan LongestGap => TimeProvider.System.GetElapsedTime(0, Interlocked.Read(ref longestGap));

    /// <summary>Completes with the first answer to a send.</summary>
    public Task FirstAcknowledged => firstAcknowledged.Task;

    /// <summary>Sends one line; the exception the caller gets is in the history too.</summary>
    public async Task<MessageReceipt> SendAsync(string recipient, string text)
    {
        var (started, sending) = Begin(recipient, text);
        try
        {
            var receipt = await sending;
            recorder.End(started, HistoryPhase.Ok, line => line with
            {
                MessageId = receipt.MessageId.ToString(),
                Conversation = receipt.Conversation,
                Sequence = receipt.Sequence,
                LogIndex = receipt.LogIndex,
            });
            CountAnswer();
            return receipt;
        }
        catch (Exception failure)
        {
            var phase = failure is RefusedException or NotFoundException or NoMajorityException
                ? HistoryPhase.Fail
                : HistoryPhase.Info;
            recorder.End(started, phase, line => line with { Error = (failure as ParleyException)?.Reason });
            throw;
        }
    }

    /// <summary>Sends lines, so many in flight, until told to stop; ends when all are answered.</summary>
    public async Task SendUntilAsync(string recipient, int inFlight, CancellationToken stop)
    {
        var lanes = Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await SendAsync(recipient, $"{Name} to {recipient}, line {Interlocked.Increment(ref texts)}");
            }
        });
        await Task.WhenAll(lanes);
    }

    /// <summary>Shows (records) and acknowledges what comes, until disposed.</summary>
    public void StartReceiving() => receiving = ReceiveAsync();

    public async ValueTask DisposeAsync()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        await stopping.CancelAsync();
        try
        {
            await receiving;
            await acknowledging;
        }
        catch (OperationCanceledException)
        {
            // As asked.
        }

        await Session.DisposeAsync();
        await client.DisposeAsync();
        recorder.Dispose();
        stopping.Dispose();
    }

    /// <summary>Written down in the order in which the library is asked: that order is promised.</summary>
    private (HistoryEvent Started, Task<MessageReceipt> Sending) Begin(string recipient, string text)
    {
        lock (beginning)
        {
            return (recorder.Send(recipient, text), Session.SendAsync(recipient, text, stopping.Token));
        }
    }

    private async Task ReceiveAsync()
    {
        await foreach (var delivery in Session.ReceiveAsync(stopping.Token))
        {
            if (delivery is not Arrived { Own: false, Message: var message })
            {
                continue;
            }

            recorder.Received(
                new()
                {
                    Sequence = message.Sequence,
                    MessageId = message.MessageId.ToString(),
                    From = message.From,
                    To = message.To,
                    Text = message.Text,
                    LogIndex = message.LogIndex,
                },
                message.Conversation);
            acknowledging = AcknowledgeAsync(message.Conversation, message.Sequence);
        }
    }

    /// <summary>Does not hold up what comes next: calls made together travel together.</summary>
    private async Task AcknowledgeAsync(string conversation, long sequence)
    {
        var started = recorder.Acknowledge(conversation, sequence);
        await Session.AcknowledgeAsync(conversation, sequence, stopping.Token);
        recorder.End(started, HistoryPhase.Ok);
    }

    private void CountAnswer()
    {
        Interlocked.Increment(ref acknowledgedCount);
        var now = TimeProvider.System.GetTimestamp();
        var before = Interlocked.Exchange(ref lastAcknowledgedAt, now);
        if (before != 0 && now - before > Interlocked.Read(ref longestGap))
        {
            Interlocked.Exchange(ref longestGap, now - before);
        }

        firstAcknowledged.TrySetResult();
    }
}
