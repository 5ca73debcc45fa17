using System.Globalization;
using Parley.Local;

namespace Parley.Verbs.Demo;

/// <summary>Sends one numbered message after the other, about a hundred a second, and knows the longest gap between two
/// answers.</summary>
internal sealed class DemoTalker(RecordedClient client, string recipient)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private readonly string mark = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8];
    private readonly Lock measuring = new();
    private TaskCompletionSource news = NewNews();
    private Task talking = Task.CompletedTask;
    private int storedCount;
    private long? lastStored;
    private bool isMeasuring = true;
    private volatile bool isStopped;

    public int StoredCount => Volatile.Read(ref storedCount);

    /// <summary>Between two answers, while it was measured.</summary>
    public TimeSpan LongestGap { get; private set; }

    public void Start() => talking = TalkAsync();

    /// <summary>What comes now is no gap of the service: too few servers are left.</summary>
    public void StopMeasuring()
    {
        lock (measuring)
        {
            isMeasuring = false;
        }
    }

    /// <summary>Returns when that many were answered.</summary>
    /// <exception cref="TimeoutException">They were not, in time.</exception>
    public async Task WaitForStoredAsync(int count, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        while (true)
        {
            Task ring;
            lock (measuring)
            {
                if (storedCount >= count)
                {
                    return;
                }

                ring = news.Task;
            }

            try
            {
                await (await Task.WhenAny(ring, talking)).WaitAsync(limit.Token);
            }
            catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"{StoredCount} of {count} messages were stored within {deadline.TotalSeconds:0.#} s", late);
            }
        }
    }

    /// <summary>Finishes the message under way and stops.</summary>
    public async Task StopAsync()
    {
        isStopped = true;
        await talking;
    }

    private static TaskCompletionSource NewNews() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task TalkAsync()
    {
        using var pace = new PeriodicTimer(Pace);
        for (var number = 1; !isStopped; number++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"line {number} of {mark}");
            await client.SendAsync(recipient, text, CancellationToken.None);
            Stored();
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private void Stored()
    {
        TaskCompletionSource rung;
        lock (measuring)
        {
            var now = TimeProvider.System.GetTimestamp();
            if (lastStored is { } last && isMeasuring)
            {
                var gap = TimeProvider.System.GetElapsedTime(last, now);
                LongestGap = gap > LongestGap ? gap : LongestGap;
            }

            lastStored = now;
            storedCount++;
            rung = news;
            news = NewNews();
        }

        rung.SetResult();
    }
}
