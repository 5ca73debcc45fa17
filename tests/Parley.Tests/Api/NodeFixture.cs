using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Parley.Local;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>One real node (a process, a disk, sockets) for the tests of a class, and clients of the bare protocol.
/// </summary>
public class NodeFixture : IAsyncLifetime
{
    public const string Password = "correct horse";

    private static readonly TimeSpan StartDeadline = TimeSpan.FromMinutes(2);

    private LocalCluster? cluster;
    private int lastName;

    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>Where clients find it, HOST:PORT.</summary>
    public string Address => cluster!.Addresses[0];

    /// <summary>Where nodes find it, HOST:PORT.</summary>
    public string NodeAddress => cluster!.Node(1).NodeAddress;

    /// <summary>Its number on this machine.</summary>
    public int ProcessId => cluster!.Node(1).ProcessId;

    public AccountService.AccountServiceClient Accounts => new(Channel);

    public SessionService.SessionServiceClient Sessions => new(Channel);

    public MessageService.MessageServiceClient Messages => new(Channel);

    public CredentialService.CredentialServiceClient Credentials => new(Channel);

    public RoomService.RoomServiceClient Rooms => new(Channel);

    public AdministrationService.AdministrationServiceClient Administration => new(Channel);

    public ClusterService.ClusterServiceClient Cluster => new(Channel);

    /// <summary>Of the node's process.</summary>
    protected virtual IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>();

    /// <summary>The node's first account.</summary>
    public TestUser Administrator { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        cluster = await LocalCluster.StartAsync(
            new()
            {
                Size = 1,
                Arguments = ["--password-hash-kib", "64", "--password-hash-passes", "1"],
                EnvironmentOf = _ => Environment,
            },
            deadline.Token);
        Channel = GrpcChannel.ForAddress($"http://{cluster.Addresses[0]}");
        Administrator = await LogInNewAsync("administrator", TimeSpan.FromHours(1));
        // The version is raised a moment after the node serves: no test meets NODES_TOO_OLD.
        await Administrator.CreateRoomAsync("versions");
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        if (cluster is not null)
        {
            var lastWords = cluster.Node(1).IsRunning ? null : cluster.Node(1).LastWords();
            await cluster.DisposeAsync();
            // Whoever reads of refused connections needs to know why.
            Assert.True(lastWords is null, $"the node ended by itself: {lastWords}");
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the node and starts it again.</summary>
    public async Task RestartAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        await cluster!.RestartAsync(1, deadline.Token);
    }

    /// <summary>A channel whose connections come from this address of the machine.</summary>
    public static GrpcChannel ChannelFrom(string source, string address, bool isMultiple = false)
    {
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = isMultiple,
            ConnectCallback = async (context, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress(
            $"http://{address}", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    public static Metadata Bearer(ReadOnlySpan<byte> token) => new()
    {
        { "authorization", $"Bearer {Base64Url.EncodeToString(token)}" },
    };

    public static ByteString RandomBytes(int length) => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(length));

    public static ByteString MessageId(ulong client, ulong counter)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, client);
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8), counter);
        return ByteString.CopyFrom(bytes);
    }

    /// <summary>How many connections to the clients' port are open that come from these addresses.</summary>
    public int CountFrom(IEnumerable<string> sources)
    {
        var addresses = sources.Select(IPAddress.Parse).ToHashSet();
        return IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections().Count(each =>
            each.State == TcpState.Established
            && addresses.Contains(each.LocalEndPoint.Address)
            && each.RemoteEndPoint.Equals(IPEndPoint.Parse(Address)));
    }

    /// <summary>Creates an account whose name begins so, and logs it in.</summary>
    public async Task<TestUser> LogInNewAsync(string namePrefix, TimeSpan lease = default)
    {
        var name = NewName(namePrefix);
        await Accounts.CreateAccountAsync(new() { RequestId = RandomBytes(16), Name = name, Password = Password });
        var token = RandomBytes(32);
        var login = await Sessions.LoginAsync(
            new() { Name = name, Password = Password, Token = token, LeaseMs = (long)lease.TotalMilliseconds });
        return new TestUser(this, name, token, login);
    }

    /// <summary>A name that nothing else has.</summary>
    public string NewName(string prefix) =>
        FormattableString.Invariant($"{prefix}{Interlocked.Increment(ref lastName)}");

    /// <summary>Another administrator.</summary>
    public async Task<TestUser> LogInNewAdministratorAsync(string namePrefix)
    {
        var user = await LogInNewAsync(namePrefix);
        await ChangeAsync(user, AccountChange.MakeAdministrator);
        return user;
    }

    /// <summary>The administrator changes settings of the cluster.</summary>
    public async Task SetAsync(params (string Name, string Value)[] settings)
    {
        var now = await Administration.GetSettingsAsync(new(), Administrator.Metadata);
        var request = new ChangeSettingsRequest { ExpectedRevision = now.Revision };
        request.Settings.Add(settings.Select(each => new Setting { Name = each.Name, Value = each.Value }));
        await Administration.ChangeSettingsAsync(request, Administrator.Metadata);
    }

    /// <summary>The administrator changes this account.</summary>
    public async Task ChangeAsync(TestUser user, AccountChange change) =>
        await Administration.ChangeAccountAsync(new() { Name = user.Name, Change = change }, Administrator.Metadata);

    /// <summary>What a call is refused with.</summary>
    public static async Task<Refusal> RefusalAsync(Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(call);
        var reason = exception.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? "";
        return new Refusal(exception.StatusCode, reason, exception.Status.Detail);
    }

    /// <summary>The reason a call is refused with; OK when it is not.</summary>
    public static async Task<string> ReasonAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "OK";
        }
        catch (RpcException refused)
        {
            return refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? $"{refused.StatusCode}";
        }
    }

    public static async Task AssertRefusedAsync(StatusCode code, string reason, Func<Task> call)
    {
        var refusal = await RefusalAsync(call);
        Assert.Equal((code, reason), (refusal.Code, refusal.Reason));
    }

    /// <summary>Any call by its path, with any bytes as the request.</summary>
    public Task CallRawAsync(string path, byte[] request, Metadata? metadata) =>
        RawCall.SendAsync(Channel.CreateCallInvoker(), path, request, metadata);
}

