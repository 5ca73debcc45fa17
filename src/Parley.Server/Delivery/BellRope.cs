using System.Threading.Tasks.Sources;

namespace Parley.Server.Delivery;

/// <summary>
/// One stream's end of the bell. One reader waits; anyone rings. A reader takes the news *before* it reads the state,
/// so that whatever is rung during the read makes the next wait return at once. No allocation per wait.
/// </summary>
internal sealed class BellRope(Bell bell, long account, long session) : IValueTaskSource<BellNews>, IDisposable
{
    private const int IsWaiting = 1 << 30;

    private ManualResetValueTaskSourceCore<BellNews> wait = new() { RunContinuationsAsynchronously = true };
    private int bits = (int)(BellNews.Messages | BellNews.Session | BellNews.Cluster);

    public long Account => account;

    public long Session => session;

    /// <summary>Waits until there is news since the last call, and takes it. One caller at a time.</summary>
    public ValueTask<BellNews> NextRingAsync()
    {
        wait.Reset();
        var before = Interlocked.Or(ref bits, IsWaiting);
        return before == 0 ? new ValueTask<BellNews>(this, wait.Version) : ValueTask.FromResult(Take());
    }

    public void Ring(BellNews news)
    {
        var before = Interlocked.Or(ref bits, (int)news);
        if (before == IsWaiting)
        {
            // The first ring since the wait began; those after it find news already there and leave the wait alone.
            wait.SetResult(news);
        }
    }

    public void Dispose() => bell.TakeDown(this);

    BellNews IValueTaskSource<BellNews>.GetResult(short token)
    {
        wait.GetResult(token);
        return Take();
    }

    ValueTaskSourceStatus IValueTaskSource<BellNews>.GetStatus(short token) => wait.GetStatus(token);

    void IValueTaskSource<BellNews>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wait.OnCompleted(continuation, state, token, flags);

    private BellNews Take() => (BellNews)(Interlocked.Exchange(ref bits, 0) & ~IsWaiting);
}
