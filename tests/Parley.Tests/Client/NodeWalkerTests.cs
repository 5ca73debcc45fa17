using Grpc.Core;
using Parley.Client;
using Parley.Client.Walking;

namespace Parley.Tests.Client;

/// <summary>Which node is asked next, and what the last word is.</summary>
public sealed class NodeWalkerTests
{
    private readonly List<string> asked = [];
    private readonly List<ConnectionEvent> events = [];

    [Fact]
    public async Task It_asks_the_next_node_and_stays_with_the_one_that_worked()
    {
        using var nodes = NewNodes();
        var walker = NewWalker(nodes);

        var first = await CallAsync(walker, node => node.EndsWith('3') ? "ok" : throw Unavailable(""));
        var second = await CallAsync(walker, _ => "again");

        Assert.Equal(("ok", "again"), (first, second));
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:3"], asked);
    }

    [Fact]
    public async Task A_refusal_is_final()
    {
        using var nodes = NewNodes();

        var failure = await Assert.ThrowsAsync<NotFoundException>(() => CallAsync(
            NewWalker(nodes), _ => throw new RpcException(new Status(StatusCode.NotFound, "no such account"))));

        Assert.Equal("no such account", failure.Message);
        Assert.Single(asked);
    }

    [Theory]
    [InlineData(nameof(Repeat.Remembered), StatusCode.NotFound, "NOT_FOUND", false)]
    [InlineData(nameof(Repeat.Remembered), StatusCode.Unauthenticated, "SESSION_ENDED", true)]
    [InlineData(nameof(Repeat.Harmless), StatusCode.Unauthenticated, "SESSION_ENDED", false)]
    public async Task A_refusal_after_an_attempt_that_may_have_arrived_is_final_when_it_speaks_of_both(
        string repeat, StatusCode code, string reason, bool isUnknown)
    {
        using var nodes = NewNodes();

        var failure = await Assert.ThrowsAnyAsync<ParleyException>(() => CallAsync(
            NewWalker(nodes),
            node => throw (node.EndsWith('1')
                ? new RpcException(new Status(StatusCode.DeadlineExceeded, ""))
                : Refused(code, reason)),
            Enum.Parse<Repeat>(repeat)));

        Assert.Equal(isUnknown, failure is OutcomeUnknownException);
        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public async Task What_would_be_judged_anew_is_not_repeated_when_a_node_may_have_taken_it()
    {
        using var nodes = NewNodes();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(
            NewWalker(nodes),
            node => node.EndsWith('1') ? throw Unavailable("NO_MAJORITY")
                : node.EndsWith('2') ? throw new RpcException(new Status(StatusCode.DeadlineExceeded, ""))
                : "done twice",
            Repeat.JudgedAnew));

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], asked);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("WRONG_CREDENTIALS")]
    public async Task What_was_refused_for_a_password_that_changed_is_known_and_asked_anew(string? thenReason)
    {
        using var nodes = NewNodes();
        var walker = NewWalker(nodes);
        string Answer(string node) => node.EndsWith('1')
            ? throw Refused(StatusCode.FailedPrecondition, "PASSWORD_CHANGED")
            : thenReason is null ? "made"
            : throw Refused(StatusCode.Unauthenticated, thenReason);

        if (thenReason is null)
        {
            Assert.Equal("made", await CallAsync(walker, Answer, Repeat.JudgedAnew));
        }
        else
        {
            await Assert.ThrowsAsync<NotAuthenticatedException>(() => CallAsync(walker, Answer, Repeat.JudgedAnew));
        }

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], asked);
    }

    [Fact]
    public async Task Whoever_is_told_that_others_hold_what_there_is_asks_the_next_node()
    {
        using var nodes = NewNodes();

        var answer = await CallAsync(
            NewWalker(nodes),
            node => node.EndsWith('1') ? throw Refused(StatusCode.ResourceExhausted, "TOO_MANY_CONNECTIONS") : "ok",
            Repeat.JudgedAnew);

        Assert.Equal("ok", answer);
        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], asked);
    }

    [Fact]
    public async Task Whoever_is_told_to_wait_and_wait_again_gives_up_at_last()
    {
        using var nodes = NewNodes();

        var failure = await Assert.ThrowsAsync<RefusedException>(() => CallAsync(
            NewWalker(nodes), _ => throw Refused(StatusCode.ResourceExhausted, "TOO_MANY_CALLS")));

        Assert.Equal("TOO_MANY_CALLS", failure.Reason);
        Assert.True(asked.Count >= 2);
        Assert.Equal(["127.0.0.1:1"], asked.Distinct());
    }

    [Fact]
    public async Task Whoever_is_told_to_wait_after_an_attempt_that_may_have_arrived_does_not_know_in_the_end()
    {
        using var nodes = NewNodes();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(
            NewWalker(nodes),
            node => throw (node.EndsWith('1')
                ? new RpcException(new Status(StatusCode.DeadlineExceeded, ""))
                : Refused(StatusCode.ResourceExhausted, "TOO_MANY_CALLS"))));

        Assert.Equal(["127.0.0.1:1", "127.0.0.1:2"], asked.Distinct());
    }

    [Fact]
    public async Task What_no_node_took_is_no_majority()
    {
        using var nodes = NewNodes();

        await Assert.ThrowsAsync<NoMajorityException>(
            () => CallAsync(NewWalker(nodes), _ => throw Unavailable("NO_MAJORITY")));

        Assert.True(asked.Count >= 3);
    }

    [Fact]
    public async Task What_one_node_may_have_taken_is_unknown()
    {
        using var nodes = NewNodes();

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => CallAsync(NewWalker(nodes), node =>
            throw (node.EndsWith('2')
                ? new RpcException(new Status(StatusCode.DeadlineExceeded, ""))
                : Unavailable("NO_MAJORITY"))));
    }

    [Fact]
    public async Task The_caller_hears_which_node_is_gone_and_which_came_in_its_place()
    {
        using var nodes = NewNodes();
        var walker = NewWalker(nodes);
        await CallAsync(walker, _ => "ok");

        await CallAsync(walker, node => node.EndsWith('1') ? throw Unavailable("") : "ok");

        Assert.Equal(
            [
                new ConnectionEvent.Connected(0, "127.0.0.1:1"), new ConnectionEvent.NodeGone(0, "127.0.0.1:1"),
                new ConnectionEvent.Connected(0, "127.0.0.1:2"),
            ],
            events);
    }

    private static NodeSet NewNodes() => new(Options());

    private static ParleyClientOptions Options() => new()
    {
        Nodes = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"],
        GiveUpAfter = TimeSpan.FromMilliseconds(200),
    };

    private static RpcException Unavailable(string reason) => Refused(StatusCode.Unavailable, reason);

    private static RpcException Refused(StatusCode code, string reason)
    {
        var status = new Google.Rpc.Status { Code = (int)code, Message = "not now" };
        if (reason.Length > 0)
        {
            status.Details.Add(Google.Protobuf.WellKnownTypes.Any.Pack(
                new Google.Rpc.ErrorInfo { Domain = "parley", Reason = reason }));
        }

        return status.ToRpcException();
    }

    private NodeWalker NewWalker(NodeSet nodes) => new(nodes, Options(), startNode: null, events.Add);

    private Task<string> CallAsync(
        NodeWalker walker, Func<string, string> answer, Repeat repeat = Repeat.Remembered) => walker.CallAsync(
        (node, _, _) =>
        {
            asked.Add(node.Address);
            return Task.FromResult(answer(node.Address));
        },
        "asking", changes: true, TestContext.Current.CancellationToken, repeat);
}
