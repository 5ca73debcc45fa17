using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Promise 8 at a real node: every RPC of the protocol, with every kind of wrong token.</summary>
public sealed class CallerTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private const string Sentence = "a live session is needed: log in";

    private static readonly HashSet<string> Open = new(StringComparer.Ordinal)
    {
        "/parley.chat.v1.AccountService/CreateAccount",
        "/parley.chat.v1.SessionService/Login",
        "/parley.chat.v1.ClusterService/GetCluster",
    };

    public static TheoryData<string> PathsWithSession => [.. ChatProtocol.PathsOf(ChatProtocol.Files).Except(Open)];

    [Theory]
    [MemberData(nameof(PathsWithSession))]
    public async Task Without_a_live_session_every_call_is_refused_with_one_text(string path)
    {
        Metadata?[] wrong =
        [
            null,
            NodeFixture.Bearer(NodeFixture.RandomBytes(32).Span),
            NodeFixture.Bearer(NodeFixture.RandomBytes(31).Span),
            NodeFixture.Bearer(NodeFixture.RandomBytes(7_000).Span),
            new Metadata { { "authorization", "Basic YWxpY2U6cGFzc3dvcmQ=" } },
        ];

        foreach (var metadata in wrong)
        {
            var refusal = await NodeFixture.RefusalAsync(() => node.CallRawAsync(path, [], metadata));
            Assert.Equal(new Refusal(StatusCode.Unauthenticated, "SESSION_ENDED", Sentence), refusal);
        }
    }

    [Theory]
    [MemberData(nameof(PathsWithSession))]
    public async Task A_session_that_ended_in_any_way_is_as_if_it_never_was(string path)
    {
        var alice = await node.LogInNewAsync("alice");
        await node.Sessions.LogoutAsync(new(), alice.Metadata);
        var bob = await node.LogInNewAsync("bob");
        await node.Sessions.LoginAsync(new()
        {
            Name = bob.Name,
            Password = NodeFixture.Password,
            Token = NodeFixture.RandomBytes(32),
            TakeOver = true,
        });
        var carol = await node.LogInNewAsync("carol");
        await node.Accounts.DeleteAccountAsync(new() { Password = NodeFixture.Password }, carol.Metadata);

        foreach (var ended in new[] { alice, bob, carol })
        {
            var refusal = await NodeFixture.RefusalAsync(() => node.CallRawAsync(path, [], ended.Metadata));
            Assert.Equal(new Refusal(StatusCode.Unauthenticated, "SESSION_ENDED", Sentence), refusal);
        }
    }

    [Fact]
    public async Task The_open_calls_need_no_session()
    {
        foreach (var path in Open)
        {
            try
            {
                await node.CallRawAsync(path, [], metadata: null);
            }
            catch (RpcException exception)
            {
                Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
            }
        }
    }

    [Fact]
    public async Task An_unknown_account_and_a_wrong_password_are_told_alike()
    {
        var alice = await node.LogInNewAsync("alice");

        var wrong = await NodeFixture.RefusalAsync(() => LogInAsync(alice.Name, "another horse"));
        var unknown = await NodeFixture.RefusalAsync(() => LogInAsync("nobody", "another horse"));

        Assert.Equal(wrong, unknown);
        Assert.Equal((StatusCode.Unauthenticated, "WRONG_CREDENTIALS"), (wrong.Code, wrong.Reason));
    }

    [Fact]
    public async Task A_second_login_is_refused_unless_it_takes_over_and_the_same_token_is_no_second_one()
    {
        var alice = await node.LogInNewAsync("alice");
        var request = new LoginRequest { Name = alice.Name, Password = NodeFixture.Password, Token = alice.Token };

        var again = await node.Sessions.LoginAsync(request);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.FailedPrecondition, "ALREADY_LOGGED_IN", () => LogInAsync(alice.Name, NodeFixture.Password));
        await node.Sessions.LoginAsync(new(request) { Token = NodeFixture.RandomBytes(32), TakeOver = true });

        Assert.Equal(alice.Login.Session, again.Session);
        Assert.Equal(alice.Login.Client, again.Client);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.FailedPrecondition, "TOKEN_ENDED", async () => await node.Sessions.LoginAsync(request));
    }

    [Fact]
    public async Task A_client_of_another_cluster_is_told_so_and_one_that_has_seen_more_is_not_answered()
    {
        var alice = await node.LogInNewAsync("alice");
        var elsewhere = alice.Metadata;
        elsewhere.Add("parley-cluster", new string('0', 32));
        var ahead = alice.Metadata;
        ahead.Add("parley-seen-index", "999999999");

        await NodeFixture.AssertRefusedAsync(
            StatusCode.FailedPrecondition, "CLUSTER_CHANGED", () => ListAsync(elsewhere));
        await NodeFixture.AssertRefusedAsync(StatusCode.Unavailable, "NODE_BEHIND", () => ListAsync(ahead));
    }

    [Fact]
    public async Task An_answer_tells_cluster_and_leader()
    {
        using var call = node.Cluster.GetClusterAsync(new());
        var headers = await call.ResponseHeadersAsync;
        var cluster = await call.ResponseAsync;

        Assert.Equal(cluster.ClusterId, headers.GetValue("parley-cluster"));
        Assert.Equal(cluster.Nodes[0].ClientAddress, headers.GetValue("parley-leader"));
        Assert.Equal(NodeRole.Leader, cluster.Role);
        Assert.Equal(0, cluster.FaultsTolerated);
    }

    private async Task LogInAsync(string name, string password) =>
        await node.Sessions.LoginAsync(new() { Name = name, Password = password, Token = NodeFixture.RandomBytes(32) });

    private async Task ListAsync(Metadata metadata) => await node.Accounts.ListAccountsAsync(new(), metadata);
}
