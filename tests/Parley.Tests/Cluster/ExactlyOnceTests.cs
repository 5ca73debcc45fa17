using Grpc.Core;
using Parley.Client;

namespace Parley.Tests.Cluster;

/// <summary>Repeats of one id, through every node, also after a failover.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "2")]
public sealed class ExactlyOnceTests
{
    [Fact]
    public async Task The_same_id_sent_to_all_nodes_is_stored_once()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        var nodes = cluster.Nodes.Nodes.Select(node => cluster.Raw(node.Id)).ToList();
        var token = RawNode.NewToken();
        var login = await nodes[0].LoginAsync(
            "alice", TestCluster.Password, token, lease: TimeSpan.FromMinutes(10));
        var id = new MessageId(login.Client, 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).SelectMany(
            _ => nodes.Select(node => node.SendAsync(token, id, "bob", "only once"))));
        var leader = await cluster.Nodes.LeaderAsync(TestContext.Current.CancellationToken);
        await cluster.Nodes.KillAsync(leader);
        var survivor = nodes.First(node => node.Id != leader);
        await cluster.Nodes.LeaderAsync(TestContext.Current.CancellationToken);
        var late = await survivor.SendAsync(token, id, "bob", "only once");
        var other = await Assert.ThrowsAsync<RpcException>(() => survivor.SendAsync(token, id, "bob", "another text"));

        Assert.Single(answers.Append(late).Select(answer => (answer.Sequence, answer.LogIndex)).Distinct());
        Assert.Equal(StatusCode.Aborted, other.StatusCode);
        await cluster.HealAsync();
        await cluster.ConvergeAsync();
        foreach (var node in nodes)
        {
            Assert.Equal("only once", Assert.Single((await node.ReadAllAsync(token, "bob")).Messages).Text);
            node.Dispose();
        }
    }

    [Fact]
    public async Task A_counter_that_skips_is_refused_and_remembered_by_nobody()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });
        await cluster.CreateAccountsAsync("alice", "bob");
        using var node = cluster.Raw(1);
        var token = RawNode.NewToken();
        var login = await node.LoginAsync("alice", TestCluster.Password, token);

        var skipping = await Assert.ThrowsAsync<RpcException>(
            () => node.SendAsync(token, new MessageId(login.Client, 2), "bob", "two"));
        var first = await node.SendAsync(token, new MessageId(login.Client, 1), "bob", "one");
        var second = await node.SendAsync(token, new MessageId(login.Client, 2), "bob", "two");

        Assert.Equal(StatusCode.FailedPrecondition, skipping.StatusCode);
        Assert.Equal((1, 2), (first.Sequence, second.Sequence));
    }
}
