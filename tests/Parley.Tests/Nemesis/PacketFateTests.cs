using Parley.Local.Network;

namespace Parley.Tests.Nemesis;

/// <summary>What becomes of packets is drawn from a seed, and as often as the rule says.</summary>
public sealed class PacketFateTests
{
    private const int Seed = 7;
    private const int Packets = 10_000;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void On_an_open_way_every_packet_arrives_once_and_at_once()
    {
        Assert.All(Draw(PacketRule.Open), fate => Assert.Equal(new(1, TimeSpan.Zero, TimeSpan.Zero), fate));
    }

    [Fact]
    public void On_a_cut_way_nothing_arrives()
    {
        Assert.All(Draw(PacketRule.Cut), fate => Assert.Equal(0, fate.Copies));
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void As_many_are_lost_doubled_and_overtaken_as_the_rule_says(double share)
    {
        var lost = Draw(new() { Loss = share }).Count(fate => fate.Copies == 0);
        var doubled = Draw(new() { Doubling = share }).Count(fate => fate.Copies == 2);
        var overtaken = Draw(new() { Overtaking = share, HeldBack = Late }).Count(fate => fate.FirstDelay == Late);

        Assert.All((int[])[lost, doubled, overtaken], count => Assert.InRange(
            count, (share - 0.01) * Packets, (share + 0.01) * Packets));
    }

    [Fact]
    public void Late_packets_are_late_within_the_bounds_and_in_another_order()
    {
        var delays = Draw(new() { Delay = Late, Jitter = Later }).Select(fate => fate.FirstDelay).ToList();

        Assert.All(delays, delay => Assert.InRange(delay, Late, Late + Later));
        Assert.Contains(delays, delay => delay < Late + (Later * 0.1));
        Assert.Contains(delays, delay => delay > Late + (Later * 0.9));
        Assert.Contains(delays.Zip(delays.Skip(1)), pair => pair.First > pair.Second);
    }

    [Fact]
    public void The_two_copies_of_a_packet_are_late_each_on_its_own()
    {
        var doubled = Draw(new() { Doubling = 1, Jitter = Later });

        Assert.Contains(doubled, fate => fate.SecondDelay < fate.FirstDelay);
        Assert.Contains(doubled, fate => fate.SecondDelay > fate.FirstDelay);
    }

    [Fact]
    public void The_same_seed_draws_the_same_and_another_one_something_else()
    {
        var rule = new PacketRule { Loss = 0.1, Doubling = 0.1, Overtaking = 0.1, Jitter = Later };

        Assert.Equal(Draw(rule), Draw(rule));
        Assert.NotEqual(Draw(rule), Draw(rule, Seed + 1));
    }

    [Fact]
    public void A_rule_that_does_more_loses_the_same_packets()
    {
        var poor = new PacketRule { Loss = 0.1, Doubling = 0.3, Overtaking = 0.3, Delay = Late, Jitter = Later };

        Assert.Equal(LostOf(new() { Loss = 0.1 }), LostOf(poor));
    }

    private static List<int> LostOf(PacketRule rule) =>
        [.. Draw(rule).Index().Where(packet => packet.Item.Copies == 0).Select(packet => packet.Index)];

    private static List<PacketFate> Draw(PacketRule rule, int seed = Seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Packets).Select(_ => PacketFate.Draw(rule, random))];
    }
}
