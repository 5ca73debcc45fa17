using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Parley.Client;
using Parley.Server.Certificates;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Tests.Cluster;

/// <summary>A cluster with certificates: who is let in, and that it fails over as one without.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class CertificateTests
{
    private static readonly TimeSpan CutMax = TimeSpan.FromSeconds(10);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_leader_loses_nothing_with_certificates_either()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Certificates = true });
        await cluster.CreateAccountsAsync("alice", "bob");
        await using var load = await Load.StartAsync(cluster, 16);

        await load.AnswersAsync(100);
        var leader = await cluster.Nodes.LeaderAsync(Stop);
        await cluster.Nodes.KillAsync(leader);
        await load.AnswersAsync(100);

        await load.StopAsync();
        load.PrintGap($"leader {leader} killed");
        var follower = leader == 1 ? 2 : 1;
        Assert.Contains("connection was reset", cluster.Nodes.StderrOf(follower), StringComparison.Ordinal);
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    [Fact]
    public async Task Whoever_is_no_node_of_the_cluster_is_refused_and_the_term_stays()
    {
        await using var cluster = await StartThreeAsync();
        var term = await TermAsync(cluster);
        var other = ClusterFiles.Create(
            Path.Combine(cluster.Nodes.Directory, "other"),
            "other",
            [.. cluster.Nodes.Nodes.Select(node => new BundleMember(node.Id, node.ClientAddress, node.NodeAddress))],
            TimeProvider.System.GetUtcNow());

        var strangers = await CallAsync(
            cluster, NodeBundle.Load(Path.Combine(cluster.Nodes.Directory, "other", "node-2.parley")), claimed: 2);
        var anothers = await CallAsync(cluster, NodeBundle.Load(cluster.Nodes.BundleOf(3)), claimed: 2);
        var nobodys = await CallAsync(cluster, bundle: null, claimed: 2);
        var own = await CallAsync(cluster, NodeBundle.Load(cluster.Nodes.BundleOf(2)), claimed: 2);

        Assert.Equal(StatusCode.Unavailable, strangers);
        Assert.Equal(StatusCode.FailedPrecondition, anothers);
        Assert.Equal(StatusCode.Unavailable, nobodys);
        Assert.Equal(StatusCode.OK, own);
        Assert.NotEqual("", other.Cluster);
        Assert.Equal(term, await TermAsync(cluster));
        Assert.Contains("node port was refused", cluster.Nodes.StderrOf(1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plaintext_and_silence_on_both_ports_are_cut(bool speaks)
    {
        await using var cluster = await StartThreeAsync();
        var term = await TermAsync(cluster);
        var node = cluster.Nodes.Node(1);

        foreach (var address in (string[])[node.ClientAddress, node.NodeAddress])
        {
            Assert.True(HostPort.TryParse(address, out var at));
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(at.DialPoint, Stop);
            if (speaks)
            {
                await socket.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), Stop);
            }

            var began = Stopwatch.StartNew();
            using var limit = new CancellationTokenSource(CutMax);
            await ReadToEndAsync(socket, limit.Token);
            TestCluster.Print($"{address}: cut after {began.ElapsedMilliseconds} ms");
        }

        Assert.Equal(term, await TermAsync(cluster));
    }

    [Fact]
    public async Task A_client_with_another_fingerprint_is_told_so_at_once()
    {
        await using var cluster = await StartThreeAsync();
        await using var client = new ParleyClient(new()
        {
            Nodes = cluster.Nodes.Addresses,
            CaFingerprint = new string('0', 64),
        });
        await using var plain = new ParleyClient(new()
        {
            Nodes = cluster.Nodes.Addresses,
            GiveUpAfter = TimeSpan.FromSeconds(1),
        });

        var began = Stopwatch.StartNew();
        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => client.CreateAccountAsync("alice", TestCluster.Password, Stop));

        Assert.Equal("NODE_NOT_TRUSTED", refused.Reason);
        Assert.Contains("another cluster", refused.Message, StringComparison.Ordinal);
        Assert.True(began.Elapsed < CutMax, $"told after {began.Elapsed}");
        await Assert.ThrowsAnyAsync<ParleyException>(
            () => plain.CreateAccountAsync("alice", TestCluster.Password, Stop));
    }

    [Fact]
    public async Task A_renewed_bundle_is_taken_up_without_a_restart()
    {
        await using var cluster = await StartThreeAsync();
        var before = await ShownAsync(cluster);

        ClusterFiles.Renew(cluster.Nodes.CertificateDirectory, TimeProvider.System.GetUtcNow());

        await Local.Until.TrueAsync(
            async _ => await ShownAsync(cluster) != before,
            TestCluster.Patience,
            () => "node 1 did not take up its new certificate",
            Stop);
        await cluster.CreateAccountsAsync("alice");
    }

    private static Task<TestCluster> StartThreeAsync() =>
        TestCluster.StartAsync(TestCluster.Options with { Size = 3, Certificates = true });

    private static async Task<long> TermAsync(TestCluster cluster)
    {
        await cluster.Nodes.LeaderAsync(Stop);
        return (await cluster.Nodes.StatusOfAsync(1, Stop))!.Term;
    }

    /// <summary>What node 1 answers to somebody with this bundle who says that it is that node.</summary>
    private static async Task<StatusCode> CallAsync(TestCluster cluster, NodeBundle? bundle, int claimed)
    {
        using var credentials = bundle is null ? null : NodeCredentials.Of(bundle);
        Assert.True(HostPort.TryParse(cluster.Nodes.Node(1).NodeAddress, out var address));
        using var connection = new PeerConnection(address, new SslClientAuthenticationOptions
        {
            ClientCertificateContext = credentials?.Context,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
        });
        try
        {
            await connection.Client.IdentifyAsync(
                new IdentifyRequest { From = claimed },
                deadline: TimeProvider.System.GetUtcNow().UtcDateTime + CutMax,
                cancellationToken: Stop);
            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            TestCluster.Print(refused.Status.ToString());
            return refused.StatusCode is StatusCode.Internal ? StatusCode.Unavailable : refused.StatusCode;
        }
    }

    /// <summary>The serial number of the certificate that node 1 shows to clients.</summary>
    private static async Task<string> ShownAsync(TestCluster cluster)
    {
        Assert.True(HostPort.TryParse(cluster.Nodes.Node(1).ClientAddress, out var address));
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.DialPoint, Stop);
        await using var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "parley",
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
            Stop);
        Assert.Equal("Tls13", stream.SslProtocol.ToString());
        return ((X509Certificate2)stream.RemoteCertificate!).SerialNumber;
    }

    private static async Task ReadToEndAsync(Socket socket, CancellationToken cancellationToken)
    {
        var scrap = new byte[256];
        try
        {
            while (await socket.ReceiveAsync(scrap, cancellationToken) > 0)
            {
                continue; // An alert may come before the end.
            }
        }
        catch (SocketException)
        {
            return; // A reset is an end as well.
        }
    }
}
