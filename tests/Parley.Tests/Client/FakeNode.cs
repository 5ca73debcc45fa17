using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Client;

/// <summary>What a <see cref="FakeNode"/> does with the next message of a stream.</summary>
internal enum FakeAnswer
{
    /// <summary>Stores and answers.</summary>
    Store = 0,

    /// <summary>Stores, and the connection breaks before the answer.</summary>
    StoreAndBreak = 1,

    /// <summary>The connection breaks.</summary>
    Break = 2,

    /// <summary>Takes it and never answers again.</summary>
    Hang = 3,

    /// <summary>Answers UNAVAILABLE NO_MAJORITY.</summary>
    NoMajority = 4,

    /// <summary>Answers RESOURCE_EXHAUSTED RATE_LIMITED with 10 ms.</summary>
    RateLimited = 5,

    /// <summary>Answers INVALID_ARGUMENT.</summary>
    Invalid = 6,

    /// <summary>Stores, and never answers.</summary>
    StoreAndHang = 7,

    /// <summary>Answers UNAUTHENTICATED SESSION_ENDED.</summary>
    SessionEnded = 8,
}

/// <summary>A node on a real port that speaks the real protocol and does what a test tells it.</summary>
internal sealed class FakeNode : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakeNode(WebApplication app, FakeScript script)
    {
        this.app = app;
        Script = script;
        var features = app.Services.GetRequiredService<IServer>().Features;
        var url = features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Address = url["http://".Length..];
    }

    public string Address { get; }

    public FakeScript Script { get; }

    public static async Task<FakeNode> StartAsync(FakeCluster cluster)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var script = new FakeScript(cluster);
        builder.Services.AddSingleton(script);
        builder.Services.AddGrpc();
        var host = builder.Build();
        host.MapGrpcService<FakeMessages>();
        host.MapGrpcService<FakeSessions>();
        host.MapGrpcService<FakeReports>();
        host.MapGrpcService<FakeAccounts>();
        await host.StartAsync();
        return new FakeNode(host, script);
    }

    public async ValueTask DisposeAsync()
    {
        Script.Dispose();
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}

/// <summary>What a node is told to do, and what it was asked.</summary>
internal sealed class FakeScript(FakeCluster cluster) : IDisposable
{
    private readonly CancellationTokenSource stopped = new();
    private int streams;
    private int reports;

    public FakeCluster Cluster => cluster;

    public CancellationToken Stopped => stopped.Token;

    /// <summary>Decides on each message.</summary>
    public Func<SendMessageRequest, FakeAnswer> OnSend { get; set; } = _ => FakeAnswer.Store;

    /// <summary>What a delivery stream pushes, given its number; then it waits, or breaks when the result is false.
    /// </summary>
    public Func<long, IServerStreamWriter<ReceiveMessagesResponse>, Task<bool>> OnReceive { get; set; } =
        (_, _) => Task.FromResult(true);

    /// <summary>Takes marks, or refuses them by throwing.</summary>
    public Func<AcknowledgeMessagesRequest, Task> OnAcknowledge { get; set; } = _ => Task.CompletedTask;

    /// <summary>What the client said was read: conversation and sequence, with a <c>q</c> where nobody is to know.
    /// </summary>
    public ConcurrentQueue<string> Read { get; } = new();

    /// <summary>A page of a conversation.</summary>
    public Func<ListMessagesRequest, ListMessagesResponse> OnList { get; set; } = _ => new ListMessagesResponse();

    /// <summary>Who is there; unless a test says so, the node's program does not tell.</summary>
    public Func<GetPresenceRequest, GetPresenceResponse> OnPresence { get; set; } =
        _ => throw new RpcException(new Status(StatusCode.Unimplemented, "not told"));

    /// <summary>What the client said it has, opening the newest delivery stream: conversation and sequence.</summary>
    public IReadOnlyList<string> Received { get; set; } = [];

    /// <summary>What it says of the cluster; null: it does not say.</summary>
    public GetClusterResponse? Report { get; set; }

    /// <summary>How it refuses to say it.</summary>
    public RpcException ReportRefused { get; set; } = new(new Status(StatusCode.Unimplemented, "not told"));

    /// <summary>Streams of sends that were opened.</summary>
    public int Streams => Volatile.Read(ref streams);

    /// <summary>How often it was asked for its report.</summary>
    public int Reports => Volatile.Read(ref reports);

    public void Asked() => Interlocked.Increment(ref reports);

    public void Opened() => Interlocked.Increment(ref streams);

    public void Dispose() => stopped.Cancel();
}

