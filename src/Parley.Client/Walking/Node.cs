using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;

namespace Parley.Client.Walking;

/// <summary>One node's address, and the one channel to it.</summary>
internal sealed class Node : IDisposable
{
    private readonly GrpcChannel channel;
    private int id;

    public Node(string address, TimeSpan connectTimeout)
    {
        Address = address;
        channel = GrpcChannel.ForAddress($"http://{address}", new GrpcChannelOptions
        {
            // No keepalive pings and no retries: the walker notices and repeats, by its own deadlines.
            HttpHandler = new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                ConnectTimeout = connectTimeout,
                UseProxy = false,
                AllowAutoRedirect = false,
                UseCookies = false,
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = Limits.AnswerBytesMax,
            MaxRetryAttempts = null,
        });
        Accounts = new AccountService.AccountServiceClient(channel);
        Sessions = new SessionService.SessionServiceClient(channel);
        Messages = new MessageService.MessageServiceClient(channel);
        Administration = new AdministrationService.AdministrationServiceClient(channel);
        Cluster = new ClusterService.ClusterServiceClient(channel);
    }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; }

    /// <summary>Its number in the cluster; 0 while unknown.</summary>
    public int Id
    {
        get => Volatile.Read(ref id);
        set => Volatile.Write(ref id, value);
    }

    public AccountService.AccountServiceClient Accounts { get; }

    public SessionService.SessionServiceClient Sessions { get; }

    public MessageService.MessageServiceClient Messages { get; }

    public AdministrationService.AdministrationServiceClient Administration { get; }

    public ClusterService.ClusterServiceClient Cluster { get; }

    public void Dispose() => channel.Dispose();
}
