using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Parley.Client.Receiving;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;
using Parley.Verbs;
using Message = Parley.Protocol.Chat.V1.Message;

namespace Parley.Fuzz.Targets;

/// <summary>What a server that lies tells a client: reports, messages, refusals.</summary>
internal sealed class AnswerTarget : FuzzTarget
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        new GetClusterResponse
        {
            ClusterId = new string('c', 32),
            NodeId = 1,
            Role = NodeRole.Leader,
            Voters = 5,
            ReachableVoters = 5,
            Nodes = { new Parley.Protocol.Chat.V1.Node { Id = 2, ClientAddress = "127.0.0.1:7402", Reachable = true } },
            Warnings = { "a warning" },
            Condition = new() { UptimeSeconds = 5, ClockOffsetUs = -7, Clients = 2, DiskUsedBytes = 9 },
        }.ToByteArray(),
        new Message { Conversation = "c", Sequence = 1, Sender = "bob", Recipient = "alice", Text = "hi", SentAtUs = 5 }
            .ToByteArray(),
        new SendError { Code = 8, Reason = "RATE_LIMITED", Message = "slowly", RetryAfterMs = 50 }.ToByteArray(),
        Details().ToByteArray(),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. BytesOf(
            "SESSION_ENDED", "OUT_OF_ORDER", "RATE_LIMITED", "type.googleapis.com/google.rpc.RetryInfo",
            "type.googleapis.com/google.rpc.ErrorInfo", "localhost:x", "127.0.0.1:7402"),
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    ];

    public override void Check(byte[] input)
    {
        Property.Accepts<InvalidProtocolBufferException>(() => CheckReport(GetClusterResponse.Parser.ParseFrom(input)));
        Property.Accepts<InvalidProtocolBufferException>(() =>
        {
            var message = WireMessages.ToMessage(Message.Parser.ParseFrom(input));
            Property.Holds(message.SentAt.UtcDateTime.Year is >= 1970 and <= 9999);
            CheckLine(JsonLines.Message(message));
        });
        Property.Accepts<InvalidProtocolBufferException>(
            () => CheckRefusal(Refusal.Of(SendError.Parser.ParseFrom(input))));
        CheckRefusal(Refusal.Of(new RpcException(
            new Grpc.Core.Status(StatusCode.ResourceExhausted, "too many"),
            new Metadata { { "grpc-status-details-bin", input } })));
    }

    private static void CheckReport(GetClusterResponse answer)
    {
        using var nodes = new NodeSet(new() { Nodes = ["127.0.0.1:1"], CaFingerprint = new string('a', 64) });
        var report = NodeProbe.ToReport("127.0.0.1:1", answer);
        var node = nodes.GetNode("127.0.0.1:1");
        if (Property.Accepts<Parley.Client.ConflictException>(() => nodes.CheckCluster(report.ClusterId, node)))
        {
            nodes.Learn(node, report);
            Property.Same(2, nodes.Headers("Bearer x", withSeenIndex: true).Count + (nodes.ClusterId is null ? 1 : 0));
        }

        Property.Holds(report.Condition is null || report.Condition.Uptime >= TimeSpan.Zero);
    }

    private static void CheckRefusal(Refusal refusal)
    {
        Property.Holds(refusal.RetryAfter >= TimeSpan.Zero && refusal.RetryAfter <= WaitMax);
        Property.Holds(System.Enum.IsDefined(refusal.Verdict) && refusal.ToException().Reason.Length > 0);
    }

    private static void CheckLine(string line) => Property.Holds(line.All(letter => letter is >= ' ' and <= '~'));

    private static Google.Rpc.Status Details()
    {
        var status = new Google.Rpc.Status { Code = 8, Message = "slowly" };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = "parley", Reason = "RATE_LIMITED" }));
        status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = new Duration { Seconds = 1 } }));
        return status;
    }
}
