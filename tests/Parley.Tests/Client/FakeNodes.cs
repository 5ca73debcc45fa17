using Parley.Client;

namespace Parley.Tests.Client;

/// <summary>Some fake nodes of one fake cluster, and a session of alice through them.</summary>
internal sealed class FakeNodes : IAsyncDisposable
{
    private readonly FakeNode[] nodes;

    private FakeNodes(FakeCluster cluster, FakeNode[] nodes, ParleyClient client, ParleySession session)
    {
        Cluster = cluster;
        this.nodes = nodes;
        Client = client;
        Session = session;
    }

    public FakeCluster Cluster { get; }

    public ParleyClient Client { get; }

    public ParleySession Session { get; }

    public FakeNode this[int place] => nodes[place];

    public static async Task<FakeNodes> StartAsync(int count, ParleyClientOptions? options = null)
    {
        var cluster = new FakeCluster();
        var started = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => FakeNode.StartAsync(cluster)));
        var reached = new ParleyClient((options ?? new ParleyClientOptions { Nodes = [] }) with
        {
            Nodes = [.. started.Select(node => node.Address)],
        });
        var session = await reached.LoginAsync(
            "alice", "correct horse", new LoginOptions(), TestContext.Current.CancellationToken);
        return new FakeNodes(cluster, started, reached, session);
    }

    /// <summary>All nodes do the same from now on.</summary>
    public void All(Func<FakeAnswer> answer)
    {
        foreach (var node in nodes)
        {
            node.Script.OnSend = _ => answer();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Session.DisposeAsync();
        await Client.DisposeAsync();
        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }
    }
}
