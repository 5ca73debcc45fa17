using Google.Protobuf;
using Grpc.Core;

namespace Parley.Tests.Api;

/// <summary>Bad inputs at a real node: the exact answer, and the node goes on.</summary>
public sealed class BadInputTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private const string LoginPath = "/parley.chat.v1.SessionService/Login";
    private const string SendPath = "/parley.chat.v1.MessageService/SendMessages";

    [Theory]
    [InlineData("FFFFFF")]
    [InlineData("0A05616263")]
    [InlineData("0A02C328")]
    [InlineData("0D01")]
    public async Task What_is_no_protobuf_of_its_type_is_an_invalid_argument(string hex)
    {
        var alice = await node.LogInNewAsync("alice");

        foreach (var path in new[] { LoginPath, SendPath })
        {
            await NodeFixture.AssertRefusedAsync(
                StatusCode.InvalidArgument,
                "ARGUMENT_INVALID",
                () => node.CallRawAsync(path, Convert.FromHexString(hex), alice.Metadata));
        }
    }

    [Fact]
    public async Task Ten_thousand_unknown_fields_are_skipped_and_a_message_of_70_KB_is_refused()
    {
        var unknown = Enumerable.Repeat<byte[]>([0xA0, 0x06, 0x01], 10_000).SelectMany(field => field).ToArray();

        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument,
            "ARGUMENT_INVALID",
            () => node.CallRawAsync(LoginPath, unknown, metadata: null));
        var refusal = await NodeFixture.RefusalAsync(
            () => node.CallRawAsync(LoginPath, new byte[70_000], metadata: null));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.Code);
    }

    [Fact]
    public async Task Compressed_requests_are_not_taken()
    {
        var compressed = new Metadata { { "grpc-internal-encoding-request", "gzip" } };

        var refusal = await NodeFixture.RefusalAsync(() => node.CallRawAsync(LoginPath, [], compressed));

        Assert.Equal(StatusCode.Unimplemented, refusal.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    [InlineData("\u0430lice")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("..")]
    [InlineData("a\u202eb")]
    [InlineData("'; DROP TABLE accounts;--")]
    public async Task No_account_can_have_such_a_name(string name)
    {
        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, "NAME_INVALID", () => CreateAsync(name, NodeFixture.Password));
    }

    [Fact]
    public async Task A_name_is_taken_in_capitals_too()
    {
        var alice = await node.LogInNewAsync("alice");

        await NodeFixture.AssertRefusedAsync(
            StatusCode.AlreadyExists,
            "NAME_TAKEN",
            () => CreateAsync(alice.Name.ToUpperInvariant(), NodeFixture.Password));
    }

    [Theory]
    [InlineData(0, "PASSWORD_TOO_SHORT")]
    [InlineData(7, "PASSWORD_TOO_SHORT")]
    [InlineData(257, "PASSWORD_TOO_LONG")]
    [InlineData(60_000, "PASSWORD_TOO_LONG")]
    public async Task A_password_has_a_least_and_a_greatest_length(int length, string reason)
    {
        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, reason, () => CreateAsync("dave", new string('p', length)));
    }

    [Fact]
    public async Task Texts_have_a_least_and_a_greatest_length()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");

        await AssertTextRefusedAsync("TEXT_EMPTY", "");
        await AssertTextRefusedAsync("TEXT_EMPTY", " \t\n\u2003");
        await AssertTextRefusedAsync("TEXT_TOO_LONG", new string('x', 16_385));
        await AssertTextRefusedAsync("TEXT_TOO_LONG", new string('\u00e9', 8_193));
        Assert.Equal(1, (await alice.SendAsync(1, bob, new string('\u00e9', 8_192))).Sequence);

        async Task AssertTextRefusedAsync(string reason, string text) => await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, reason, () => alice.SendAsync(1, bob, text));
    }

    [Fact]
    public async Task Ids_nonces_recipients_and_marks_follow_the_protocol()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var good = alice.Message(1, bob, "hello");
        async Task SendAsync(Action<Protocol.Chat.V1.SendMessageRequest> spoil)
        {
            var request = good.Clone();
            spoil(request);
            await node.Messages.SendMessageAsync(request, alice.Metadata);
        }

        await AssertInvalidAsync("MESSAGE_ID_INVALID", () => SendAsync(r => r.MessageId = NodeFixture.RandomBytes(15)));
        await AssertInvalidAsync(
            "MESSAGE_ID_INVALID", () => SendAsync(r => r.MessageId = NodeFixture.MessageId(alice.Login.Client, 0)));
        await AssertInvalidAsync("NONCE_INVALID", () => SendAsync(r => r.Nonce = NodeFixture.RandomBytes(17)));
        await AssertInvalidAsync("NAME_INVALID", () => SendAsync(r => r.Recipient = "no one"));
        await AssertInvalidAsync("ARGUMENT_INVALID", () => alice.AcknowledgeAsync(new string('0', 32), 0));
        await NodeFixture.AssertRefusedAsync(
            StatusCode.NotFound, "NOT_FOUND", () => alice.AcknowledgeAsync(new string('0', 32), 1));
        await SendAsync(_ => { });
    }

    [Fact]
    public async Task Pages_have_bounds_and_tokens_of_their_own()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        for (ulong counter = 1; counter <= 3; counter++)
        {
            await alice.SendAsync(counter, bob, "hello");
        }

        var first = await ListAsync(new() { With = bob.Name, PageSize = 2 });
        var second = await ListAsync(new() { With = bob.Name, PageToken = first.NextPageToken });

        Assert.Equal([1L, 2L], first.Messages.Select(message => message.Sequence));
        Assert.Equal([3L], second.Messages.Select(message => message.Sequence));
        Assert.Empty(second.NextPageToken);
        Assert.False(first.Stale);
        await AssertInvalidAsync("PAGE_SIZE_INVALID", () => ListAsync(new() { With = bob.Name, PageSize = -1 }));
        await AssertInvalidAsync("PAGE_TOKEN_INVALID", () => ListAsync(new() { With = bob.Name, PageToken = "x" }));
        await AssertInvalidAsync(
            "PAGE_TOKEN_INVALID", () => ListAsync(new() { With = "carol", PageToken = first.NextPageToken }));
        Assert.Equal(3, (await ListAsync(new() { With = bob.Name, PageSize = 1_000_000_000 })).Messages.Count);

        var last = await ListAsync(new() { With = bob.Name, PageSize = 2, Backward = true });
        var before = await ListAsync(new() { With = bob.Name, PageToken = last.NextPageToken, Backward = true });

        Assert.Equal([2L, 3L], last.Messages.Select(message => message.Sequence));
        Assert.Equal([1L], before.Messages.Select(message => message.Sequence));
        Assert.Empty(before.NextPageToken);
        Assert.True(last.Backward && !first.Backward);
        Assert.Equal(
            [1L],
            (await ListAsync(new() { With = bob.Name, Backward = true, BeforeSequence = 2 })).Messages
                .Select(message => message.Sequence));
        await AssertInvalidAsync(
            "PAGE_TOKEN_INVALID", () => ListAsync(new() { With = bob.Name, PageToken = last.NextPageToken }));
        await AssertInvalidAsync(
            "PAGE_TOKEN_INVALID",
            () => ListAsync(new() { With = bob.Name, PageToken = first.NextPageToken, Backward = true }));

        async Task<Protocol.Chat.V1.ListMessagesResponse> ListAsync(Protocol.Chat.V1.ListMessagesRequest request) =>
            await node.Messages.ListMessagesAsync(request, alice.Metadata);
    }

    private static async Task AssertInvalidAsync(string reason, Func<Task> call) =>
        await NodeFixture.AssertRefusedAsync(StatusCode.InvalidArgument, reason, call);

    private async Task CreateAsync(string name, string password) => await node.Accounts.CreateAccountAsync(
        new() { RequestId = ByteString.CopyFrom(new byte[16]), Name = name, Password = password });
}
