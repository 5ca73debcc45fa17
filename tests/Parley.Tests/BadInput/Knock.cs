using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Parley.Server.Hosting;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>Somebody connects to a port and does something that no client does; the node must hang up.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Doing">Does it; what it sends may fail half-way, for the node has hung up already.</param>
internal sealed record Knock(string Name, Func<Stream, CancellationToken, Task> Doing)
{
    /// <summary>How long a node may leave the line open.</summary>
    private static readonly TimeSpan CutMax = TimeSpan.FromSeconds(20);

    public static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>Sends these bytes, and nothing more.</summary>
    public static Knock Bytes(string name, ReadOnlySpan<byte> bytes)
    {
        var sent = bytes.ToArray();
        return new(name, async (stream, cancellationToken) => await stream.WriteAsync(sent, cancellationToken));
    }

    /// <summary>Finishes the TLS handshake, and then sends these bytes and nothing more.</summary>
    public static Knock AfterHandshake(string name, ReadOnlySpan<byte> bytes)
    {
        var sent = bytes.ToArray();
        return new(name, async (stream, cancellationToken) =>
        {
            // Left open: what the node does with it is what counts.
            var secure = new SslStream(stream, leaveInnerStreamOpen: true);
            await secure.AuthenticateAsClientAsync(Trusting(SslApplicationProtocol.Http2), cancellationToken);
            await secure.WriteAsync(sent, cancellationToken);
        });
    }

    /// <summary>Offers another protocol than HTTP/2.</summary>
    public static Knock Speaking(SslApplicationProtocol protocol) => new(
        $"a handshake for {protocol}",
        async (stream, cancellationToken) =>
        {
            var secure = new SslStream(stream, leaveInnerStreamOpen: true);
            await secure.AuthenticateAsClientAsync(Trusting(protocol), cancellationToken);
            await secure.WriteAsync("GET / HTTP/1.1\r\nHost: parley\r\n\r\n"u8.ToArray(), cancellationToken);
        });

    /// <summary>An HTTP/2 frame (RFC 9113, section 4.1).</summary>
    public static byte[] Frame(int length, byte type, byte flags, int stream, params ReadOnlySpan<byte> payload) =>
    [
        (byte)(length >> 16), (byte)(length >> 8), (byte)length, type, flags,
        (byte)(stream >> 24), (byte)(stream >> 16), (byte)(stream >> 8), (byte)stream, .. payload,
    ];

    /// <summary>All of them at once; a sentence for each whose line stayed open.</summary>
    public static async Task<List<string>> FindOpenAsync(string address, IReadOnlyList<Knock> knocks)
    {
        var open = await Task.WhenAll(knocks.Select(knock => knock.FindOpenAsync(address)));
        return [.. open.OfType<string>()];
    }

    private async Task<string?> FindOpenAsync(string address)
    {
        Assert.True(HostPort.TryParse(address, out var at));
        using var limit = new CancellationTokenSource(CutMax);
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var began = Stopwatch.StartNew();
        await socket.ConnectAsync(at.DialPoint, limit.Token);
        await using var stream = new NetworkStream(socket);
        try
        {
            await Doing(stream, limit.Token);
            await ReadToEndAsync(socket, limit.Token);
        }
        catch (Exception ended) when (ended is IOException or SocketException or AuthenticationException)
        {
            // Hung up, before everything was said or after.
        }
        catch (OperationCanceledException)
        {
            return $"{Name} at {address}: still open after {CutMax.TotalSeconds:0} s";
        }

        TestCluster.Print($"{Name} at {address}: hung up after {began.ElapsedMilliseconds} ms");
        return null;
    }

    private static SslClientAuthenticationOptions Trusting(SslApplicationProtocol protocol) => new()
    {
        TargetHost = "parley",
        ApplicationProtocols = [protocol],
        RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
    };

    private static async Task ReadToEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        var scrap = new byte[4_096];
        while (await socket.ReceiveAsync(scrap, cancellationToken) > 0)
        {
            continue; // Alerts, settings, farewells.
        }
    }
}
