using System.Net.Sockets;
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
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PingMax = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel channel;

    public PeerConnection(HostPort address)
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
        channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MessageBytesMax,
            MaxSendMessageSize = MessageBytesMax,
        });
        Client = new NodeService.NodeServiceClient(channel);
    }

    public NodeService.NodeServiceClient Client { get; }

    /// <summary>Whether nobody listens there any more: the machine lives and the process is gone.</summary>
    public static async Task<bool> IsRefusedAsync(HostPort address, CancellationToken cancellationToken)
    {
        using var socket = NewSocket(address);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ConnectMax);
        try
        {
            await socket.ConnectAsync(address.EndPoint, deadline.Token);
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
        var socket = NewSocket(address);
        try
        {
            await socket.ConnectAsync(address.EndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket NewSocket(HostPort address) =>
        new(address.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
