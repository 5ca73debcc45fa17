using Grpc.Core;
using Parley.Local;
using Parley.Protocol.Chat.V1;
using MessageId = Parley.Client.MessageId;

namespace Parley.Tests.Cluster;

/// <summary>Who is there, asked at one node and seen at another; and what becomes of that when nodes die.</summary>
[Collection(ClusterCollection.Name)]
public sealed class PresenceTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_at_another_node_is_online_until_that_node_dies_and_never_for_ever()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 3 });
        await cluster.CreateAccountsAsync("alice", "bob", "carol");
        var (leader, asked, other) = await PlacesAsync(cluster);
        using var here = cluster.Raw(asked);
        using var there = cluster.Raw(other);
        var (alice, bob, carol) = (RawNode.NewToken(), RawNode.NewToken(), RawNode.NewToken());
        await here.LoginAsync("alice", TestCluster.Password, alice, lease: Lease);
        await here.LoginAsync("carol", TestCluster.Password, carol, lease: Lease);
        var login = await there.LoginAsync("bob", TestCluster.Password, bob, lease: Lease);
        await there.SendAsync(bob, new MessageId(login.Client, 1), "alice", "here I am");

        // At node `asked` nobody has heard of bob's stream but by the word of node `other`.
        var stream = await ReceiveAsync(there, bob);
        await SaysAsync(here, alice, PresenceState.Online);
        Assert.Equal(PresenceState.Unspecified, (await AskAsync(here, carol)).State);

        await cluster.Nodes.KillAsync(other);
        await SaysAsync(here, alice, PresenceState.Unknown);
        Assert.True((await AskAsync(here, alice)).HasSeenMinutesAgo);
        Assert.Equal(PresenceState.Unspecified, (await AskAsync(here, carol)).State);
        stream.Dispose();

        // Back, it knows of nobody, and says so: bob's client has not come again.
        cluster.Nodes.Start(other);
        await SaysAsync(here, alice, PresenceState.Offline);

        // Without a majority a node knows who is with it, and of nobody else.
        using var own = await ReceiveAsync(here, alice);
        await cluster.Nodes.KillAsync(other);
        await cluster.Nodes.KillAsync(leader);
        await SaysAsync(here, alice, PresenceState.Unknown);
        await SaysAsync(here, alice, PresenceState.Online, "alice");
        Assert.Equal(PresenceState.Unspecified, (await AskAsync(here, carol)).State);
    }

    /// <summary>The leader, and two others: who asks is not the one that all report to in any case.</summary>
    private static async Task<(int Leader, int Asked, int Other)> PlacesAsync(TestCluster cluster)
    {
        var leader = await cluster.Nodes.LeaderAsync(Stop);
        var others = cluster.Nodes.Nodes.Select(node => node.Id).Where(id => id != leader).ToArray();
        return (leader, others[0], others[1]);
    }

    /// <summary>An open stream: its first event has come.</summary>
    private static async Task<AsyncServerStreamingCall<ReceiveMessagesResponse>> ReceiveAsync(
        RawNode node, byte[] token)
    {
        var options = RawNode.With(token);
        for (var number = 1; ; number++)
        {
            var call = node.Messages.ReceiveMessages(
                new() { StreamNumber = number },
                options.WithDeadline(TimeProvider.System.GetUtcNow().UtcDateTime + TestCluster.Patience));
            try
            {
                Assert.True(await call.ResponseStream.MoveNext(Stop));
                return call;
            }
            catch (RpcException failure) when (failure.StatusCode == StatusCode.Unavailable && number < 100)
            {
                call.Dispose();
            }
        }
    }

    private static Task SaysAsync(RawNode node, byte[] token, PresenceState state, string name = "bob")
    {
        var last = new PersonPresence();
        return Until.TrueAsync(
            async _ => (last = await AskAsync(node, token, name)).State == state,
            TestCluster.Patience,
            () => $"{name} was {last.State} and never {state}",
            Stop);
    }

    private static async Task<PersonPresence> AskAsync(RawNode node, byte[] token, string name = "bob")
    {
        var answer = await RawNode.KnownAsync(
            () => node.Accounts.GetPresenceAsync(new() { Names = { name } }, RawNode.With(token)).ResponseAsync);
        return Assert.Single(answer.People);
    }
}