/// <summary>The message service of a <see cref="FakeNode"/>.</summary>
internal sealed class FakeMessages(FakeScript script) : MessageService.MessageServiceBase
{
    public override async Task SendMessages(
        IAsyncStreamReader<SendMessagesRequest> requestStream,
        IServerStreamWriter<SendMessagesResponse> responseStream,
        ServerCallContext context)
    {
        script.Opened();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(script.Stopped, context.CancellationToken);
        while (await requestStream.MoveNext(stop.Token))
        {
            var message = requestStream.Current.Message;
            switch (script.OnSend(message))
            {
                case FakeAnswer.StoreAndBreak:
                    script.Cluster.Apply(message);
                    context.GetHttpContext().Abort();
                    return;
                case FakeAnswer.Break:
                    context.GetHttpContext().Abort();
                    return;
                case FakeAnswer.StoreAndHang:
                    script.Cluster.Apply(message);
                    await Task.Delay(Timeout.Infinite, stop.Token);
                    return;
                case FakeAnswer.Hang:
                    await Task.Delay(Timeout.Infinite, stop.Token);
                    return;
                case var answer:
                    await responseStream.WriteAsync(Answer(answer, message), stop.Token);
                    break;
            }
        }
    }

    /// <summary>A message from bob.</summary>
    public static ReceiveMessagesResponse Arrival(string conversation, long sequence) => new()
    {
        Message = new Message
        {
            Conversation = conversation,
            Sequence = sequence,
            MessageId = ByteString.CopyFrom(new byte[16]),
            Sender = "bob",
            Recipient = "alice",
            Text = $"text {sequence}",
        },
    };

    public override async Task<AcknowledgeMessagesResponse> AcknowledgeMessages(
        AcknowledgeMessagesRequest request, ServerCallContext context)
    {
        await script.OnAcknowledge(request);
        return new AcknowledgeMessagesResponse { LogIndex = 1 };
    }

    public override Task<MarkMessagesReadResponse> MarkMessagesRead(
        MarkMessagesReadRequest request, ServerCallContext context)
    {
        foreach (var mark in request.Marks)
        {
            script.Read.Enqueue($"{mark.Conversation} {mark.Sequence}{(request.Quiet ? " q" : "")}");
        }

        return Task.FromResult(new MarkMessagesReadResponse { LogIndex = 1 });
    }

    public override Task<ListMessagesResponse> ListMessages(ListMessagesRequest request, ServerCallContext context) =>
        Task.FromResult(script.OnList(request));

    public override async Task ReceiveMessages(
        ReceiveMessagesRequest request,
        IServerStreamWriter<ReceiveMessagesResponse> responseStream,
        ServerCallContext context)
    {
        script.Received = [.. request.Received.Select(mark => $"{mark.Conversation} {mark.Sequence}")];
        if (!await script.OnReceive(request.StreamNumber, responseStream))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the node is stopping"));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(script.Stopped, context.CancellationToken);
        await Task.Delay(Timeout.Infinite, stop.Token);
    }

    private SendMessagesResponse Answer(FakeAnswer answer, SendMessageRequest message) => answer switch
    {
        FakeAnswer.NoMajority => FakeCluster.Refused(message.MessageId, 14, "NO_MAJORITY"),
        FakeAnswer.RateLimited => FakeCluster.Refused(message.MessageId, 8, "RATE_LIMITED", retryAfterMs: 10),
        FakeAnswer.SessionEnded => FakeCluster.Refused(message.MessageId, 16, "SESSION_ENDED"),
        FakeAnswer.Invalid => FakeCluster.Refused(message.MessageId, 3, "ARGUMENT_INVALID"),
        _ => script.Cluster.Apply(message),
    };
}

/// <summary>The session service of a <see cref="FakeNode"/>: everybody may log in.</summary>
internal sealed class FakeSessions(FakeScript script) : SessionService.SessionServiceBase
{
    public override Task<LoginResponse> Login(LoginRequest request, ServerCallContext context)
    {
        context.GetHttpContext().Response.Headers["parley-cluster"] = script.Cluster.Id;
        return Task.FromResult(new LoginResponse
        {
            Name = request.Name,
            Session = 1,
            Client = script.Cluster.OpenClient(),
            LogIndex = 1,
        });
    }

    public override Task<OpenClientResponse> OpenClient(OpenClientRequest request, ServerCallContext context) =>
        Task.FromResult(new OpenClientResponse { Client = script.Cluster.OpenClient(), LogIndex = 1 });
}

/// <summary>The cluster service of a <see cref="FakeNode"/>.</summary>
internal sealed class FakeReports(FakeScript script) : ClusterService.ClusterServiceBase
{
    public override Task<GetClusterResponse> GetCluster(GetClusterRequest request, ServerCallContext context)
    {
        script.Asked();
        return Task.FromResult(script.Report ?? throw script.ReportRefused);
    }
}

/// <summary>The account service of a <see cref="FakeNode"/>.</summary>
internal sealed class FakeAccounts(FakeScript script) : AccountService.AccountServiceBase
{
    public override Task<GetPresenceResponse> GetPresence(GetPresenceRequest request, ServerCallContext context) =>
        Task.FromResult(script.OnPresence(request));
}
