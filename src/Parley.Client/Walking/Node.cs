using System.Net;
using Grpc.Net.Client;
using Parley.Client.Trust;
using Parley.Protocol.Chat.V1;

namespace Parley.Client.Walking;

/// <summary>One node's address, and the one channel to it.</summary>
internal sealed class Node : IDisposable
{
    private readonly GrpcChannel channel;
    private int id;
    private bool hasAnswered;
    private string? distrust;

    /// <param name="address">HOST:PORT.</param>
    /// <param name="trust">The authorities its certificate may be of; null: plaintext.</param>
    /// <param name="connectTimeout">What connecting may take.</param>
    public Node(string address, AuthorityTrust? trust, TimeSpan connectTimeout)
    {
        Address = address;
        var handler = NodeHandler.New(connectTimeout);
        var uri = trust is null
            ? new Uri($"http://{address}")
            : ClusterCertificate.Prepare(handler, trust, address, connectTimeout, fault =>
                Volatile.Write(ref distrust, fault is null ? null : $"{address} {fault}"));
        channel = GrpcChannel.ForAddress(uri, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = Limits.AnswerBytesMax,
            MaxRetryAttempts = null,
        });
        Accounts = new AccountService.AccountServiceClient(channel);
        Sessions = new SessionService.SessionServiceClient(channel);
        Messages = new MessageService.MessageServiceClient(channel);
        Credentials = new CredentialService.CredentialServiceClient(channel);
        Rooms = new RoomService.RoomServiceClient(channel);
        Administration = new AdministrationService.AdministrationServiceClient(channel);
        Membership = new MembershipService.MembershipServiceClient(channel);
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

    /// <summary>It answered at this address, and has not failed there since.</summary>
    public bool HasAnswered
    {
        get => Volatile.Read(ref hasAnswered);
        set => Volatile.Write(ref hasAnswered, value);
    }

    /// <summary>What was wrong with the certificate it showed last, as a sentence; null: nothing.</summary>
    public string? Distrust => Volatile.Read(ref distrust);

    public AccountService.AccountServiceClient Accounts { get; }

    public SessionService.SessionServiceClient Sessions { get; }

    public MessageService.MessageServiceClient Messages { get; }

    public CredentialService.CredentialServiceClient Credentials { get; }

    public RoomService.RoomServiceClient Rooms { get; }

    public AdministrationService.AdministrationServiceClient Administration { get; }

    public MembershipService.MembershipServiceClient Membership { get; }

    public ClusterService.ClusterServiceClient Cluster { get; }

    /// <summary>Whether an address can only be this machine's own: there alone plaintext is spoken.</summary>
    public static bool IsLoopback(string address)
    {
        var host = address[..Math.Max(0, address.LastIndexOf(':'))].Trim('[', ']');
        return string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase) ||
            (IPAddress.TryParse(host, out var parsed) && IPAddress.IsLoopback(parsed));
    }

    public void Dispose() => channel.Dispose();
}
