using Google.Protobuf;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;
using Parley.Tests.Cluster;

namespace Parley.Tests.BadInput;

/// <summary>Messages: texts, ids, recipients, acknowledgements, streams.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class MessageInputTests(BadInputStage stage)
{
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadReceived =
        BadArgument + ": received: a conversation's id and a sequence from 1 are expected";
    private const string BadId = "INVALID_ARGUMENT MESSAGE_ID_INVALID";

    [Fact]
    public Task Texts_and_ids() => stage.RunAsync(
    [
        .. Send("a text that is empty", send => send.Text = "", "INVALID_ARGUMENT TEXT_EMPTY"),
        .. Send("a text that is blank", send => send.Text = " \t\r\n\u2003\u00a0", "INVALID_ARGUMENT TEXT_EMPTY"),
        .. Send("a text one byte too long", send => send.Text = new string('x', 16_385),
            "INVALID_ARGUMENT TEXT_TOO_LONG"),
        .. Send("a text of two-byte letters, too long", send => send.Text = new string('\u00e9', 8_193),
            "INVALID_ARGUMENT TEXT_TOO_LONG"),
        .. Send("a text of emojis, too long", send => send.Text = string.Concat(Enumerable.Repeat("\U0001F600", 4_097)),
            "INVALID_ARGUMENT TEXT_TOO_LONG"),
        .. Send("no message id", send => send.MessageId = ByteString.Empty, BadId),
        .. Send("a message id of 15 bytes", send => send.MessageId = NodeFixture.RandomBytes(15), BadId),
        .. Send("a message id of 17 bytes", send => send.MessageId = NodeFixture.RandomBytes(17), BadId),
        .. Send("a counter of 0", send => send.MessageId = NodeFixture.MessageId(1, 0), BadId),
        .. Send("a nonce of 17 bytes", send => send.Nonce = NodeFixture.RandomBytes(17),
            "INVALID_ARGUMENT NONCE_INVALID"),
        .. Send("no recipient", send => send.Recipient = "", "INVALID_ARGUMENT NAME_INVALID"),
        .. Send("two recipients", send => send.Recipient = "carol,dave", "INVALID_ARGUMENT NAME_INVALID"),
        .. Send("a client number that nobody has", send => send.MessageId = NodeFixture.MessageId(ulong.MaxValue, 1),
            "FAILED_PRECONDITION CLIENT_FORGOTTEN"),
        .. Send("a client number of 0", send => send.MessageId = NodeFixture.MessageId(0, 1),
            "FAILED_PRECONDITION CLIENT_FORGOTTEN"),
        .. Send("carol's client number", send => send.MessageId = NodeFixture.MessageId(stage.Carol.Client, 1),
            "FAILED_PRECONDITION CLIENT_FORGOTTEN"),
        Row.MemberOnly("a counter that skips one",
            caller => caller.SendAsync(send =>
                send.MessageId = NodeFixture.MessageId(stage.Bob.Client, stage.Bob.LastCounter + 2)),
            "FAILED_PRECONDITION OUT_OF_ORDER"),
        Row.MemberOnly("the greatest counter there is",
            caller => caller.SendAsync(send =>
                send.MessageId = NodeFixture.MessageId(stage.Bob.Client, ulong.MaxValue)),
            "FAILED_PRECONDITION OUT_OF_ORDER"),
        Row.MemberOnly("a known id with another text",
            caller => caller.SendAsync(send => send.MessageId = NodeFixture.MessageId(stage.Bob.Client, 1)),
            "ABORTED MESSAGE_ID_REUSED"),
        Row.MemberOnly("a known id with another recipient",
            caller => caller.SendAsync(send =>
            {
                send.MessageId = NodeFixture.MessageId(stage.Bob.Client, 1);
                send.Text = $"{caller.Canary} 1";
                send.Recipient = "dave";
            }),
            "ABORTED MESSAGE_ID_REUSED"),
        Row.MemberOnly("a known id with another nonce",
            caller => caller.SendAsync(send =>
            {
                send.MessageId = NodeFixture.MessageId(stage.Bob.Client, 1);
                send.Text = $"{caller.Canary} 1";
                send.Nonce = NodeFixture.RandomBytes(16);
            }),
            "ABORTED MESSAGE_ID_REUSED"),
        Row.MemberOnly("the same id and text a hundred times", SendAgainAsync, Row.Ok),
    ]);

    [Fact]
    public Task Marks_and_streams() => stage.RunAsync(
    [
        Row.Session("no acknowledgement", caller => caller.AcknowledgeAsync(stage.Conversation),
            $"{BadArgument}: acknowledgements: 1 to 1000 are expected"),
        Row.Session("1,001 acknowledgements",
            caller => caller.AcknowledgeAsync(stage.Conversation, [.. Enumerable.Repeat(1L, 1_001)]),
            $"{BadArgument}: acknowledgements: 1 to 1000 are expected"),
        Row.Session("acknowledging up to 0", caller => caller.AcknowledgeAsync(stage.Conversation, 0),
            $"{BadArgument}: sequence: 1 or more is expected"),
        Row.Session("acknowledging a negative sequence",
            caller => caller.AcknowledgeAsync(stage.Conversation, long.MinValue),
            $"{BadArgument}: sequence: 1 or more is expected"),
        Row.Session("a conversation that is no id", caller => caller.AcknowledgeAsync("../../state.db", 1),
            "NOT_FOUND NOT_FOUND"),
        Row.Session("a conversation of zeros", caller => caller.AcknowledgeAsync(new string('0', 32), 1),
            "NOT_FOUND NOT_FOUND"),
        Row.Session("a conversation in capitals",
            caller => caller.AcknowledgeAsync(stage.Conversation.ToUpperInvariant() + "x", 1), "NOT_FOUND NOT_FOUND"),
        new Row("acknowledging what was never delivered",
            caller => caller.AcknowledgeAsync(stage.Conversation, 1_000),
            Row.NoSession, "OUT_OF_RANGE BEYOND_HEAD", "NOT_FOUND NOT_FOUND"),
        new Row("acknowledging the greatest sequence there is",
            caller => caller.AcknowledgeAsync(stage.Conversation, long.MaxValue),
            Row.NoSession, "OUT_OF_RANGE BEYOND_HEAD", "NOT_FOUND NOT_FOUND"),
        new Row("acknowledging in another's conversation",
            caller => caller.AcknowledgeAsync(stage.Conversation, 1), Row.NoSession, "", "NOT_FOUND NOT_FOUND"),
        Row.Session("a stream numbered 0", caller => ReceiveAsync(caller, 0),
            $"{BadArgument}: stream_number: 1 or more is expected"),
        Row.Session("a stream with a negative number", caller => ReceiveAsync(caller, -1),
            $"{BadArgument}: stream_number: 1 or more is expected"),
        Row.Session("a stream of who has 1,001 conversations",
            caller => ReceiveAsync(caller, 1, [.. Enumerable.Repeat((stage.Conversation, 1L), 1_001)]),
            $"{BadArgument}: received: at most 1000 are expected"),
        Row.Session("a stream of who has everything up to 0",
            caller => ReceiveAsync(caller, 1, (stage.Conversation, 0)), BadReceived),
        Row.Session("a stream of who has a conversation that is no id",
            caller => ReceiveAsync(caller, 1, ("../../state.db", 1)), BadReceived),
    ]);

    [Fact]
    public Task Read_marks_and_conversations() => stage.RunAsync(
    [
        Row.Session("no read mark", caller => caller.MarkReadAsync(stage.Conversation),
            $"{BadArgument}: marks: 1 to 1000 are expected"),
        Row.Session("1,001 read marks",
            caller => caller.MarkReadAsync(stage.Conversation, [.. Enumerable.Repeat(1L, 1_001)]),
            $"{BadArgument}: marks: 1 to 1000 are expected"),
        Row.Session("reading up to 0", caller => caller.MarkReadAsync(stage.Conversation, 0),
            $"{BadArgument}: sequence: 1 or more is expected"),
        Row.Session("reading a negative sequence", caller => caller.MarkReadAsync(stage.Conversation, long.MinValue),
            $"{BadArgument}: sequence: 1 or more is expected"),
        Row.Session("reading in a conversation that is no id", caller => caller.MarkReadAsync("../../state.db", 1),
            "NOT_FOUND NOT_FOUND"),
        new Row("reading what was never delivered", caller => caller.MarkReadAsync(stage.Conversation, long.MaxValue),
            Row.NoSession, "OUT_OF_RANGE NOT_DELIVERED", "NOT_FOUND NOT_FOUND"),
        Row.Session("a page of -1 conversations", caller => caller.ListConversationsAsync(-1),
            "INVALID_ARGUMENT PAGE_SIZE_INVALID"),
        Row.Session("conversations from a token of another list",
            caller => caller.ListConversationsAsync(10, "AAAAAAAAAAAx"), "INVALID_ARGUMENT PAGE_TOKEN_INVALID"),
        Row.Session("unread conversations from a token of another list",
            caller => caller.ListConversationsAsync(10, "AAAAAAAAAAAx", onlyUnread: true),
            "INVALID_ARGUMENT PAGE_TOKEN_INVALID"),
    ]);

    [Fact]
    public Task Changes() => stage.RunAsync(
    [
        .. Change("a request id of 15 bytes", request => request.RequestId = NodeFixture.RandomBytes(15),
            $"{BadArgument}: request_id: 16 bytes are expected"),
        .. Change("no request id", request => request.RequestId = ByteString.Empty,
            $"{BadArgument}: request_id: 16 bytes are expected"),
        .. Change("sequence 0", request => request.Sequence = 0, $"{BadArgument}: sequence: 1 or more is expected"),
        .. Change("a negative sequence", request => request.Sequence = long.MinValue,
            $"{BadArgument}: sequence: 1 or more is expected"),
        .. Change("no conversation", request => request.Conversation = "", "NOT_FOUND NOT_FOUND"),
        .. Change("a conversation that is no id", request => request.Conversation = "../../state.db",
            "NOT_FOUND NOT_FOUND"),
        .. Change("a conversation of zeros", request => request.Conversation = new string('0', 32),
            "NOT_FOUND NOT_FOUND"),
        Row.Session("an empty text instead", caller => EditAsync(caller, request => request.Text = ""),
            "INVALID_ARGUMENT TEXT_EMPTY"),
        Row.Session("a blank text instead", caller => EditAsync(caller, request => request.Text = " \u2003"),
            "INVALID_ARGUMENT TEXT_EMPTY"),
        Row.Session("a text instead that is one byte too long",
            caller => EditAsync(caller, request => request.Text = new string('x', 16_385)),
            "INVALID_ARGUMENT TEXT_TOO_LONG"),
    ]);

    /// <summary>A refusal that depends on the state is remembered for the request id, and nothing else happens.
    /// </summary>
    [Fact]
    public async Task Changes_of_what_is_not_there_or_not_the_callers()
    {
        await stage.RunAsync(
            [
                .. Change("the greatest sequence there is", request => request.Sequence = long.MaxValue,
                    "NOT_FOUND NOT_FOUND"),
                .. Change("a sequence beyond the head", request => request.Sequence = 1_000, "NOT_FOUND NOT_FOUND"),
                Row.MemberOnly("editing a message of others", _ => EditAsync(stage.As(stage.Dave), _ => { }),
                    "NOT_FOUND NOT_FOUND"),
                Row.MemberOnly("editing the partner's message", _ => EditAsync(stage.As(stage.Carol), _ => { }),
                    "PERMISSION_DENIED NOT_AUTHOR"),
                Row.MemberOnly("deleting the partner's message",
                    caller => DeleteAsync(stage.As(stage.Carol), Edited(caller)), "PERMISSION_DENIED NOT_AUTHOR"),
            ],
            changesNothing: false);

        var page = await stage.NextNode().Messages.ListMessagesAsync(
            new() { With = "carol" }, RawNode.With(stage.Bob.Token));
        Assert.All(page.Messages, message => Assert.Equal((0L, 0L), (message.EditedAtUs, message.DeletedAtUs)));
    }

    [Fact]
    public async Task Going_back_is_ignored()
    {
        await stage.As(stage.Bob).AcknowledgeAsync(stage.Conversation, 3);

        await stage.RunAsync(
            [Row.MemberOnly("going back", caller => caller.AcknowledgeAsync(stage.Conversation, 1), Row.Ok)]);
    }

    /// <summary>A refusal that depends on the state takes the counter: every repeat gets the first answer.</summary>
    [Fact]
    public async Task A_recipient_that_is_not_there_is_remembered()
    {
        var gone = await stage.EnterAsync("gone");
        await stage.As(gone).Node.Accounts.DeleteAccountAsync(
            new() { Password = BadInputStage.RightPassword }, stage.As(gone).Options);
        var (client, counter) = (stage.Bob.Client, stage.Bob.LastCounter + 1);
        stage.Bob.LastCounter += 2;

        await stage.RunAsync(
            [
                .. Enumerable.Repeat(
                    Row.MemberOnly("to an account that never was", caller => caller.SendAsync(send =>
                    {
                        send.MessageId = NodeFixture.MessageId(client, counter);
                        send.Recipient = "nobody";
                    }), "NOT_FOUND NOT_FOUND"),
                    10),
                .. Enumerable.Repeat(
                    Row.MemberOnly("to an account that was deleted", caller => caller.SendAsync(send =>
                    {
                        send.MessageId = NodeFixture.MessageId(client, counter + 1);
                        send.Recipient = "gone";
                    }), "NOT_FOUND NOT_FOUND"),
                    10),
            ],
            changesNothing: false);
    }

    /// <summary>By itself and in a stream: one answer.</summary>
    private static Row[] Send(string input, Action<SendMessageRequest> spoil, string answer) =>
    [
        Row.Session(input, caller => caller.SendAsync(spoil), answer),
        Row.Session($"{input}, in a stream", caller => caller.SendInStreamAsync(spoil), answer),
    ];

    /// <summary>As an edit and as a deletion: one answer.</summary>
    private Row[] Change(string input, Action<EditMessageRequest> spoil, string answer) =>
    [
        Row.Session($"editing: {input}", caller => EditAsync(caller, spoil), answer),
        Row.Session($"deleting: {input}", caller =>
        {
            var request = Edited(caller);
            spoil(request);
            return DeleteAsync(caller, request);
        }, answer),
    ];

    private EditMessageRequest Edited(Caller caller) => new()
    {
        RequestId = NodeFixture.RandomBytes(16),
        Conversation = stage.Conversation,
        Sequence = 1,
        Text = caller.Canary,
    };

    private async Task EditAsync(Caller caller, Action<EditMessageRequest> spoil)
    {
        var request = Edited(caller);
        spoil(request);
        await caller.Node.Messages.EditMessageAsync(request, caller.Options);
    }

    private static async Task DeleteAsync(Caller caller, EditMessageRequest edit) =>
        await caller.Node.Messages.DeleteMessageAsync(
            new() { RequestId = edit.RequestId, Conversation = edit.Conversation, Sequence = edit.Sequence },
            caller.Options);

    private static async Task ReceiveAsync(
        Caller caller, long number, params (string Conversation, long Sequence)[] received)
    {
        var marks = received.Select(mark =>
            new ReceivedMark { Conversation = mark.Conversation, Sequence = mark.Sequence });
        using var stream = caller.Node.Messages.ReceiveMessages(
            new() { StreamNumber = number, Received = { marks } }, caller.Options);
        await stream.ResponseStream.MoveNext(CancellationToken.None);
    }

    private async Task SendAgainAsync(Caller caller)
    {
        for (var time = 0; time < 100; time++)
        {
            // All nodes have the same rate each: twenty messages a second.
            var again = await stage.NextNode().SendAsync(
                stage.Bob.Token, new(stage.Bob.Client, 1), "carol", $"{caller.Canary} 1");
            Assert.Equal((1L, stage.Conversation), (again.Sequence, again.Conversation));
        }
    }
}
