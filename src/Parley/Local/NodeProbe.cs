using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Parley.Client.Trust;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Local;

/// <summary>Asks one node what it thinks of itself, from outside, without a session.</summary>
internal sealed class NodeProbe : IDisposable
{
    private static readonly TimeSpan AttemptMax = TimeSpan.FromSeconds(1);
    private readonly GrpcChannel channel;
    private readonly Health.HealthClient health;
    private readonly ClusterService.ClusterServiceClient cluster;

    /// <param name="address">HOST:PORT.</param>
    /// <param name="trust">Whom to take for the authority of its certificate; null: plaintext.</param>
    public NodeProbe(string address, AuthorityTrust? trust)
    {
        channel = OpenChannel(address, trust);
        health = new(channel);
        cluster = new(channel);
    }

    /// <summary>A connection to one node alone.</summary>
    /// <param name="address">HOST:PORT.</param>
    /// <param name="trust">Whom to take for the authority of its certificate; null: plaintext.</param>
    /// <param name="from">The address of this machine to connect from; null: any.</param>
    public static GrpcChannel OpenChannel(string address, AuthorityTrust? trust, IPAddress? from = null)
    {
        var handler = NodeHandler.New(AttemptMax);
        var uri = trust is null
            ? new Uri($"http://{address}")
            : ClusterCertificate.Prepare(handler, trust, address, AttemptMax, _ => { });
        if (from is not null)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(from, address, cancellationToken);
        }

        return GrpcChannel.ForAddress(
            uri,
            new()
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                InitialReconnectBackoff = TimeSpan.FromMilliseconds(20),
                MaxReconnectBackoff = TimeSpan.FromMilliseconds(100),
            });
    }

    /// <summary>False too when it does not say: it does not answer within a second, or is asked too often. Ask again.
    /// </summary>
    public async Task<bool> IsServingAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await health.CheckAsync(new(), Options(cancellationToken));
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <summary>Null when the node does not answer within a second.</summary>
    public async Task<GetClusterResponse?> FindClusterAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await cluster.GetClusterAsync(new(), Options(cancellationToken));
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <summary>The node's wall clock, to the second: it stands in the head of every answer (RFC 9110, section 6.6.1).
    /// Null when it does not answer within a second.</summary>
    public async Task<DateTimeOffset?> FindClockAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var call = cluster.GetClusterAsync(new(), Options(cancellationToken));
            var head = await call.ResponseHeadersAsync;
            return DateTimeOffset.TryParseExact(
                head.GetValue("date"), "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var told)
                ? told
                : null;
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    public void Dispose() => channel.Dispose();

    private static async ValueTask<Stream> ConnectAsync(
        IPAddress from, string address, CancellationToken cancellationToken)
    {
        var socket = new Socket(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(IPEndPoint.Parse(address), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + AttemptMax, cancellationToken: cancellationToken);
}
