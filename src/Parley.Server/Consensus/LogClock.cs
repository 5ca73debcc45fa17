using Parley.Raft;

namespace Parley.Server.Consensus;

/// <summary>
/// The leader's log time: the lower median over the clocks of voters heard within an election time-out, aged by this
/// node's monotonic clock, so that no single wrong clock moves it. With fewer than a majority it stands still. Owned by
/// the loop.
/// </summary>
internal sealed class LogClock(NodeId self, TimeProvider time, TimeSpan heardMax)
{
    private static readonly TimeSpan FarOff = TimeSpan.FromSeconds(10);

    private readonly Dictionary<NodeId, Reading> readings = [];

    /// <summary>A peer told its wall clock.</summary>
    /// <param name="from">The peer.</param>
    /// <param name="clockUs">Microseconds since 1970-01-01T00:00:00Z.</param>
    /// <param name="receivedAt">Monotonic time stamp.</param>
    public void Heard(NodeId from, long clockUs, long receivedAt) => readings[from] = new Reading(clockUs, receivedAt);

    /// <summary>Microseconds since 1970-01-01T00:00:00Z, never below <paramref name="lastUs"/>.</summary>
    public long NowUs(IReadOnlyList<Member> members, long lastUs)
    {
        var voters = 0;
        var heard = 0;
        Span<long> clocks = stackalloc long[members.Count];
        foreach (var member in members)
        {
            if (!member.IsVoter)
            {
                continue;
            }

            voters++;
            if (FindClock(member.Id) is { } clock)
            {
                clocks[heard++] = clock;
            }
        }

        if (heard <= voters / 2)
        {
            return lastUs;
        }

        clocks = clocks[..heard];
        clocks.Sort();
        return Math.Max(lastUs, clocks[(heard - 1) / 2]);
    }

    /// <summary>The voters whose clock is more than 10 s from the median of those heard.</summary>
    public IReadOnlyList<NodeId> FindFarOff(IReadOnlyList<Member> members)
    {
        var median = NowUs(members, long.MinValue);
        return median == long.MinValue ? [] :
        [
            .. members
                .Where(member => member.IsVoter && FindClock(member.Id) is { } clock
                    && Math.Abs(clock - median) > FarOff.Ticks / TimeSpan.TicksPerMicrosecond)
                .Select(member => member.Id),
        ];
    }

    /// <summary>How far this node's own clock is ahead of the median of those heard, in microseconds; null without a
    /// majority.</summary>
    public long? FindOwnOffsetUs(IReadOnlyList<Member> members)
    {
        var median = NowUs(members, long.MinValue);
        return median == long.MinValue ? null : WallClock.NowUs(time) - median;
    }

    private long? FindClock(NodeId node)
    {
        if (node == self)
        {
            return WallClock.NowUs(time);
        }

        if (!readings.TryGetValue(node, out var reading))
        {
            return null;
        }

        var age = time.GetElapsedTime(reading.ReceivedAt);
        return age > heardMax ? null : reading.ClockUs + (age.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    private readonly record struct Reading(long ClockUs, long ReceivedAt);
}

/// <summary>The wall clock in the unit of the log.</summary>
internal static class WallClock
{
    /// <summary>Microseconds since 1970-01-01T00:00:00Z.</summary>
    public static long NowUs(TimeProvider time) =>
        (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
