using System.Text;
using Google.Protobuf;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Fuzz.Targets;

/// <summary>What nodes say to each other, and their stamp on disk, whose checksum is put right: refused, or read and
/// written the same.</summary>
internal sealed class NodeMessageTarget : FuzzTarget
{
    private const string SumName = "crc32c ";

    private static readonly NodeKey One = new(new NodeId(1), 0xA1);
    private static readonly NodeKey Two = new(new NodeId(2), 0xA2);

    private static readonly Membership Founders = new()
    {
        Members = [new Member(new NodeId(1), true, 0xA1, "127.0.0.1:7501"), new Member(new NodeId(2), false, 2, "b:1")],
    };

    private static readonly NodeStamp Stamp = new()
    {
        Self = new NodeId(1),
        Incarnation = 0xA1,
        Stage = FormationStage.Formed,
        ClusterId = new string('c', 32),
        HasLog = true,
        Members = [new FoundingMember(new NodeId(1), 0xA1, "127.0.0.1:7501")],
    };

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        new ConsensusRequest
        {
            ClockUs = 1,
            ClientAddress = "127.0.0.1:7401",
            SessionsHeard = { 1, 2, 3 },
            Messages =
            {
                new RaftMessage { Term = 3, VoteRequest = new() { LastLogIndex = 7, LastLogTerm = 2 } },
                new RaftMessage { Term = 3, VoteResponse = new() { Granted = true } },
                new RaftMessage
                {
                    Term = 3,
                    AppendRequest = new()
                    {
                        PreviousIndex = 7,
                        Entries = { new LogEntry { Term = 3, Kind = 2, Payload = ByteString.CopyFromUtf8("x") } },
                    },
                },
                new RaftMessage { Term = 3, AppendResponse = new() { Success = true, MatchIndex = 8 } },
                new RaftMessage { Term = 3, HeartbeatRequest = new() { CommitIndex = 8, Round = 2 } },
                new RaftMessage { Term = 3, HeartbeatResponse = new() { Round = 2 } },
                new RaftMessage { Term = 3, SnapshotOffer = new() { Index = 5 } },
                new RaftMessage { Term = 3, ReadIndexRequest = new() { Number = 5 } },
                new RaftMessage { Term = 3, ReadIndexResponse = new() { Number = 5, ReadIndex = 8 } },
                new RaftMessage { Term = 3, TimeoutNow = new() },
            },
        }.ToByteArray(),
        MembershipCodec.Encode(Founders),
        MembershipCodec.Encode(new SnapshotMark
        {
            Index = new LogIndex(7),
            Term = new Term(2),
            TimeUs = 9,
            Membership = Founders,
        }),
        NodeStampCodec.Encode(Stamp),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } = BytesOf(
        "\nself ", "\nincarnation ", "\nstage ", "\ncluster ", "\nhas-log ", "\nmember ", "1 00000000000000a1 a:1",
        "\n", " ", "99999999999", "-1", SumName);

    public override void Check(byte[] input)
    {
        Property.Accepts<InvalidProtocolBufferException>(() => CheckMessages(ConsensusRequest.Parser.ParseFrom(input)));
        Property.Accepts<FormatException>(
            () => Property.Holds(MembershipCodec.Encode(MembershipCodec.Decode(input)).Length > 0));
        Property.Accepts<FormatException>(() =>
        {
            var mark = MembershipCodec.DecodeMark(input);
            Property.Same(mark.Index, MembershipCodec.DecodeMark(MembershipCodec.Encode(mark)).Index);
        });
        Property.Accepts<FormatException>(() => NodeStampCodec.Decode(input));
        Property.Accepts<FormatException>(() => CheckStamp(WithSum(input)));
    }

    private static void CheckMessages(ConsensusRequest request)
    {
        foreach (var wire in request.Messages)
        {
            if (Wire.FromWire(wire, One, Two) is { } message)
            {
                var again = Wire.ToWire(message);
                Property.Same(wire.Term, again.Term);
                Property.Same(wire.MessageCase, again.MessageCase);
                Property.Same(again, Wire.ToWire(Wire.FromWire(again, One, Two)!));
                Property.Holds(Wire.EstimateBytes(message) > 0);
            }
        }
    }

    private static void CheckStamp(byte[] bytes)
    {
        var stamp = NodeStampCodec.Decode(bytes);
        Property.Same(stamp, NodeStampCodec.Decode(NodeStampCodec.Encode(stamp)));
    }

    /// <summary>The same lines with the checksum that is theirs.</summary>
    private static byte[] WithSum(byte[] input)
    {
        var text = Text(input);
        var at = text.LastIndexOf(SumName, StringComparison.Ordinal);
        var lines = Encoding.UTF8.GetBytes(at < 0 ? text : text[..at]);
        return [.. lines, .. Bytes($"{SumName}{Parley.Raft.Storage.Checksum.Of(lines):x8}\n")];
    }
}
