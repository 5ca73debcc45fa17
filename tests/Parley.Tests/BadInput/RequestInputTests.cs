using Google.Protobuf;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.BadInput;

/// <summary>Requests below the level of calls: bytes that are no protobuf, frames, headers, metadata, tokens.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class RequestInputTests(BadInputStage stage)
{
    private const string GetCluster = "ClusterService/GetCluster";
    private const string Login = "SessionService/Login";
    private const string Send = "MessageService/SendMessage";
    private const string SendMany = "MessageService/SendMessages";
    private const string Health = "/grpc.health.v1.Health/Check";
    private const string Reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadTimeout =
        $"{BadArgument}: grpc-timeout: 1 to 8 digits and one of HMSmun are expected";

    private const string TooManyFields =
        $"{BadArgument}: fields: at most 4000 in a request are expected, known or not";

    private const string TooLarge =
        "RESOURCE_EXHAUSTED: Received message exceeds the maximum configured message size.";

    [Fact]
    public Task Bytes_that_are_no_message_of_their_type() => stage.RunAsync(
    [
        .. Bytes("a truncated field", "120561"),
        .. Bytes("invalid UTF-8", "1202C328"),
        .. Bytes("overlong UTF-8", "1202C0AF"),
        .. Bytes("a surrogate in UTF-8", "1203EDA080"),
        .. Bytes("an endless varint", "08FFFFFFFFFFFFFFFFFFFFFF"),
        .. Bytes("a length of 2^31-1", "12FFFFFFFF07"),
        .. Bytes("a negative length", "12FFFFFFFFFFFFFFFFFF01"),
        .. Bytes("field number 0", "0001"),
        .. Bytes("wire type 7", "0F01"),
        .. Bytes("a group that does not end", "0B"),
        .. Bytes("a group that did not begin", "0C"),
        Row.Anyone("groups in groups, 1,000 deep",
            caller => caller.CallRawAsync(Login, [.. Enumerable.Repeat((byte)0x0B, 1_000)]), BadArgument),
        Row.Anyone("groups in groups, 1,000 deep, all ended",
            caller => caller.CallRawAsync(
                Login,
                [.. Enumerable.Repeat((byte)0x0B, 1_000), .. Enumerable.Repeat((byte)0x0C, 1_000)]),
            BadArgument),
        Row.Anyone("64 KiB and a byte", caller => caller.CallRawAsync(Login, new byte[65_537]), TooLarge),
        Row.Session("a stream's message without a message",
            caller => caller.SendInStreamAsync(new SendMessagesRequest()), "INVALID_ARGUMENT MESSAGE_ID_INVALID"),
        Row.Session("a stream's message that is none",
            caller => caller.CallRawAsync(SendMany, [0xFF, 0xFF, 0xFF]), BadArgument),
    ]);

    /// <summary>A request that is right, with fields of a later protocol: they are left alone up to a number.</summary>
    [Fact]
    public Task Fields_that_nobody_knows() => stage.RunAsync(
    [
        Row.Anyone("4,000 unknown fields", caller => caller.CallRawAsync(GetCluster, Unknown(4_000)), Row.Ok),
        Row.Anyone("4,001 unknown fields", caller => caller.CallRawAsync(GetCluster, Unknown(4_001)), TooManyFields),
        Row.Anyone("10,000 unknown fields", caller => caller.CallRawAsync(GetCluster, Unknown(10_000)), TooManyFields),
        Row.Anyone("10,000 unknown fields in a group",
            caller => caller.CallRawAsync(GetCluster, [0xA3, 0x06, .. Unknown(10_000), 0xA4, 0x06]), TooManyFields),
        Row.Anyone("one unknown field of 60,000 bytes",
            caller => caller.CallRawAsync(GetCluster, Delimited([0xA2, 0x06], new byte[60_000])), Row.Ok),
        Row.Session("10,000 unknown fields, for who has a session",
            caller => caller.CallRawAsync("AccountService/ListAccounts", Unknown(10_000)), TooManyFields),
        Row.Session("10,000 unknown fields in a mark",
            caller => caller.CallRawAsync(
                "MessageService/AcknowledgeMessages", Delimited([0x0A], Unknown(10_000))),
            TooManyFields),
        Row.Session("10,000 unknown fields in a stream's message",
            caller => caller.CallRawAsync(SendMany, Delimited([0x0A], Unknown(10_000))), TooManyFields),
        Row.Session("10,000 unknown fields where a stream is asked for",
            caller => caller.CallRawAsync("MessageService/ReceiveMessages", Unknown(10_000)), TooManyFields),
    ]);

    [Fact]
    public Task What_others_services_on_the_port_are_sent() => stage.RunAsync(
    [
        Row.Anyone("the health of what there is not", caller => caller.CallRawAsync(Health, [0x0A, 0x01, (byte)'x']),
            "NOT_FOUND: unknown service"),
        Row.Anyone("invalid UTF-8, in Check", caller => caller.CallRawAsync(Health, [0x0A, 0x02, 0xC3, 0x28]),
            BadArgument),
        Row.Anyone("64 KiB and a byte, in Check", caller => caller.CallRawAsync(Health, new byte[65_537]), TooLarge),
        Row.Anyone("64 KiB and a byte, in Watch",
            caller => caller.CallRawAsync("/grpc.health.v1.Health/Watch", new byte[65_537]), TooLarge),
        Row.Anyone("64 KiB and a byte, in reflection",
            caller => caller.CallRawAsync(Reflection, new byte[65_537]), TooLarge),
        Row.Anyone("what is no message, in reflection",
            caller => caller.CallRawAsync(Reflection, [0xFF, 0xFF, 0xFF]), BadArgument),
    ]);

    [Fact]
    public Task Frames_and_headers() => stage.RunAsync(
    [
        Row.Anyone("a frame of 2^32-1 bytes, more than any message can have",
            caller => caller.PostAsync(Login, BareHttp.Frame(0, uint.MaxValue)), BadArgument),
        Row.Session("a frame of 2^32-1 bytes in a stream",
            caller => caller.PostAsync(SendMany, BareHttp.Frame(0, uint.MaxValue)), BadArgument),
        Row.Anyone("a frame of 2^31-1 bytes",
            caller => caller.PostAsync(Login, BareHttp.Frame(0, int.MaxValue, 1, 2, 3)), TooLarge),
        Row.Session("a frame of 2^31-1 bytes in a stream",
            caller => caller.PostAsync(SendMany, BareHttp.Frame(0, int.MaxValue)), TooLarge),
        Row.Session("a frame of a stream whose flag is 2",
            caller => caller.PostAsync(SendMany, BareHttp.Frame(2, 0)), BadArgument),
        Row.Anyone("a frame that ends early",
            caller => caller.PostAsync(Login, BareHttp.Frame(0, 100, 1, 2, 3)), BadArgument),
        Row.Session("a frame of a stream that ends early",
            caller => caller.PostAsync(SendMany, BareHttp.Frame(0, 100, 1, 2, 3)), BadArgument),
        Row.Anyone("half a frame's head", caller => caller.PostAsync(Login, [0, 0]), BadArgument),
        Row.Anyone("no frame at all", caller => caller.PostAsync(Login, []), BadArgument),
        Row.Anyone("two messages where one is expected",
            caller => caller.PostAsync(Login, [.. BareHttp.Frame(0, 0), .. BareHttp.Frame(0, 0)]), BadArgument),
        Row.Anyone("a frame whose flag is 2",
            caller => caller.PostAsync(Login, BareHttp.Frame(2, 0)), BadArgument),
        Row.Anyone("a frame said to be compressed, nobody says how",
            caller => caller.PostAsync(Login, BareHttp.Frame(1, 0)), BadArgument),
        Row.Anyone("a bomb of 32 MB in gzip",
            caller => caller.PostAsync(Login, BareHttp.Bomb(32), ("grpc-encoding", "gzip")),
            "UNIMPLEMENTED: Unsupported grpc-encoding value 'gzip'. Supported encodings: identity"),
        Row.Anyone("a bomb of 256 MB in gzip",
            caller => caller.PostAsync(Login, BareHttp.Bomb(256), ("grpc-encoding", "gzip")), TooLarge),
        Row.Anyone("an encoding nobody knows",
            caller => caller.PostAsync(Login, BareHttp.Frame(1, 1, 1), ("grpc-encoding", "rot13")),
            "UNIMPLEMENTED: Unsupported grpc-encoding value 'rot13'. Supported encodings: identity"),
        Row.Anyone("JSON", caller => caller.PostAsync(Login, "{}"u8.ToArray(), ("content-type", "application/json")),
            BadArgument),
        Row.Anyone("a call there is not", caller => caller.PostAsync($"SessionService/{caller.Canary}", []),
            "UNIMPLEMENTED: Method is unimplemented."),
        Row.Anyone("a service there is not", caller => caller.PostAsync($"/{caller.Canary}.Service/Drop", []),
            "UNIMPLEMENTED: Service is unimplemented."),
        Row.Anyone("a call of the nodes on the clients' port",
            caller => caller.PostAsync("/parley.node.v1.NodeService/Consensus", []), "HTTP 404"),
        Row.Anyone("a path that climbs", caller => caller.PostAsync("/%2e%2e/%2e%2e/etc", []), "HTTP 404"),
        Row.Anyone("a path with an escape sequence", caller => caller.PostAsync($"/%1b[2J%0d%0a{caller.Canary}", []),
            "HTTP 404"),
        Deadline("that is none", BadInputStage.Canary, BadTimeout),
        Deadline("that is empty", "", BadTimeout),
        Deadline("without a unit", "10", BadTimeout),
        Deadline("of days", "1d", BadTimeout),
        Deadline("that is negative", "-1S", BadTimeout),
        Deadline("of nine digits", "100000000S", BadTimeout),
        Deadline("with a space in it", "1 S", BadTimeout),
        Deadline("as far off as there is one", "99999999H", Row.Ok),
        Row.Anyone("a page for a browser",
            caller => BareHttp.PostAsync(stage.Http, $"https://{caller.Node.Address}", "/", [], [], "GET"), "HTTP 404"),
    ]);

    [Fact]
    public Task Metadata_of_the_protocol() => stage.RunAsync(
    [
        Seen("that is no number", "twelve"),
        Seen("that is negative", "-1"),
        Seen("of 10^30", "1000000000000000000000000000000"),
        Seen("in hexadecimal", "0x10"),
        Row.Anyone("the id of another cluster",
            caller => caller.PostAsync(Login, BareHttp.Frame(0, 0), ("parley-cluster", new string('0', 32))),
            "FAILED_PRECONDITION CLUSTER_CHANGED"),
        Row.Anyone("a cluster id that is none",
            caller => caller.PostAsync(Login, BareHttp.Frame(0, 0), ("parley-cluster", caller.Canary)),
            "FAILED_PRECONDITION CLUSTER_CHANGED"),
    ]);

    /// <summary>Every call that needs a session, with every kind of token that is none: one answer.</summary>
    [Fact]
    public async Task Tokens()
    {
        var ended = await stage.EnterAsync("ended");
        await stage.LoginAsync("ended");
        var gone = await stage.EnterAsync("left");
        await stage.As(gone).Node.Accounts.DeleteAccountAsync(
            new() { Password = BadInputStage.RightPassword }, stage.As(gone).Options);
        var random = System.Buffers.Text.Base64Url.EncodeToString(Cluster.RawNode.NewToken());
        var bobs = stage.As(stage.Bob).Options.Headers!.Single().Value["Bearer ".Length..];
        (string What, string Header)[] tokens =
        [
            ("an empty", ""),
            ("a random", $"Bearer {random}"),
            ("a truncated", $"Bearer {bobs[..^1]}"),
            ("a lengthened", $"Bearer {bobs}A"),
            ("a spoiled", $"Bearer {(bobs[0] == 'A' ? 'B' : 'A')}{bobs[1..]}"),
            ("a doubled", $"Bearer {bobs}, Bearer {bobs}"),
            ("a bare", bobs),
            ("a basic", $"Basic {bobs}"),
            ("a 10 KB", $"Bearer {new string('A', 10_240)}"),
            ("an ended", stage.As(ended).Options.Headers!.Single().Value),
            ("a deleted account's", stage.As(gone).Options.Headers!.Single().Value),
        ];
        var calls = Parley.Server.Api.AccessTable.Rows
            .Where(row => row.Value is not (Parley.Server.Api.Access.Open or Parley.Server.Api.Access.Anonymous))
            .Select(row => row.Key)
            .Order(StringComparer.Ordinal);

        await stage.RunAsync(
        [
            .. from call in calls
               from token in tokens
               select new Row(
                   $"{token.What} token for {call}",
                   caller => caller.PostAsync(call, BareHttp.Frame(0, 0), ("authorization", token.Header)),
                   Row.NoSession, "", ""),
        ]);
    }

    private static Row[] Bytes(string what, string hex) =>
    [
        Row.Anyone($"{what}, in Login", caller => caller.CallRawAsync(Login, Convert.FromHexString(hex)), BadArgument),
        Row.Anyone(
            $"{what}, in SendMessage", caller => caller.CallRawAsync(Send, Convert.FromHexString(hex)), BadArgument),
    ];

    /// <summary>Field 100, a number, so many times.</summary>
    private static byte[] Unknown(int count) =>
        [.. Enumerable.Repeat<byte[]>([0xA0, 0x06, 1], count).SelectMany(field => field)];

    /// <summary>A field of bytes, or a message in another.</summary>
    private static byte[] Delimited(byte[] tag, byte[] value)
    {
        using var field = new MemoryStream();
        using (var output = new CodedOutputStream(field, leaveOpen: true))
        {
            output.WriteBytes(ByteString.CopyFrom(value));
        }

        return [.. tag, .. field.ToArray()];
    }

    private static Row Deadline(string what, string value, string answer) => Row.Anyone(
        $"a deadline {what}",
        caller => caller.PostAsync(GetCluster, BareHttp.Frame(0, 0), ("grpc-timeout", value)),
        answer);

    private static Row Seen(string what, string value) => Row.Anyone(
        $"a seen index {what}",
        caller => caller.PostAsync(Login, BareHttp.Frame(0, 0), ("parley-seen-index", value)),
        $"{BadArgument}: parley-seen-index: a decimal number from 0 is expected");
}
