using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using Parley.Server.Hosting;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>Both ports of a node, and what comes to them that is no TLS, no HTTP/2, or never ends.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class PortTests(BadInputStage stage)
{
    private const int IdleConnections = 500;

    /// <summary>TLS record, handshake, ClientHello: said to be 512 bytes, of which these few come.</summary>
    private static readonly byte[] HalfHello = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03];

    /// <summary>A whole ClientHello of TLS 1.1 (RFC 4346), with one cipher suite.</summary>
    private static readonly byte[] OldHello =
    [
        0x16, 0x03, 0x01, 0x00, 0x2D, 0x01, 0x00, 0x00, 0x29, 0x03, 0x02, .. new byte[32], 0x00, 0x00, 0x02, 0xC0,
        0x09, 0x01, 0x00,
    ];

    private static readonly Knock[] Anywhere =
    [
        Knock.Bytes("no byte", []),
        Knock.Bytes("HTTP/2 in plaintext", Knock.Preface),
        Knock.Bytes("HTTP/1.1 in plaintext", "GET / HTTP/1.1\r\nHost: parley\r\n\r\n"u8),
        Knock.Bytes("half a handshake", HalfHello),
        Knock.Bytes("a handshake of TLS 1.1", OldHello),
        Knock.Bytes("random bytes", System.Security.Cryptography.RandomNumberGenerator.GetBytes(4_096)),
        Knock.Bytes("zeros", new byte[4_096]),
        Knock.Bytes("a record of another protocol", "SSH-2.0-OpenSSH_9.2\r\n"u8),
    ];

    [Fact]
    public async Task Whoever_does_not_come_to_the_point_is_cut()
    {
        await stage.UndisturbedAsync(KnockAsync);
        await stage.CheckAsync();
    }

    private async Task KnockAsync()
    {
        Knock[] atClients =
        [
            .. Anywhere,
            Knock.Speaking(SslApplicationProtocol.Http11),
            Knock.AfterHandshake("no HTTP/2", "GET / HTTP/1.1\r\nHost: parley\r\n\r\n"u8),
            Knock.AfterHandshake("a frame of 2^24-1 bytes", [.. Knock.Preface, .. Knock.Frame(0xFFFFFF, 0, 0, 1)]),
            Frames("data of no stream", Knock.Frame(4, 0, 0, 1, 1, 2, 3, 4)),
            Frames("headers that never end", [.. Knock.Frame(0, 1, 0, 1), .. Continuations]),
            Frames("headers that are none", Knock.Frame(4, 1, 4, 1, 0xFF, 0xFF, 0xFF, 0xFF)),
            Frames("a stream of an even number", Knock.Frame(0, 1, 5, 2)),
            Frames("settings of 5 bytes", Knock.Frame(5, 4, 0, 0, 1, 2, 3, 4, 5)),
            Frames("a window beyond 2^31-1", Knock.Frame(4, 8, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF)),
        ];
        var node = stage.Cluster.Nodes.Node(2);
        using var stream = stage.Node(2).Messages.SendMessages(stage.As(stage.Bob).Options);
        await stream.RequestStream.WriteAsync(new(), TestContext.Current.CancellationToken);

        // All at once, for the time they take.
        var halves = HalfRequestsAsync(node.ClientAddress);
        var open = await Task.WhenAll(
            Knock.FindOpenAsync(node.ClientAddress, atClients), Knock.FindOpenAsync(node.NodeAddress, Anywhere));

        Assert.Empty(open.SelectMany(each => each));
        Assert.Equal(
            ["INVALID_ARGUMENT ARGUMENT_INVALID: the request is expected whole within 10 s, and was not"],
            (await halves).Distinct());

        // A stream may be silent for longer than that.
        await stream.RequestStream.WriteAsync(new(), TestContext.Current.CancellationToken);
        for (var answer = 1; answer <= 2; answer++)
        {
            Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal("MESSAGE_ID_INVALID", stream.ResponseStream.Current.Error.Reason);
        }
    }

    [Fact]
    public async Task Five_hundred_idle_connections_disturb_nobody()
    {
        await stage.UndisturbedAsync(ConnectIdleAsync);
        await stage.CheckAsync();
    }

    private async Task ConnectIdleAsync()
    {
        var (_, leader) = await stage.TermAsync();
        var node = stage.Cluster.Nodes.Node(leader);
        Assert.True(HostPort.TryParse(node.NodeAddress, out var at));
        var sockets = new List<Socket>();
        try
        {
            for (var count = 0; count < IdleConnections; count++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(at.DialPoint, TestContext.Current.CancellationToken);
            }

            var began = Stopwatch.StartNew();
            await stage.SendAsync(stage.Bob, "carol", 20);
            TestCluster.Print($"20 lines answered within {began.ElapsedMilliseconds} ms");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>Literal headers of 4 KB each, and more to come.</summary>
    private static byte[] Continuations
    {
        get
        {
            byte[] header = [0x00, 0x01, (byte)'x', 0x7F, 0x81, 0x1F, .. Enumerable.Repeat((byte)'y', 4_095)];
            var frame = Knock.Frame(header.Length, 9, 0, 1, header);
            return [.. Enumerable.Repeat(frame, 20).SelectMany(each => each)];
        }
    }

    private static Knock Frames(string name, byte[] frames) =>
        Knock.AfterHandshake(name, [.. Knock.Preface, .. Knock.Frame(0, 4, 0, 0), .. frames]);

    /// <summary>What is answered to requests of one message that stop half-way: in the frame's head, or after it.
    /// </summary>
    private async Task<string[]> HalfRequestsAsync(string address)
    {
        string[] calls = ["SessionService/Login", "AccountService/ListAccounts", "MessageService/ReceiveMessages"];
        byte[][] bodies = [[], [0, 0], BareHttp.Frame(0, 100, 1, 2, 3)];
        return await Task.WhenAll(
            from path in calls.Select(BadInputStage.PathOf).Append("/grpc.health.v1.Health/Check")
            from body in bodies.Concat(bodies)
            select Answer.OfAsync(() => BareHttp.PostHalfAsync(stage.Http, $"https://{address}", path, body)));
    }
}
