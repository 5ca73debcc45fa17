using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Parley.Server.Certificates;
using Parley.Server.Hosting;
using Parley.Server.Nodes;

namespace Parley.Tests.Cluster;

/// <summary>Calls the nodes' port as a node would, with whatever certificate a test has.</summary>
internal sealed class NodeCaller(TestCluster cluster)
{
    public static CallOptions Options() => new(deadline: DateTime.UtcNow.AddSeconds(10));

    public static X509Certificate2 Load((string Certificate, string Key) pem) =>
        X509Certificate2.CreateFromPem(pem.Certificate, pem.Key);

    /// <summary>The certificate in a node's bundle of now.</summary>
    public X509Certificate2 Load(int node)
    {
        var bundle = NodeBundle.Load(cluster.Nodes.BundleOf(node));
        return Load((bundle.Certificate, bundle.Key));
    }

    public PeerConnection Connect(X509Certificate2? shown, int node)
    {
        Assert.True(HostPort.TryParse(cluster.Nodes.Node(node).NodeAddress, out var address));
        return new PeerConnection(address, new SslClientAuthenticationOptions
        {
            TargetHost = "parley",
            ClientCertificateContext = shown is null
                ? null
                : SslStreamCertificateContext.Create(shown, [], offline: true),
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        });
    }

    /// <summary>What one node says to another.</summary>
    public async Task<Metadata> GreetingAsync(X509Certificate2 shown, int from, int to)
    {
        using var connection = Connect(shown, to);
        var other = await connection.Client.IdentifyAsync(new() { From = from }, Options());
        return new()
        {
            { "parley-cluster", other.ClusterId },
            { "parley-from", from.ToString(CultureInfo.InvariantCulture) },
            { "parley-to", to.ToString(CultureInfo.InvariantCulture) },
            { "parley-from-incarnation", await IncarnationAsync(from) },
            { "parley-to-incarnation", other.Incarnation.ToString("x16", CultureInfo.InvariantCulture) },
        };
    }

    public async Task<string> IncarnationAsync(int node)
    {
        using var shown = Load(node);
        using var connection = Connect(shown, node);
        var answer = await connection.Client.IdentifyAsync(new() { From = node }, Options());
        return answer.Incarnation.ToString("x16", CultureInfo.InvariantCulture);
    }
}
