using Parley.Server.Guarding;

namespace Parley.Server.Delivery;

/// <summary>
/// Tells a stream that delivers nothing that its session has ended. A stream that has not come to its end a moment
/// later, because nobody reads what it still has to say, is cut. Dispose it at the stream's end.
/// </summary>
internal sealed class SessionWatch : IAsyncDisposable
{
    private readonly BellRope rope;
    private readonly Func<bool> isLive;
    private readonly CancellationTokenSource ended = new();
    private readonly ITimer cutting;
    private readonly Task watching;

    /// <param name="rope">Of the session; disposed with this.</param>
    /// <param name="isLive">Whether the session is live now.</param>
    /// <param name="cut">Cuts the stream.</param>
    /// <param name="time">For how long it may take to end.</param>
    public SessionWatch(BellRope rope, Func<bool> isLive, Action cut, TimeProvider time)
    {
        this.rope = rope;
        this.isLive = isLive;
        cutting = time.CreateTimer(_ => cut(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        watching = WatchAsync();
    }

    /// <summary>Cancelled once it has.</summary>
    public CancellationToken Ended => ended.Token;

    public async ValueTask DisposeAsync()
    {
        rope.Ring(BellNews.CallEnded);
        await watching;
        rope.Dispose();
        await cutting.DisposeAsync();
        ended.Dispose();
    }

    private async Task WatchAsync()
    {
        // The first ring is that the rope is new: what ended between the call's beginning and this is seen as well.
        while (!(await rope.NextRingAsync()).HasFlag(BellNews.CallEnded))
        {
            if (!ended.IsCancellationRequested && !isLive())
            {
                cutting.Change(GuardLimits.CloseMax, Timeout.InfiniteTimeSpan);
                await ended.CancelAsync();
            }
        }
    }
}
