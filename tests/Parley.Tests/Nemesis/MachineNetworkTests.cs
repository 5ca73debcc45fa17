using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using Parley.Local.Network;

namespace Parley.Tests.Nemesis;

/// <summary>Real packets between real network namespaces, and what a network can do to them.</summary>
public sealed class MachineNetworkTests
{
    private const int Seed = 3;
    private const int Words = 100; // Twice as many find room in a socket.
    private const int Last = -1;
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_machine_hears_another_by_its_address_and_this_process_reaches_both()
    {
        await SkipWithoutMachinesAsync();
        await using var network = await MachineNetwork.StartAsync(2, Seed);
        using var one = MachineSocket.Open(network, 1);
        using var other = MachineSocket.Open(network, 2);
        using var ping = new Ping();

        one.Say(other, 7);
        var (word, from) = other.Hear();
        other.Say(one, 8);
        var back = one.Hear();
        var echo = await ping.SendPingAsync(network.AddressOf(2), (int)Patience.TotalMilliseconds);

        Assert.Equal((7, one.Address), (word, (IPEndPoint)from));
        Assert.Equal((8, other.Address), (back.Word, (IPEndPoint)back.From));
        Assert.Equal(IPStatus.Success, echo.Status);
    }

    [Fact]
    public async Task A_way_that_is_cut_carries_nothing_and_the_way_back_goes_on()
    {
        await SkipWithoutMachinesAsync();
        await using var network = await MachineNetwork.StartAsync(2, Seed);
        using var one = MachineSocket.Open(network, 1);
        using var other = MachineSocket.Open(network, 2);

        network.Cut(1, 2);
        one.Say(other, 7);
        other.Say(one, 8);
        Assert.Equal(8, one.Hear().Word);
        network.Mend();
        one.Say(other, 9);

        Assert.Equal(9, other.Hear().Word);
        Assert.Equal(1, network.Counts.Lost);
    }

    [Fact]
    public async Task The_same_seed_loses_the_same_packets_and_another_one_others()
    {
        await SkipWithoutMachinesAsync();
        var rule = new PacketRule { Loss = 0.2 };

        var heard = await SayAllAsync(Seed, rule);
        var heardAgain = await SayAllAsync(Seed, rule);
        var heardOtherwise = await SayAllAsync(Seed + 1, rule);

        Assert.InRange(heard.Count, Words / 2, Words - 1);
        Assert.Equal(heard, heardAgain);
        Assert.NotEqual(heard, heardOtherwise);
    }

    [Fact]
    public async Task Packets_come_twice_and_in_another_order()
    {
        await SkipWithoutMachinesAsync();

        var doubled = await SayAllAsync(Seed, new() { Doubling = 0.5 });
        var shuffled = await SayAllAsync(Seed, new() { Overtaking = 0.2 });

        Assert.Equal(Enumerable.Range(0, Words), doubled.Distinct());
        Assert.InRange(doubled.Count, Words + 1, (2 * Words) - 1);
        Assert.Equal(Enumerable.Range(0, Words), shuffled.Order());
        Assert.NotEqual(shuffled.Order(), shuffled);
    }

    [Fact]
    public async Task A_late_packet_comes_late_and_not_before()
    {
        await SkipWithoutMachinesAsync();
        await using var network = await MachineNetwork.StartAsync(2, Seed);
        using var one = MachineSocket.Open(network, 1);
        using var other = MachineSocket.Open(network, 2);

        network.Delay(1, 2, Late);
        var begin = Stopwatch.GetTimestamp();
        one.Say(other, 7);
        other.Hear();

        var took = Stopwatch.GetElapsedTime(begin);
        Assert.True(took >= Late, $"it came too early: after {took}");
        Assert.Equal(1, network.Counts.Late);
    }

    [Fact]
    public async Task What_was_made_is_removed_and_so_is_what_a_dead_process_left_but_nothing_of_a_living_one()
    {
        await SkipWithoutMachinesAsync();
        var (dead, living) = (await NameOfDeadAsync(), NamespaceNames.Of(Words));
        await IpCommand.RunAsync("netns", "add", dead);
        await IpCommand.RunAsync("netns", "add", living);
        try
        {
            string own;
            await using (var network = await MachineNetwork.StartAsync(1, Seed))
            {
                own = network.NamespaceOf(1);
                Assert.True(File.Exists(own), own);
            }

            Assert.False(File.Exists(own), own);
            Assert.False(File.Exists(Path.Combine(NamespaceNames.Folder, dead)), dead);
            Assert.True(File.Exists(Path.Combine(NamespaceNames.Folder, living)), living);
        }
        finally
        {
            await IpCommand.RunAsync("netns", "del", living);
        }
    }

    private static async Task SkipWithoutMachinesAsync()
    {
        if (await MachineNetwork.FindReasonWhyNotAsync() is { } reason)
        {
            Assert.Skip(reason);
        }
    }

    /// <summary>One tells the other numbers under a rule; what the other has heard in the end.</summary>
    private static async Task<List<int>> SayAllAsync(int seed, PacketRule rule)
    {
        await using var network = await MachineNetwork.StartAsync(2, seed);
        using var one = MachineSocket.Open(network, 1);
        using var other = MachineSocket.Open(network, 2);
        network.Spoil(1, 2, rule);
        for (var word = 0; word < Words; word++)
        {
            one.Say(other, word);
        }

        // All were taken, and none is late any more, when the last one goes by a way that holds back more.
        await Local.Until.TrueAsync(
            _ => Task.FromResult(network.Counts.Taken >= Words),
            Patience,
            () => $"the switch took {network.Counts.Taken} of {Words} packets",
            TestContext.Current.CancellationToken);
        network.Delay(1, 2, rule.HeldBack * 2);
        one.Say(other, Last);
        var heard = new List<int>();
        for (var word = other.Hear().Word; word != Last; word = other.Hear().Word)
        {
            heard.Add(word);
        }

        return heard;
    }

    private static async Task<string> NameOfDeadAsync()
    {
        using var process = Process.Start("true");
        await process.WaitForExitAsync();
        return string.Create(CultureInfo.InvariantCulture, $"parley-{process.Id}-{Seed}-1");
    }
}
