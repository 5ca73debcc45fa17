using Parley.Server.Api;

namespace Parley.Tests.Api;

/// <summary>What needs a session, over the protocol's own descriptors: an RPC without a row fails.</summary>
public sealed class AccessTableTests
{
    private static IEnumerable<string> Paths =>
        ChatProtocol.PathsOf([.. ChatProtocol.Files, .. ChatProtocol.OthersFiles]);

    [Fact]
    public void Every_call_of_the_protocol_has_a_row_and_no_row_is_without_a_call()
    {
        Assert.Equal(Paths.Order(StringComparer.Ordinal), AccessTable.Rows.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Only_three_calls_of_the_chat_need_no_session()
    {
        var open = Paths.Where(path => AccessTable.Of(path) is Access.Open or Access.Anonymous);

        Assert.Equal(
            [
                "/grpc.health.v1.Health/Check",
                "/grpc.health.v1.Health/Watch",
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                "/parley.chat.v1.AccountService/CreateAccount",
                "/parley.chat.v1.ClusterService/GetCluster",
                "/parley.chat.v1.SessionService/Login",
            ],
            open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_unknown_call_needs_a_session()
    {
        Assert.Equal(Access.Session, AccessTable.Of("/parley.chat.v1.MessageService/DropEverything"));
    }
}
