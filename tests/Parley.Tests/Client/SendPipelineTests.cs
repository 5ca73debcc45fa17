using System.Diagnostics;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Local;

namespace Parley.Tests.Client;

/// <summary>Pipelined sends through nodes that break, hang and refuse, over real connections.</summary>
public sealed class SendPipelineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_is_sent_in_an_order_is_stored_once_in_that_order_whatever_breaks(int seed)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        await using var nodes = await FakeNodes.StartAsync(
            3, new ParleyClientOptions { Nodes = [], AttemptDeadline = TimeSpan.FromMilliseconds(300) });
        var random = new Random(seed);
        nodes.All(() =>
        {
            lock (random)
            {
                return random.Next(100) switch
                {
                    0 => FakeAnswer.StoreAndBreak,
                    1 => FakeAnswer.Break,
                    2 when random.Next(4) == 0 => FakeAnswer.Hang,
                    3 => FakeAnswer.NoMajority,
                    4 => FakeAnswer.RateLimited,
                    _ => FakeAnswer.Store,
                };
            }
        });

        var texts = Enumerable.Range(1, 600).Select(number => $"line {number}").ToList();
        var sends = texts.Select(text => nodes.Session.SendAsync("bob", text, CancellationToken.None)).ToList();
        var receipts = await Task.WhenAll(sends).WaitAsync(Patience);

        Assert.Equal(texts, nodes.Cluster.Stored);
        Assert.Equal(Enumerable.Range(1, 600).Select(number => (long)number), receipts.Select(one => one.Sequence));
    }

    [Fact]
    public async Task A_hung_node_costs_one_deadline()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        nodes[0].Script.OnSend = _ => FakeAnswer.Hang;

        var started = Stopwatch.GetTimestamp();
        await nodes.Session.SendAsync("bob", "hello", CancellationToken.None).WaitAsync(Patience);

        TestContext.Current.TestOutputHelper?.WriteLine($"took {Stopwatch.GetElapsedTime(started)}");
        Assert.Equal(["hello"], nodes.Cluster.Stored);
        Assert.Equal(1, nodes[1].Script.Streams);
    }

    [Fact]
    public async Task What_no_node_took_is_taken_back_and_its_id_goes_to_the_next()
    {
        await using var nodes = await FakeNodes.StartAsync(
            2,
            new ParleyClientOptions
            {
                Nodes = [],
                GiveUpAfter = TimeSpan.FromSeconds(4),
                AttemptDeadline = TimeSpan.FromSeconds(30),
            });
        nodes.All(() => FakeAnswer.NoMajority);

        var send = nodes.Session.StartSend("bob", "never");
        await Assert.ThrowsAsync<NoMajorityException>(() => send.Outcome.WaitAsync(Patience));
        nodes.All(() => FakeAnswer.Store);
        var next = await nodes.Session.SendAsync("bob", "later", CancellationToken.None).WaitAsync(Patience);

        Assert.Equal(send.MessageId, next.MessageId);
        Assert.Equal(["later"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task What_may_have_arrived_is_unknown_and_is_repeated_before_anything_new()
    {
        await using var nodes = await FakeNodes.StartAsync(1, new ParleyClientOptions
        {
            Nodes = [],
            GiveUpAfter = TimeSpan.FromSeconds(4),
            AttemptDeadline = TimeSpan.FromSeconds(1),
        });
        nodes.All(() => FakeAnswer.Hang);

        var first = nodes.Session.SendAsync("bob", "first", CancellationToken.None);
        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => first.WaitAsync(Patience));
        nodes.All(() => FakeAnswer.Store);
        await nodes.Session.SendAsync("bob", "second", CancellationToken.None).WaitAsync(Patience);

        Assert.Equal("OUTCOME_UNKNOWN", failure.Reason);
        Assert.Equal(["first", "second"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task A_blank_text_is_refused_at_once_and_leaves_no_hole()
    {
        await using var nodes = await FakeNodes.StartAsync(1);

        var first = nodes.Session.StartSend("bob", "one");
        var blank = nodes.Session.StartSend("bob", " \t");
        var last = nodes.Session.StartSend("bob", "two");
        var failure = await Assert.ThrowsAsync<RefusedException>(() => blank.Outcome);
        await Task.WhenAll(first.Outcome, last.Outcome).WaitAsync(Patience);

        Assert.Equal("TEXT_EMPTY", failure.Reason);
        Assert.Equal(blank.MessageId, last.MessageId);
        Assert.Equal(["one", "two"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task A_refusal_that_leaves_a_hole_moves_what_is_behind_it_to_a_new_client_number()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes[0].Script.OnSend = message => message.Text == "bad" ? FakeAnswer.Invalid : FakeAnswer.Store;

        var bad = nodes.Session.StartSend("bob", "bad");
        var behind = nodes.Session.StartSend("bob", "behind");
        await Assert.ThrowsAsync<RefusedException>(() => bad.Outcome.WaitAsync(Patience));
        var receipt = await behind.Outcome.WaitAsync(Patience);

        Assert.NotEqual(bad.MessageId.Client, receipt.MessageId.Client);
        Assert.Equal(["behind"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task An_id_that_somebody_else_used_costs_a_client_number_and_no_message()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var first = await nodes.Session.SendAsync("bob", "one", CancellationToken.None).WaitAsync(Patience);
        nodes.Cluster.TakeNext(first.MessageId.Client, "from a copy of the state directory");

        var second = await nodes.Session.SendAsync("bob", "two", CancellationToken.None).WaitAsync(Patience);

        Assert.NotEqual(first.MessageId.Client, second.MessageId.Client);
        Assert.Equal(["one", "from a copy of the state directory", "two"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task A_forgotten_client_names_what_is_unknown_and_goes_on()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var first = await nodes.Session.SendAsync("bob", "one", CancellationToken.None).WaitAsync(Patience);
        nodes[0].Script.OnSend = message =>
        {
            nodes.Cluster.Forget(first.MessageId.Client);
            return message.Text == "two" && nodes[0].Script.Streams == 1 ? FakeAnswer.StoreAndBreak : FakeAnswer.Store;
        };

        var second = nodes.Session.SendAsync("bob", "two", CancellationToken.None);
        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => second.WaitAsync(Patience));
        await nodes.Session.SendAsync("bob", "three", CancellationToken.None).WaitAsync(Patience);

        Assert.Equal("CLIENT_FORGOTTEN", failure.Reason);
        Assert.Equal(["one", "three"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task Who_closes_the_session_hears_of_every_send()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes.All(() => FakeAnswer.Hang);

        var send = nodes.Session.SendAsync("bob", "hello", CancellationToken.None);
        await nodes.Session.DisposeAsync();

        await Assert.ThrowsAnyAsync<ParleyException>(() => send.WaitAsync(Patience));
    }

    [Fact]
    public async Task Who_closes_the_session_while_a_node_may_have_it_is_told_so_and_its_record_stays()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var outbox = new FailingOutbox(failsAt: int.MaxValue);
        nodes.Session.UseOutbox(new OutboxStart(nodes.Cluster.OpenClient(), 0, []), outbox);
        nodes.All(() => FakeAnswer.StoreAndHang);

        var send = nodes.Session.SendAsync("bob", "hello", CancellationToken.None);
        await Until.TrueAsync(
            _ => Task.FromResult(nodes.Cluster.Stored.Count == 1),
            Patience,
            () => "nothing was stored",
            TestContext.Current.CancellationToken);
        await nodes.Session.DisposeAsync();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => send.WaitAsync(Patience));
        Assert.Equal(["Add"], outbox.Changes);
    }

    [Fact]
    public async Task A_session_that_ends_while_a_repeat_is_under_way_leaves_the_first_attempt_unknown()
    {
        await using var nodes = await FakeNodes.StartAsync(2);
        var outbox = new FailingOutbox(failsAt: int.MaxValue);
        nodes.Session.UseOutbox(new OutboxStart(nodes.Cluster.OpenClient(), 0, []), outbox);
        nodes[0].Script.OnSend = _ => FakeAnswer.StoreAndBreak;
        nodes[1].Script.OnSend = _ => FakeAnswer.SessionEnded;

        var send = nodes.Session.SendAsync("bob", "hello", CancellationToken.None);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => send.WaitAsync(Patience));
        var next = nodes.Session.SendAsync("bob", "more", CancellationToken.None);

        await Assert.ThrowsAsync<NotAuthenticatedException>(() => next.WaitAsync(Patience));
        Assert.Equal(["hello"], nodes.Cluster.Stored);
        Assert.Equal(["Add"], outbox.Changes);
    }

    [Fact]
    public async Task What_a_session_that_is_over_never_sent_is_taken_back()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var outbox = new FailingOutbox(failsAt: int.MaxValue);
        nodes.Session.UseOutbox(new OutboxStart(nodes.Cluster.OpenClient(), 0, []), outbox);
        nodes.All(() => FakeAnswer.SessionEnded);

        var send = nodes.Session.SendAsync("bob", "hello", CancellationToken.None);

        await Assert.ThrowsAsync<NotAuthenticatedException>(() => send.WaitAsync(Patience));
        Assert.Equal(["Add", "Release"], outbox.Changes);
    }

    [Fact]
    public async Task What_a_dead_process_left_is_not_sent_under_a_new_number_when_its_own_is_forgotten()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var client = nodes.Cluster.OpenClient();
        var nonce = Google.Protobuf.ByteString.CopyFrom(new byte[16]);
        var left = new Send(new MessageId(client, 1), "bob", "left", nonce) { Orphan = true, Recorded = true };
        nodes.Cluster.Forget(client);

        nodes.Session.UseOutbox(new OutboxStart(client, 1, [left]), new FailingOutbox(failsAt: int.MaxValue));
        var failure = await Assert.ThrowsAsync<OutcomeUnknownException>(() => left.Outcome.WaitAsync(Patience));
        await nodes.Session.SendAsync("bob", "new", CancellationToken.None).WaitAsync(Patience);

        Assert.Equal("CLIENT_FORGOTTEN", failure.Reason);
        Assert.Equal(["new"], nodes.Cluster.Stored);
    }

    [Fact]
    public async Task What_the_outbox_cannot_be_made_to_forget_is_unknown()
    {
        await using var nodes = await FakeNodes.StartAsync(
            1,
            new ParleyClientOptions
            {
                Nodes = [],
                GiveUpAfter = TimeSpan.FromSeconds(1),
                AttemptDeadline = TimeSpan.FromSeconds(30),
            });
        nodes.Session.UseOutbox(new OutboxStart(nodes.Cluster.OpenClient(), 0, []), new FailingOutbox(failsAt: 2));
        nodes.All(() => FakeAnswer.NoMajority);

        var send = nodes.Session.SendAsync("bob", "never", CancellationToken.None);
        var told = await Assert.ThrowsAsync<OutcomeUnknownException>(() => send.WaitAsync(Patience));
        var next = nodes.Session.SendAsync("bob", "later", CancellationToken.None);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => next.WaitAsync(Patience));

        Assert.Equal("it may be sent later: the outbox cannot be written: change 2 failed", told.Message);
        Assert.Equal("OUTBOX_FAILED", refused.Reason);
    }

    [Fact]
    public async Task An_outbox_that_cannot_be_written_leaves_nobody_waiting()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        nodes.Session.UseOutbox(new OutboxStart(nodes.Cluster.OpenClient(), 0, []), new FailingOutbox(failsAt: 1));

        var sends = Enumerable.Range(1, 100)
            .Select(number => nodes.Session.SendAsync("bob", $"line {number}", CancellationToken.None)).ToList();

        foreach (var send in sends)
        {
            await Assert.ThrowsAnyAsync<ParleyException>(() => send.WaitAsync(Patience));
        }

        Assert.Empty(nodes.Cluster.Stored);
    }

    [Fact]
    public async Task A_move_to_a_new_client_number_that_cannot_be_recorded_sends_nothing_under_it()
    {
        await using var nodes = await FakeNodes.StartAsync(1);
        var client = nodes.Cluster.OpenClient();
        nodes.Session.UseOutbox(new OutboxStart(client, 0, []), new FailingOutbox(failsAt: 2));
        nodes.Cluster.TakeNext(client, "from a copy of the state directory");

        var send = nodes.Session.SendAsync("bob", "one", CancellationToken.None);
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => send.WaitAsync(Patience));

        Assert.Equal(["from a copy of the state directory"], nodes.Cluster.Stored);
    }
}
