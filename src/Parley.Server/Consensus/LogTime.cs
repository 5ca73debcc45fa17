namespace Parley.Server.Consensus;

/// <summary>Log time now, as far as any node can tell: what its leader last said, aged by the own monotonic clock.
/// Thread-safe.</summary>
internal sealed class LogTime(StateAccess state, TimeProvider time)
{
    private volatile Told? last;

    /// <summary>Microseconds since 1970-01-01T00:00:00Z; before any leader spoke, the own wall clock.</summary>
    public long NowUs
    {
        get
        {
            var told = last;
            var now = told is null
                ? WallClock.NowUs(time)
                : told.TimeUs + (time.GetElapsedTime(told.At).Ticks / TimeSpan.TicksPerMicrosecond);
            return Math.Max(now, state.LastTimeUs);
        }
    }

    /// <summary>The leader (or this node as leader) says what log time is.</summary>
    public void Tell(long timeUs) => last = new Told(timeUs, time.GetTimestamp());

    private sealed record Told(long TimeUs, long At);
}
