using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// One HTTP/2 connection to a peer, made anew after each break: so nothing of an old one can hold up a new one, and
/// snapshots can have one of their own.
/// </summary>
internal sealed class PeerConnection : IDisposable
{
    private const int MessageBytesMax = 64 << 20;
    private const int WindowBytes = 4 << 20;

    private static readonly TimeSpan ConnectMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingMax = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel channel;

    /// <param name="address">Where the peer listens for nodes.</param>
    /// <param name="tls">How to know it; null: plaintext.</param>
    public PeerConnection(HostPort address, SslClientAuthenticationOptions? tls)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectMax,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingMax,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            InitialHttp2StreamWindowSize = WindowBytes,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectCallback = (_, cancellationToken) => ConnectAsync(address, cancellationToken),
        };
        if (tls is not null)
        {
            handler.ConnectTimeout = ConnectMax + HandshakeMax;
            handler.SslOptions = tls;
        }

        var scheme = tls is null ? "http" : "https";
        channel = GrpcChannel.ForAddress($"{scheme}://{address}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MessageBytesMax,
            MaxSendMessageSize = MessageBytesMax,
        });
        Invoker = channel.CreateCallInvoker();
        Client = new NodeService.NodeServiceClient(Invoker);
    }

    public NodeService.NodeServiceClient Client { get; }

    internal CallInvoker Invoker { get; }

    /// <summary>Whether nobody listens there any more: the machine lives and the process is gone.</summary>
    public static async Task<bool> IsRefusedAsync(HostPort address, CancellationToken cancellationToken)
    {
        using var socket = NewSocket();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ConnectMax);
        try
        {
            await socket.ConnectAsync(address.DialPoint, deadline.Token);
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => channel.Dispose();

    private static async ValueTask<Stream> ConnectAsync(HostPort address, CancellationToken cancellationToken)
    {
        var socket = NewSocket();
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            ended.CancelAfter(ConnectMax);
            await socket.ConnectAsync(address.DialPoint, ended.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket() => new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
