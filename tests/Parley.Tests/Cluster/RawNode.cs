using System.Security.Cryptography;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Client;
using Parley.Client.Trust;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Cluster;

/// <summary>One node, called directly: no walking, no repeating, any token.</summary>
internal sealed class RawNode : IDisposable
{
    /// <summary>How fast an answer comes is for benchmarks: this is for one that does not come.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly GrpcChannel channel;
    private readonly string? fingerprint;

    public RawNode(int id, string address, string? caFingerprint = null)
    {
        var handler = NodeHandler.New(Deadline);
        handler.EnableMultipleHttp2Connections = false;
        var uri = caFingerprint is null
            ? new Uri($"http://{address}")
            : ClusterCertificate.Prepare(handler, new AuthorityTrust(caFingerprint), address, Deadline, _ => { });
        Id = id;
        fingerprint = caFingerprint;
        channel = GrpcChannel.ForAddress(uri, new() { HttpHandler = handler, DisposeHttpClient = true });
        Accounts = new(channel);
        Sessions = new(channel);
        Messages = new(channel);
        Credentials = new(channel);
        Rooms = new(channel);
        Administration = new(channel);
        Cluster = new(channel);
        Address = address;
    }

    public int Id { get; }

    /// <summary>HOST:PORT.</summary>
    public string Address { get; }

    public CallInvoker Invoker => channel.CreateCallInvoker();

    public AccountService.AccountServiceClient Accounts { get; }

    public SessionService.SessionServiceClient Sessions { get; }

    public MessageService.MessageServiceClient Messages { get; }

    public CredentialService.CredentialServiceClient Credentials { get; }

    public RoomService.RoomServiceClient Rooms { get; }

    public AdministrationService.AdministrationServiceClient Administration { get; }

    public ClusterService.ClusterServiceClient Cluster { get; }

    public static byte[] NewToken() => RandomNumberGenerator.GetBytes(32);

    public static CallOptions With(byte[]? token)
    {
        var headers = new Metadata();
        if (token is not null)
        {
            headers.Add("authorization", $"Bearer {System.Buffers.Text.Base64Url.EncodeToString(token)}");
        }

        return new(headers, TimeProvider.System.GetUtcNow().UtcDateTime + Deadline);
    }

    /// <summary>Asks again where a node says that it was not done, or may have been: a machine short of time holds
    /// elections. For what may be asked twice.</summary>
    public static async Task<T> KnownAsync<T>(Func<Task<T>> call)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TestCluster.Patience);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (RpcException failure) when (
                failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            }
        }
    }

    /// <summary>Logs in under this token, ending another session if there is one.</summary>
    public Task<LoginResponse> LoginAsync(
        string name, string password, byte[] token, bool takeOver = true, TimeSpan lease = default)
    {
        var request = new LoginRequest
        {
            Name = name,
            Password = password,
            Token = Google.Protobuf.ByteString.CopyFrom(token),
            TakeOver = takeOver,
            LeaseMs = (long)lease.TotalMilliseconds,
        };
        return KnownAsync(() => Sessions.LoginAsync(request, With(null)).ResponseAsync);
    }

    public Task<SendMessageResponse> SendAsync(byte[] token, MessageId id, string recipient, string text)
    {
        var bytes = new byte[MessageId.Bytes];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, id.Client);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), id.Counter);
        var request = new SendMessageRequest
        {
            MessageId = Google.Protobuf.ByteString.CopyFrom(bytes),
            Recipient = recipient,
            Text = text,
        };
        return KnownAsync(() => Messages.SendMessageAsync(request, With(token)).ResponseAsync);
    }

    /// <summary>All of a conversation that this node has in its own state.</summary>
    public async Task<(string Conversation, long FirstKept, List<Message> Messages)> ReadAllAsync(
        byte[] token, string with)
    {
        await using var pool = new PoolWatch();
        var messages = new List<Message>();
        var pageToken = "";
        while (true)
        {
            try
            {
                var page = await Messages.ListMessagesAsync(
                    new() { With = with, PageSize = 1000, PageToken = pageToken, Local = true }, With(token));
                messages.AddRange(page.Messages);
                pageToken = page.NextPageToken;
                if (pageToken.Length == 0)
                {
                    return (page.Conversation, page.FirstSequenceKept, messages);
                }
            }
            catch (RpcException failure)
            {
                var isHanging = failure.StatusCode == StatusCode.DeadlineExceeded;
                var late = pool.Longest.TotalSeconds;
                var now = isHanging ? await DescribePagesAsync(token, with) : "";
                throw new InvalidOperationException(
                    $"node {Id} failed after {messages.Count} messages{now}; the test's own pool was {late:0.0} s late",
                    failure);
            }
        }
    }

    /// <summary>Whether it was the call, the connection or the node that said nothing.</summary>
    private async Task<string> DescribePagesAsync(byte[] token, string with)
    {
        using var other = new RawNode(Id, Address, fingerprint);
        return $"; the first page then took {await TimePageAsync(this)} on the same connection, "
            + $"and {await TimePageAsync(other)} on a new one";

        async Task<string> TimePageAsync(RawNode node)
        {
            var began = System.Diagnostics.Stopwatch.StartNew();
            try
            {
                await node.Messages.ListMessagesAsync(
                    new() { With = with, PageSize = 1000, Local = true }, With(token));
                return $"{began.Elapsed.TotalSeconds:0.0} s";
            }
            catch (RpcException failure)
            {
                return $"{began.Elapsed.TotalSeconds:0.0} s ({failure.StatusCode})";
            }
        }
    }

    public void Dispose() => channel.Dispose();
}