/// <summary>A refusal as a client sees it.</summary>
public sealed record Refusal(StatusCode Code, string Reason, string Sentence);

/// <summary>An account that is logged in.</summary>
public sealed record TestUser(NodeFixture Node, string Name, ByteString Token, LoginResponse Login)
{
    public Metadata Metadata => NodeFixture.Bearer(Token.Span);

    public SendMessageRequest Message(ulong counter, TestUser to, string text) => new()
    {
        MessageId = NodeFixture.MessageId(Login.Client, counter),
        Recipient = to.Name,
        Text = text,
    };

    public async Task<SendMessageResponse> SendAsync(ulong counter, TestUser to, string text) =>
        await Node.Messages.SendMessageAsync(Message(counter, to, text), Metadata);

    public SendMessageRequest Message(ulong counter, string room, string text) => new()
    {
        MessageId = NodeFixture.MessageId(Login.Client, counter),
        Recipient = room,
        Text = text,
    };

    public async Task<SendMessageResponse> SayAsync(ulong counter, string room, string text) =>
        await Node.Messages.SendMessageAsync(Message(counter, room, text), Metadata);

    /// <summary>A room whose name begins so; waits until the cluster knows rooms. With its '#'.</summary>
    public async Task<string> CreateRoomAsync(string namePrefix, bool byInvitation = false)
    {
        var request = new CreateRoomRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Name = Node.NewName(namePrefix),
            ByInvitation = byInvitation,
        };
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return (await Node.Rooms.CreateRoomAsync(request, Metadata)).Name;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
            }
        }
    }

    public async Task InRoomAsync(string room, RoomMemberChange change, TestUser? other = null) =>
        await Node.Rooms.ChangeRoomMemberAsync(
            new()
            {
                RequestId = NodeFixture.RandomBytes(16),
                Room = room,
                Change = change,
                Account = other?.Name ?? "",
            },
            Metadata);

    public AsyncServerStreamingCall<ReceiveMessagesResponse> Receive(
        long streamNumber, params IEnumerable<ReceivedMark> received) =>
        Node.Messages.ReceiveMessages(
            new() { StreamNumber = streamNumber, Received = { received } }, Metadata, DateTime.UtcNow.AddSeconds(60));

    public async Task AcknowledgeAsync(string conversation, long sequence) =>
        await Node.Messages.AcknowledgeMessagesAsync(
            new() { Acknowledgements = { new Acknowledgement { Conversation = conversation, Sequence = sequence } } },
            Metadata);

    /// <summary>Everything up to the first heartbeat: what was there when the stream opened, but for the word about
    /// rooms with which every stream begins.</summary>
    public static async Task<List<ReceiveMessagesResponse>> ReadBacklogAsync(
        AsyncServerStreamingCall<ReceiveMessagesResponse> stream)
    {
        List<ReceiveMessagesResponse> backlog = [];
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (stream.ResponseStream.Current.EventCase == ReceiveMessagesResponse.EventOneofCase.Heartbeat)
            {
                return backlog;
            }

            if (stream.ResponseStream.Current.RoomsChanged is null)
            {
                backlog.Add(stream.ResponseStream.Current);
            }
        }

        Assert.Fail("the stream ended before its first heartbeat");
        return backlog;
    }
}
