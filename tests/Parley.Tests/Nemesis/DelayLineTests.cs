using Parley.Local.Network;

namespace Parley.Tests.Nemesis;

/// <summary>Late packets wait for their time, in its order, and not without bound.</summary>
public sealed class DelayLineTests
{
    [Fact]
    public void A_packet_is_not_taken_before_it_is_due()
    {
        var line = new DelayLine(10);

        Assert.True(line.TryAdd(dueAt: 5, to: 3, [7]));

        Assert.Equal(5, line.NextDueAt);
        Assert.False(line.TryTake(now: 4, out _));
        Assert.True(line.TryTake(now: 5, out var packet));
        Assert.Equal((3, 7), (packet.To, packet.Bytes.Span[0]));
        Assert.Null(line.NextDueAt);
        Assert.False(line.TryTake(now: 5, out _));
    }

    [Fact]
    public void Packets_go_by_their_time_and_those_of_one_time_as_they_came()
    {
        var line = new DelayLine(10);
        foreach (var (dueAt, mark) in (IEnumerable<(long, byte)>)[(9, 4), (3, 1), (9, 5), (3, 2), (4, 3), (9, 6)])
        {
            Assert.True(line.TryAdd(dueAt, to: 1, [mark]));
        }

        var marks = new List<int>();
        while (line.TryTake(now: 9, out var packet))
        {
            marks.Add(packet.Bytes.Span[0]);
        }

        Assert.Equal([1, 2, 3, 4, 5, 6], marks);
    }

    [Fact]
    public void What_finds_no_room_is_lost_and_room_comes_back()
    {
        var line = new DelayLine(2);

        Assert.True(line.TryAdd(1, 1, [1]));
        Assert.True(line.TryAdd(1, 1, [2]));
        Assert.False(line.TryAdd(1, 1, [3]));
        Assert.True(line.TryTake(1, out _));
        Assert.True(line.TryAdd(1, 1, [4]));
        Assert.Equal(2, line.Count);
    }
}
