using System.Globalization;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;
using Parley.Tests.Hooks;

namespace Parley.Tests.BadInput;

/// <summary>What comes to hooks, and to those who make them.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class HookInputTests(BadInputStage stage)
{
    private const string Unknown = "404: HOOK_UNKNOWN";
    private const string NoKey = "400: KEY_NEEDED";
    private const string BadBody = "400: BODY_INVALID";
    private const string BadType = "415: TYPE_UNKNOWN";

    private static readonly byte[] NotUtf8 = [0xC3, 0x28];

    private HookPoster Poster { get; } = new(stage.Cluster.Nodes.CaFingerprint!);

    [Fact]
    public async Task Posts()
    {
        using var poster = Poster;
        var secret = NodeFixture.RandomBytes(32);
        var token = TokenOf(secret);
        stage.Hide(token["parley_".Length..]);
        await MakeAsync(secret, "#hall");
        var device = NodeFixture.RandomBytes(32);
        await MakeAsync(device, "");
        var key = BadInputStage.Canary;
        var ok = new Func<HttpContent>(() => HookPoster.Plain(BadInputStage.Canary));

        await stage.RunAsync(
        [
            Post("no token", "", key, ok, "404: "),
            Post("a token of one letter", "x", key, ok, Unknown),
            Post("a token that nobody made", token[..^4] + "AAAA", key, ok, Unknown),
            Post("a device token", TokenOf(device), key, ok, Unknown),
            Post("a wrong token without key, of no type", token[..^4] + "AAAA", null, () => Bytes([], null), Unknown),
            Post("a token of 4,000 letters", new string('a', 4_000), key, ok, Unknown),
            Post("something behind the token", token + "/more", key, ok, "404: "),
            Post("a token with %00", token + "%00", key, ok, "400: "),
            Post("no key", token, null, ok, NoKey),
            Post("an empty key", token, "", ok, NoKey),
            Post("a key of two words", token, "two words", ok, NoKey),
            Post("a key that does not end", token, "\"open", ok, NoKey),
            Post("a key of 256 letters", token, new string('k', 256), ok, NoKey),
            Post("no type", token, key, () => Bytes("text"u8, null), BadType),
            Post("a form", token, key, () => Bytes("text=x"u8, "application/x-www-form-urlencoded"), BadType),
            Post("another character set", token, key, () => Bytes("x"u8, "text/plain; charset=utf-16"), BadType),
            Post("no text", token, key, () => HookPoster.Plain(""), "400: TEXT_EMPTY"),
            Post("a blank text", token, key, () => HookPoster.Plain(" \r\n\u2003"), "400: TEXT_EMPTY"),
            Post("a text of 16,385 bytes", token, key, () => Long(16_385), "400: TEXT_TOO_LONG"),
            Post("a body of 65,537 bytes", token, key, () => Long(65_537), "413: BODY_INVALID"),
            Post("what is no UTF-8", token, key, () => Bytes(NotUtf8, "text/plain"), BadBody),
            Post("what is no JSON", token, key, () => HookPoster.Json("{"), BadBody),
            Post("JSON without a text", token, key, () => HookPoster.Json("""{"alert":"x"}"""), BadBody),
            Post("a text that is a number", token, key, () => HookPoster.Json("""{"text":1}"""), BadBody),
            Post("two texts", token, key, () => HookPoster.Json("""{"text":"a","text":"b"}"""), BadBody),
            Post("a list", token, key, () => HookPoster.Json("""["text"]"""), BadBody),
            Post("JSON 40 deep", token, key, () => HookPoster.Json(new string('[', 40) + new string(']', 40)), BadBody),
            Post("half a character in JSON", token, key, () => HookPoster.Json("""{"text":"\ud800"}"""), BadBody),
            Row.MemberOnly("GET", _ => PostAsync(
                token, key, ok, request => request.Method = HttpMethod.Get), "405: NOT_POST"),
            Row.MemberOnly("two keys", _ => PostAsync(
                token, key, ok, request => request.Headers.TryAddWithoutValidation("Idempotency-Key", "b")), NoKey),
            Row.MemberOnly("a call of clients", _ => PostAsync(
                "", key, ok, request => request.RequestUri = new Uri(
                    request.RequestUri!, BadInputStage.PathOf("ClusterService/GetCluster"))), "404: "),
            Row.MemberOnly("a call of nodes in capitals", _ => PostAsync(
                "", key, ok, request => request.RequestUri = new Uri(
                    request.RequestUri!, "/PARLEY.NODE.V1.NODESERVICE/GREET")), "404: "),
            Row.MemberOnly("a hook in capitals where clients call", _ => PostAsync(
                token, key, ok, request =>
                {
                    var node = stage.Cluster.Nodes.Node(stage.NextNode().Id);
                    request.RequestUri = new Uri($"https://{node.ClientAddress}/HOOKS/{token}");
                    request.Version = System.Net.HttpVersion.Version20;
                    request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
                }), "404: "),
        ]);
    }

    [Fact]
    public Task Making_hooks() => stage.RunAsync(
    [
        Create("to nobody", "nobody", "NOT_FOUND NOT_FOUND"),
        Create("to what is no name", "../etc", "INVALID_ARGUMENT NAME_INVALID"),
        Create("to a room that is not there", "#nowhere", "NOT_FOUND NOT_FOUND"),
        Create("to a room by invitation of others", "#board", "NOT_FOUND NOT_FOUND", stage.Alice),
        Create("to a room of others", "#hall", "PERMISSION_DENIED NOT_MEMBER", stage.Alice),
    ]);

    private Row Create(string input, string target, string answer, Person? who = null)
    {
        var request = Request(NodeFixture.RandomBytes(32), target);
        Task Call(Caller caller) => caller.Node.Credentials.CreateTokenAsync(request, caller.Options).ResponseAsync;
        return who is null ? Row.Session(input, Call, answer) : new Row(input, Call, Row.NoSession, "", answer);
    }

    private async Task MakeAsync(Google.Protobuf.ByteString secret, string target)
    {
        var hash = Google.Protobuf.ByteString.CopyFrom(System.Security.Cryptography.SHA256.HashData(secret.Span));
        var bob = stage.As(stage.Bob);
        await bob.Node.Credentials.CreateTokenAsync(Request(hash, target), bob.Options);
    }

    private static CreateTokenRequest Request(Google.Protobuf.ByteString hash, string target) => new()
    {
        Password = BadInputStage.RightPassword,
        TokenHash = hash,
        Label = "alerts",
        HookTarget = target,
    };

    private Row Post(string input, string token, string? key, Func<HttpContent> content, string answer) =>
        Row.MemberOnly(input, _ => PostAsync(token, key, content), answer);

    /// <summary>Fails as the answer says.</summary>
    private async Task PostAsync(
        string token, string? key, Func<HttpContent> content, Action<HttpRequestMessage>? change = null)
    {
        var node = stage.Cluster.Nodes.Node(stage.NextNode().Id);
        var reply = await Poster.PostAsync(node, token, key, content(), change);
        throw new BareAnswerException(reply is null ? "none" : string.Create(
            CultureInfo.InvariantCulture, $"{(int)reply.Status}: {reply.Title}"));
    }

    private static string TokenOf(Google.Protobuf.ByteString secret) =>
        "parley_" + System.Buffers.Text.Base64Url.EncodeToString(secret.Span);

    private static HttpContent Long(int bytes) => HookPoster.Plain(new string('x', bytes));

    private static ByteArrayContent Bytes(ReadOnlySpan<byte> body, string? type)
    {
        var content = new ByteArrayContent(body.ToArray());
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return content;
    }
}
