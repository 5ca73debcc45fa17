using Parley.Client;
using Parley.Local;
using Parley.Verify;

namespace Parley.Tests.Cluster;

/// <summary>A person at a recorded client: writes lines, and counts what is answered and how long that takes.</summary>
internal sealed class Chatter : IAsyncDisposable
{
    /// <summary>Between an answer and the lane's next line. All that is written is read ten times at the end: a few
    /// hundred lines a second meet every fault, and leave the cores to the nodes.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private readonly RecordedClient client;
    private readonly TaskCompletionSource firstAcknowledged = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long acknowledgedCount;
    private long lastAcknowledgedAt;
    private long longestGap;
    private int texts;

    public Chatter(RecordedClient client)
    {
        this.client = client;
        client.Answered = _ => CountAnswer();
    }

    public ParleySession Session => client.Session;

    public string Name => client.Account;

    public IReadOnlyList<HistoryEvent> Events => client.Events;

    /// <summary>Sends that were answered.</summary>
    public long AcknowledgedCount => Interlocked.Read(ref acknowledgedCount);

    /// <summary>The longest time between two answers so far.</summary>
    public TimeSpan LongestGap => TimeProvider.System.GetElapsedTime(0, Interlocked.Read(ref longestGap));

    /// <summary>Completes with the first answer to a send.</summary>
    public Task FirstAcknowledged => firstAcknowledged.Task;

    /// <summary>Sends one line; the exception the caller gets is in the history too.</summary>
    public Task<MessageReceipt> SendAsync(string recipient, string text) =>
        client.SendAsync(recipient, text, TestContext.Current.CancellationToken);

    /// <summary>Sends lines, so many in flight at most, until told to stop; ends when all are answered.</summary>
    public async Task SendUntilAsync(string recipient, int inFlight, CancellationToken stop)
    {
        var lanes = Enumerable.Range(0, inFlight).Select(async _ =>
        {
            using var pace = new PeriodicTimer(Pace);
            while (!stop.IsCancellationRequested)
            {
                await SendAsync(recipient, $"{Name} to {recipient}, line {Interlocked.Increment(ref texts)}");
                await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        });
        await Task.WhenAll(lanes);
    }

    /// <summary>Completes when what comes is on its way: after <see cref="StartReceiving"/>.</summary>
    public Task CaughtUp => client.CaughtUp;

    /// <summary>Shows (records) and acknowledges what comes, until disposed.</summary>
    public void StartReceiving() => client.StartReceiving();

    public ValueTask DisposeAsync() => client.DisposeAsync();

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
