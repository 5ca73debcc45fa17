using Microsoft.Extensions.Time.Testing;
using Parley.Raft;
using Parley.Server.Consensus;

namespace Parley.Tests.Server;

/// <summary>Log time: no single wrong clock moves it, and without a majority it stands still.</summary>
public class LogClockTests
{
    private const long Second = 1_000_000;

    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly Member[] Five =
        [.. Enumerable.Range(1, 5).Select(id => new Member(new NodeId(id), true, (ulong)id, $"127.0.0.1:750{id}"))];

    private readonly FakeTimeProvider time = new(Noon);
    private readonly LogClock clock;

    public LogClockTests() => clock = new LogClock(new NodeId(1), time, TimeSpan.FromMilliseconds(600));

    private long NoonUs => (Noon - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    [Fact]
    public void With_fewer_than_a_majority_heard_time_stands_still()
    {
        Hear(2, 0);

        Assert.Equal(42, clock.NowUs(Five, 42));
    }

    [Fact]
    public void It_is_the_lower_median_of_those_heard()
    {
        Hear(2, 3 * Second);
        Hear(3, 1 * Second);
        Assert.Equal(NoonUs + (1 * Second), clock.NowUs(Five, 0));

        Hear(4, 2 * Second);
        Assert.Equal(NoonUs + (1 * Second), clock.NowUs(Five, 0));
    }

    [Fact]
    public void One_clock_a_year_ahead_moves_nothing_and_is_named()
    {
        Hear(2, 365L * 86_400 * Second);
        Hear(3, 1);
        Hear(4, 2);
        Hear(5, 3);

        Assert.Equal(NoonUs + 2, clock.NowUs(Five, 0));
        Assert.Equal([new NodeId(2)], clock.FindFarOff(Five));
    }

    [Fact]
    public void What_was_heard_ages_by_the_monotonic_clock_and_is_forgotten_after_an_election_timeout()
    {
        Hear(2, 0);
        Hear(3, 0);

        time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(NoonUs + (Second / 2), clock.NowUs(Five, 0));

        time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(42, clock.NowUs(Five, 42));
    }

    [Fact]
    public void It_never_goes_back()
    {
        Hear(2, -5 * Second);
        Hear(3, -5 * Second);

        Assert.Equal(NoonUs, clock.NowUs(Five, NoonUs));
    }

    private void Hear(int node, long offsetUs) => clock.Heard(new NodeId(node), NoonUs + offsetUs, time.GetTimestamp());
}
