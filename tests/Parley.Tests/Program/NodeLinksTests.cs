using System.Net;
using System.Net.Sockets;
using Parley.Local;
using Parley.Local.Links;

namespace Parley.Tests.Program;

/// <summary>The network between local nodes: open, cut in one direction, late, and when a node is gone.</summary>
public sealed class NodeLinksTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan TimerGrain = TimeSpan.FromMilliseconds(20);
    private readonly int ports = LocalPorts.Resolve(0, 2, withLinks: true);

    [Fact]
    public async Task What_one_says_the_other_hears_and_answers()
    {
        await using var links = new NodeLinks(ports, 2);
        using var listener = Listen();
        using var near = await DialAsync();
        using var far = await AcceptAsync(listener);

        await SayAsync(near, 7);
        await SayAsync(far, 8);

        Assert.Equal((7, 8), (await HearAsync(far), await HearAsync(near)));
    }

    [Fact]
    public async Task What_is_said_on_a_cut_way_comes_when_it_is_mended()
    {
        await using var links = new NodeLinks(ports, 2);
        using var listener = Listen();
        using var near = await DialAsync();
        using var far = await AcceptAsync(listener);

        links.Cut(1, 2);
        await SayAsync(near, 7);
        await SayAsync(far, 8);
        var hearing = HearAsync(far);

        Assert.Equal(8, await HearAsync(near));
        Assert.False(hearing.IsCompleted, "the way from 1 to 2 is cut");
        links.Mend();
        Assert.Equal(7, await hearing);
    }

    [Fact]
    public async Task A_late_way_delivers_late()
    {
        await using var links = new NodeLinks(ports, 2);
        using var listener = Listen();
        using var near = await DialAsync();
        using var far = await AcceptAsync(listener);

        links.Delay(1, 2, Late);
        var begin = TimeProvider.System.GetTimestamp();
        await SayAsync(near, 7);
        await HearAsync(far);

        // Timers count whole milliseconds of another clock.
        var took = TimeProvider.System.GetElapsedTime(begin) + TimerGrain;
        Assert.True(took >= Late, $"it came too early: after {took}");
    }

    [Fact]
    public async Task When_the_other_is_gone_the_connection_ends_and_nobody_listens_until_it_is_back()
    {
        await using var links = new NodeLinks(ports, 2);
        var listener = Listen();
        using var near = await DialAsync();
        using (var far = await AcceptAsync(listener))
        {
            listener.Dispose();
        }

        Assert.Equal(-1, await HearAsync(near));
        using var refused = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => refused.ConnectAsync(Proxy, Stop).AsTask());
        using var back = Listen();
        using var again = await DialAsync();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IPEndPoint Proxy => new(IPAddress.Loopback, LocalPorts.LinkPort(ports, 1, 2));

    private static async Task SayAsync(TcpClient end, byte word) =>
        await end.GetStream().WriteAsync(new[] { word }, Stop);

    // -1 at the end, orderly or not.
    private static async Task<int> HearAsync(TcpClient end)
    {
        var room = new byte[1];
        try
        {
            return await end.GetStream().ReadAsync(room, Stop).AsTask().WaitAsync(Patience, Stop) == 0 ? -1 : room[0];
        }
        catch (IOException)
        {
            return -1;
        }
    }

    // The first connection is the proxy's own, to see whether anybody is there.
    private static async Task<TcpClient> AcceptAsync(TcpListener listener)
    {
        (await listener.AcceptTcpClientAsync(Stop)).Dispose();
        return await listener.AcceptTcpClientAsync(Stop);
    }

    private TcpListener Listen()
    {
        var listener = new TcpListener(IPAddress.Loopback, LocalPorts.NodePort(ports, 2));
        listener.Start();
        return listener;
    }

    // The proxy listens soon after the node does.
    private Task<TcpClient> DialAsync() => Until.FoundAsync(
        async token =>
        {
            var dialled = new TcpClient();
            try
            {
                await dialled.ConnectAsync(Proxy, token);
                return dialled;
            }
            catch (SocketException)
            {
                dialled.Dispose();
                return null;
            }
        },
        Patience,
        () => "the proxy did not listen",
        Stop);
}
