using Grpc.Core;
using Parley.Client;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>One name, one account; one account, one live session; on five nodes at once.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "5")]
public sealed class NamesTests
{
    private const int Attempts = 50;

    [Fact]
    public async Task Of_fifty_creations_of_one_name_on_five_nodes_one_succeeds()
    {
        await using var cluster = await TestCluster.StartAsync();
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Attempts).Select(attempt =>
        {
            var request = Guid.NewGuid();
            return OutcomeAsync(() => CreateAsync(nodes[attempt % nodes.Count], request));
        }));

        Assert.Single(outcomes, StatusCode.OK);
        Assert.All(outcomes, code => Assert.Contains(
            code, (StatusCode[])[StatusCode.OK, StatusCode.AlreadyExists, StatusCode.ResourceExhausted]));
        nodes.ForEach(node => node.Dispose());
    }

    [Fact]
    public async Task Of_fifty_logins_of_one_account_on_five_nodes_one_succeeds()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice");
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Attempts).Select(attempt =>
        {
            var (node, token) = (nodes[attempt % nodes.Count], RawNode.NewToken());
            return OutcomeAsync(() => node.LoginAsync("alice", TestCluster.Password, token, takeOver: false));
        }));

        Assert.Single(outcomes, StatusCode.OK);
        Assert.All(outcomes, code => Assert.Contains(
            code, (StatusCode[])[StatusCode.OK, StatusCode.FailedPrecondition, StatusCode.ResourceExhausted]));
        nodes.ForEach(node => node.Dispose());
    }

    [Fact]
    [Trait("Promise", "8")]
    public async Task An_account_created_again_sees_nothing_of_the_old_one()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", "for the first bob only");
        var bob = await cluster.LoginAsync("bob", attempt: TestCluster.Patience);

        await bob.Session.DeleteAccountAsync(TestCluster.Password, Stop);
        await cluster.CreateAccountsAsync("bob");
        var newBob = await cluster.LoginAsync("bob");
        newBob.StartReceiving();
        var page = await newBob.Session.ListMessagesAsync("alice", 0, null, local: false, Stop);
        await alice.SendAsync("bob", "welcome");

        Assert.Empty(page.Messages);
        var first = await FirstMessageAsync(newBob, "alice");
        Assert.Equal(("welcome", 1), (first.Text, first.Sequence));
        var old = await Assert.ThrowsAnyAsync<ParleyException>(
            () => bob.Session.ListMessagesAsync("alice", 0, null, local: false, Stop));
        Assert.IsType<NotAuthenticatedException>(old);
    }

    [Fact]
    [Trait("Promise", "8")]
    public async Task A_session_taken_over_ends_on_every_node()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice");
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();
        var (old, young) = (RawNode.NewToken(), RawNode.NewToken());
        await nodes[0].LoginAsync("alice", TestCluster.Password, old);

        await nodes[1].LoginAsync("alice", TestCluster.Password, young);

        foreach (var node in nodes)
        {
            // A linearizable read first: the node has then applied what ended the old session.
            await RawNode.KnownAsync(() => node.Accounts.ListAccountsAsync(new(), RawNode.With(young)).ResponseAsync);
            Assert.Equal(StatusCode.Unauthenticated, await OutcomeAsync(
                () => node.Accounts.ListAccountsAsync(new(), RawNode.With(old)).ResponseAsync));
            Assert.Equal(StatusCode.Unauthenticated, await OutcomeAsync(
                () => node.Accounts.ListAccountsAsync(new(), RawNode.With(null)).ResponseAsync));
            node.Dispose();
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<Parley.Protocol.Chat.V1.CreateAccountResponse> CreateAsync(RawNode node, Guid request) =>
        await node.Accounts.CreateAccountAsync(
            new()
            {
                RequestId = Google.Protobuf.ByteString.CopyFrom(request.ToByteArray()),
                Name = "alice",
                Password = TestCluster.Password,
            },
            RawNode.With(null));

    /// <summary>Another's message is promised to be delivered, not to be on every page from its answer on.</summary>
    private static Task<ChatMessage> FirstMessageAsync(Chatter reader, string with) => Until.FoundAsync(
        async stop => (await reader.Session.ListMessagesAsync(with, 0, null, local: false, stop)).Messages
            is [var first, ..] ? first : null,
        TestCluster.Patience,
        () => $"{reader.Name} reads nothing from {with}",
        Stop);

    /// <summary>What was decided: what was not done, or may have been, is asked again as any client would.</summary>
    private static async Task<StatusCode> OutcomeAsync<T>(Func<Task<T>> call)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TestCluster.Patience);
        var mayBeDone = false;
        while (true)
        {
            try
            {
                await call();
                return StatusCode.OK;
            }
            catch (RpcException failure) when (
                failure.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
                || (mayBeDone && failure.StatusCode == StatusCode.ResourceExhausted))
            {
                // Who may have been served already is not turned away by a node that is busy.
                mayBeDone |= failure.StatusCode != StatusCode.ResourceExhausted;
                await Task.Delay(TimeSpan.FromMilliseconds(100), limit.Token);
            }
            catch (RpcException failure)
            {
                return failure.StatusCode;
            }
        }
    }
}
