using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Parley.Server.Nodes;

namespace Parley.Tests.Cluster;

/// <summary>Two connections to a node that are made once and never again: one with another node's certificate, one of a
/// client that listens.</summary>
internal sealed class HeldLines : IDisposable
{
    private readonly X509Certificate2 certificate;
    private readonly PeerConnection connection;
    private readonly RawNode client;

    private HeldLines(X509Certificate2 certificate, PeerConnection connection, RawNode client)
    {
        this.certificate = certificate;
        this.connection = connection;
        this.client = client;
    }

    /// <summary>Completes when the node has ended the other node's.</summary>
    public Task OfNode { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the node has ended the client's.</summary>
    public Task OfClient { get; private set; } = Task.CompletedTask;

    public static async Task<HeldLines> OpenAsync(TestCluster cluster, int from, int to, string account)
    {
        var caller = new NodeCaller(cluster);
        var shown = caller.Load(from);
        var lines = new HeldLines(shown, caller.Connect(shown, to), cluster.Raw(to));
        var greeting = await caller.GreetingAsync(shown, from, to);
        var talk = lines.connection.Client.Consensus(greeting);
        Assert.True(await talk.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        lines.OfNode = ReadToEndAsync(talk.ResponseStream, talk);

        var token = RawNode.NewToken();
        await lines.client.LoginAsync(account, TestCluster.Password, token);
        var stream = lines.client.Messages.ReceiveMessages(
            new() { StreamNumber = 1 }, new CallOptions(RawNode.With(token).Headers));
        Assert.True(await stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        lines.OfClient = ReadToEndAsync(stream.ResponseStream, stream);
        return lines;
    }

    public void Dispose()
    {
        client.Dispose();
        connection.Dispose();
        certificate.Dispose();
    }

    private static async Task ReadToEndAsync<T>(IAsyncStreamReader<T> stream, IDisposable call)
    {
        using (call)
        {
            try
            {
                while (await stream.MoveNext(CancellationToken.None))
                {
                    continue;
                }
            }
            catch (RpcException)
            {
                return; // An end as well.
            }
        }
    }
}
