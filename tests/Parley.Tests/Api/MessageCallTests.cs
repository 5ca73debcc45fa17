using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Sending, delivery and acknowledgement at a real node, by the bare protocol.</summary>
public sealed class MessageCallTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    [Fact]
    public async Task A_repeated_id_has_its_first_outcome_and_another_content_none()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");

        var first = await alice.SendAsync(1, bob, "hello");
        var again = await alice.SendAsync(1, bob, "hello");

        Assert.Equal(first, again);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.Aborted, "MESSAGE_ID_REUSED", () => alice.SendAsync(1, bob, "other"));
        await NodeFixture.AssertRefusedAsync(
            StatusCode.FailedPrecondition, "OUT_OF_ORDER", () => alice.SendAsync(3, bob, "third"));
        Assert.Equal(2, (await alice.SendAsync(2, bob, "second")).Sequence);
    }

    [Fact]
    public async Task A_message_to_nobody_takes_its_counter_and_is_refused_alike_each_time()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var toNobody = alice.Message(1, bob with { Name = "nobody" }, "hello");
        async Task SendAsync() => await node.Messages.SendMessageAsync(toNobody, alice.Metadata);

        await NodeFixture.AssertRefusedAsync(StatusCode.NotFound, "NOT_FOUND", SendAsync);
        await NodeFixture.AssertRefusedAsync(StatusCode.NotFound, "NOT_FOUND", SendAsync);

        Assert.Equal(1, (await alice.SendAsync(2, bob, "hello")).Sequence);
    }

    [Fact]
    public async Task A_stream_answers_in_the_order_of_its_requests_and_goes_on_after_a_refusal()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        SendMessageRequest[] messages =
        [
            alice.Message(1, bob, "one"),
            alice.Message(2, bob, " "),
            alice.Message(2, bob, "two"),
            alice.Message(9, bob, "nine"),
            alice.Message(3, bob, "three"),
        ];

        using var stream = node.Messages.SendMessages(alice.Metadata);
        foreach (var message in messages)
        {
            await stream.RequestStream.WriteAsync(new() { Message = message });
        }

        await stream.RequestStream.CompleteAsync();
        var results = await stream.ResponseStream.ReadAllAsync().ToListAsync();

        Assert.Equal(messages.Select(message => message.MessageId), results.Select(result => result.MessageId));
        Assert.Equal(
            ["1", "TEXT_EMPTY", "2", "OUT_OF_ORDER", "3"],
            results.Select(result => result.Error?.Reason ?? $"{result.Stored.Sequence}"));
    }

    [Fact]
    public async Task Who_sends_too_fast_is_told_how_long_to_wait_and_loses_no_counter()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");

        using var stream = node.Messages.SendMessages(alice.Metadata);
        for (ulong counter = 1; counter <= 1_000; counter++)
        {
            await stream.RequestStream.WriteAsync(new() { Message = alice.Message(counter, bob, "quick") });
        }

        await stream.RequestStream.CompleteAsync();
        var results = await stream.ResponseStream.ReadAllAsync().ToListAsync();

        var stored = results.TakeWhile(result => result.Stored is not null).Count();
        Assert.InRange(stored, 60, 999);
        Assert.Equal("RATE_LIMITED", results[stored].Error.Reason);
        Assert.InRange(results[stored].Error.RetryAfterMs, 1, 50);
        Assert.All(results.Skip(stored), result => Assert.Contains(
            result.Error.Reason, (string[])["RATE_LIMITED", "OUT_OF_ORDER"]));
    }

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_in_order_and_what_is_does_not()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var sent = await alice.SendAsync(1, bob, "one");
        await alice.SendAsync(2, bob, "two");

        using (var first = bob.Receive(1))
        {
            var backlog = await TestUser.ReadBacklogAsync(first);
            Assert.Equal(["one", "two"], backlog.Select(item => item.Message.Text));
            Assert.Equal(alice.Name, backlog[0].Message.Sender);
            Assert.Equal(sent.LogIndex, backlog[0].Message.LogIndex);

            await alice.SendAsync(3, bob, "three");
            Assert.True(await first.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal("three", first.ResponseStream.Current.Message.Text);
        }

        await bob.AcknowledgeAsync(sent.Conversation, 2);
        await bob.AcknowledgeAsync(sent.Conversation, 1);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.OutOfRange, "BEYOND_HEAD", () => bob.AcknowledgeAsync(sent.Conversation, 4));

        using var second = bob.Receive(2);
        var rest = await TestUser.ReadBacklogAsync(second);
        Assert.Equal(["three"], rest.Where(item => item.Message is not null).Select(item => item.Message.Text));
    }

    [Fact]
    public async Task A_sender_is_told_how_far_the_other_has_acknowledged()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var sent = await alice.SendAsync(1, bob, "one");
        using var stream = alice.Receive(1);
        await TestUser.ReadBacklogAsync(stream);

        await bob.AcknowledgeAsync(sent.Conversation, 1);

        Assert.True(await stream.ResponseStream.MoveNext(CancellationToken.None));
        var receipt = stream.ResponseStream.Current.Receipt;
        Assert.Equal((bob.Name, 1L), (receipt.Member, receipt.DeliveredSequence));
    }

    [Fact]
    [Trait("Promise", "9")]
    public async Task What_a_stream_has_sent_and_was_changed_is_told_and_what_waits_comes_as_it_is()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var one = await alice.SendAsync(1, bob, "tpyo");
        var edit = new EditMessageRequest
        {
            RequestId = NodeFixture.RandomBytes(16),
            Conversation = one.Conversation,
            Sequence = one.Sequence,
            Text = "typo",
        };
        using var stream = bob.Receive(1);
        Assert.Equal("tpyo", (await TestUser.ReadBacklogAsync(stream))[0].Message.Text);

        var edited = await node.Messages.EditMessageAsync(edit, alice.Metadata);
        var again = await node.Messages.EditMessageAsync(edit, alice.Metadata);

        var told = (await NextChangeAsync(stream)).Message;
        Assert.Equal((one.Sequence, "typo", alice.Name, 0L), (told.Sequence, told.Text, told.Sender, told.DeletedAtUs));
        Assert.InRange(told.EditedAtUs, one.SentAtUs, long.MaxValue);
        Assert.True(again.LogIndex > edited.LogIndex);
        await node.Messages.DeleteMessageAsync(
            new() { RequestId = NodeFixture.RandomBytes(16), Conversation = one.Conversation, Sequence = 1 },
            alice.Metadata);
        told = (await NextChangeAsync(stream)).Message;
        Assert.Equal((1L, "", alice.Name, one.LogIndex), (told.Sequence, told.Text, told.DeletedBy, told.LogIndex));
        await node.Messages.EditMessageAsync(edit, alice.Metadata);
        edit.RequestId = NodeFixture.RandomBytes(16);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.FailedPrecondition, "MESSAGE_DELETED",
            async () => await node.Messages.EditMessageAsync(edit, alice.Metadata));
        using var next = bob.Receive(2);
        Assert.Equal(told, (await TestUser.ReadBacklogAsync(next))[0].Message);
        var page = await node.Messages.ListMessagesAsync(new() { With = alice.Name }, bob.Metadata);
        Assert.Equal(told, Assert.Single(page.Messages));
    }

    [Fact]
    public async Task Edits_and_deletions_count_for_the_rate_of_messages()
    {
        var alice = await node.LogInNewAsync("alice");
        var bob = await node.LogInNewAsync("bob");
        var one = await alice.SendAsync(1, bob, "one");

        var refusals = await Task.WhenAll(Enumerable.Range(0, 150).Select(async _ =>
        {
            var request = new DeleteMessageRequest
            {
                RequestId = NodeFixture.RandomBytes(16),
                Conversation = one.Conversation,
                Sequence = 1,
            };
            try
            {
                await node.Messages.DeleteMessageAsync(request, alice.Metadata);
                return "";
            }
            catch (RpcException refused)
            {
                return refused.GetRpcStatus()?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason;
            }
        }));

        Assert.Contains("RATE_LIMITED", refusals);
        Assert.Contains("", refusals);
    }

    [Fact]
    public async Task A_newer_stream_ends_the_older_and_an_older_number_opens_none()
    {
        var bob = await node.LogInNewAsync("bob");
        using var older = bob.Receive(5);
        await TestUser.ReadBacklogAsync(older);

        using var newer = bob.Receive(6);
        await TestUser.ReadBacklogAsync(newer);

        await NodeFixture.AssertRefusedAsync(StatusCode.Aborted, "STREAM_REPLACED", () => EndAsync(older));
        using var late = bob.Receive(5);
        await NodeFixture.AssertRefusedAsync(StatusCode.Aborted, "STREAM_REPLACED", () => EndAsync(late));
    }

    [Fact]
    public async Task A_stream_ends_with_its_session()
    {
        var bob = await node.LogInNewAsync("bob");
        using var stream = bob.Receive(1);
        await TestUser.ReadBacklogAsync(stream);

        await node.Sessions.LogoutAsync(new() { OutboxEmpty = true }, bob.Metadata);

        await NodeFixture.AssertRefusedAsync(StatusCode.Unauthenticated, "SESSION_ENDED", () => EndAsync(stream));
    }

    [Fact]
    public async Task A_silent_stream_has_a_heartbeat_within_5_seconds()
    {
        var bob = await node.LogInNewAsync("bob");
        using var stream = bob.Receive(1);
        await TestUser.ReadBacklogAsync(stream);

        var next = stream.ResponseStream.MoveNext(CancellationToken.None);

        // Twice the promise: the machine that runs the tests may be busy.
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.NotNull(stream.ResponseStream.Current.Heartbeat);
    }

    private static async Task<MessageChanged> NextChangeAsync(
        AsyncServerStreamingCall<ReceiveMessagesResponse> stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await stream.ResponseStream.MoveNext(deadline.Token))
        {
            Assert.Null(stream.ResponseStream.Current.Message);
            if (stream.ResponseStream.Current.MessageChanged is { } changed)
            {
                return changed;
            }
        }

        throw new InvalidOperationException("the stream ended before a change came");
    }

    private static async Task EndAsync(AsyncServerStreamingCall<ReceiveMessagesResponse> stream)
    {
        while (await stream.ResponseStream.MoveNext(CancellationToken.None))
        {
            continue;
        }
    }
}
