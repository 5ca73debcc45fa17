using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Parley.Client;
using Parley.Server.Certificates;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;
using Parley.Server.Nodes;

namespace Parley.Tests.Cluster;

/// <summary>A cluster with certificates: who is let in, who is told what, and what is warned of.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class CertificateTests(ThreeNodes nodes) : IClassFixture<ThreeNodes>
{
    private static readonly TimeSpan CutMax = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whoever_is_no_node_of_the_cluster_is_refused_and_the_term_stays()
    {
        var cluster = nodes.Cluster;
        var other = ClusterFiles.Create(
            Path.Combine(cluster.Nodes.Directory, "other"),
            "other",
            [.. cluster.Nodes.Nodes.Select(node => new BundleMember(node.Id, node.ClientAddress, node.NodeAddress))],
            TimeProvider.System.GetUtcNow());

        await UndisturbedAsync(cluster, async () =>
        {
            var strangers = await CallAsync(
                cluster, NodeBundle.Load(Path.Combine(cluster.Nodes.Directory, "other", "node-2.parley")), claimed: 2);
            var anothers = await CallAsync(cluster, NodeBundle.Load(cluster.Nodes.BundleOf(3)), claimed: 2);
            var nobodys = await CallAsync(cluster, bundle: null, claimed: 2);
            var own = await CallAsync(cluster, NodeBundle.Load(cluster.Nodes.BundleOf(2)), claimed: 2);

            // The 64 KiB of the clients' port are not theirs.
            var ownAtLength = await CallAsync(
                cluster, NodeBundle.Load(cluster.Nodes.BundleOf(2)), claimed: 2, 1 << 20);

            Assert.Equal(StatusCode.Unavailable, strangers);
            Assert.Equal(StatusCode.FailedPrecondition, anothers);
            Assert.Equal(StatusCode.Unavailable, nobodys);
            Assert.Equal((StatusCode.OK, StatusCode.OK), (own, ownAtLength));
        });
        Assert.NotEqual("", other.Cluster);
        await TestCluster.SaidAsync(cluster, 1, "node port was refused");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plaintext_and_silence_on_both_ports_are_cut(bool speaks)
    {
        var cluster = nodes.Cluster;
        var node = cluster.Nodes.Node(1);

        await UndisturbedAsync(cluster, async () =>
        {
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
        });
    }

    [Fact]
    public async Task A_client_with_another_fingerprint_is_told_so_at_once()
    {
        var cluster = nodes.Cluster;
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
    public async Task A_renewed_bundle_is_taken_up_without_a_restart_and_an_end_is_warned_of()
    {
        var cluster = nodes.Cluster;
        var before = await ShownAsync(cluster);

        // As if it were 345 days ago: twenty days are left.
        ClusterFiles.Renew(cluster.Nodes.CertificateDirectory, TimeProvider.System.GetUtcNow().AddDays(-345));
        await WarnedAsync(cluster, isWarned: true);
        var soon = await ShownAsync(cluster);
        var (code, text) = await nodes.RunAsync(
            roots: null, "status", "--nodes", LinkOf(cluster).ToString());
        ClusterFiles.Renew(cluster.Nodes.CertificateDirectory, TimeProvider.System.GetUtcNow());
        await WarnedAsync(cluster, isWarned: false);

        Assert.Equal(0, code);
        Assert.Contains("node 2: its certificate ends on", text, StringComparison.Ordinal);
        await TestCluster.SaidAsync(cluster, 2, "parley cluster renew");
        Assert.NotEqual(before, soon);
        Assert.NotEqual(soon, await ShownAsync(cluster));
    }

    [Fact]
    public async Task The_operators_certificate_is_for_who_asks_for_a_host()
    {
        var link = LinkOf(nodes.Cluster);
        var host = $"parley://localhost:{nodes.PortOf(1)}/?ca=system";
        var address = $"parley://127.0.0.1:{nodes.PortOf(1)}/?ca=system";
        var other = $"parley://localhost:{nodes.PortOf(2)}/?ca=system";

        var trusted = await nodes.RunAsync(nodes.RootFile, "login", host);
        var untrusted = await nodes.RunAsync(roots: null, "login", host);
        var misnamed = await nodes.RunAsync(nodes.RootFile, "login", address);
        var clusters = await nodes.RunAsync(nodes.RootFile, "login", other);
        var byLink = await nodes.RunAsync(roots: null, "login", link.ToString());
        var told = await nodes.RunAsync(roots: null, "cluster", "link");

        Assert.Equal(0, trusted.Code);
        Assert.Equal(1, untrusted.Code);
        Assert.Contains("does not trust", untrusted.Text, StringComparison.Ordinal);
        Assert.Contains("SSL_CERT_FILE", untrusted.Text, StringComparison.Ordinal);
        Assert.Equal(1, misnamed.Code);
        Assert.Contains("for localhost, and one for 127.0.0.1", misnamed.Text, StringComparison.Ordinal);
        Assert.Equal(1, clusters.Code);
        Assert.Contains("its cluster's own certificate", clusters.Text, StringComparison.Ordinal);
        Assert.Equal(0, byLink.Code);
        Assert.Equal((0, $"{link}\n"), told);
    }

    [Theory]
    [InlineData("login", "bob1")]
    [InlineData("chat", "--as", "bob2")]
    public async Task Of_an_old_link_what_is_kept_has_the_nodes_of_today(string verb, params string[] who)
    {
        await nodes.Cluster.CreateAccountsAsync(who[^1]);
        var all = LinkOf(nodes.Cluster);
        var old = all with { Nodes = [all.Nodes[2]] };

        var (code, text) = await nodes.RunAsync(roots: null, [verb, old.ToString(), .. who]);

        Assert.True(code == 0, text);
        Assert.Equal(
            all.Nodes.Order(StringComparer.Ordinal), nodes.FindLink()?.Nodes.Order(StringComparer.Ordinal));
        await nodes.RunAsync(roots: null, "logout", "--as", who[^1]);
    }

    /// <summary>These tests' own do not cost what they should.</summary>
    [Fact]
    public void Password_hashes_that_are_cheap_where_a_network_reaches_the_node_are_warned_of() =>
        Assert.Contains(
            "--password-hash-kib 64: 19456 or more expected",
            nodes.Cluster.Nodes.StderrOf(1),
            StringComparison.Ordinal);

    private static ClusterLink LinkOf(TestCluster cluster) =>
        new(cluster.Nodes.Addresses, cluster.Nodes.CaFingerprint!, "local");

    /// <summary>Waits until all nodes warn of their certificates' ends, or none does.</summary>
    private static Task WarnedAsync(TestCluster cluster, bool isWarned) => Local.Until.TrueAsync(
        async token =>
        {
            var asked = cluster.Nodes.Nodes.Select(node => cluster.Nodes.StatusOfAsync(node.Id, token));
            return (await Task.WhenAll(asked)).All(status => status?.Warnings.Any(
                warning => warning.Contains("its certificate ends on", StringComparison.Ordinal)) == isWarned);
        },
        TestCluster.Patience,
        () => $"{(isWarned ? "no warning" : "a warning")} of the certificates' ends",
        Stop);

    /// <summary>Does something that must move no term; again where the machine alone held an election meanwhile.
    /// </summary>
    private static async Task UndisturbedAsync(TestCluster cluster, Func<Task> act)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = await TermAsync(cluster);
            await act();
            if (before == await TermAsync(cluster))
            {
                return;
            }

            Assert.True(attempt < 3, "the term changed each time");
        }
    }

    private static async Task<long> TermAsync(TestCluster cluster)
    {
        await cluster.Nodes.LeaderAsync(Stop);
        return (await Local.Until.FoundAsync(
            stop => cluster.Nodes.StatusOfAsync(1, stop),
            TestCluster.Patience,
            () => "node 1 does not answer",
            Stop)).Term;
    }

    /// <summary>What node 1 answers to somebody with this bundle who says that it is that node.</summary>
    private static async Task<StatusCode> CallAsync(
        TestCluster cluster, NodeBundle? bundle, int claimed, int unknownBytes = 0)
    {
        const int UnknownField = 1000;
        using var bytes = new MemoryStream();
        using (var request = new CodedOutputStream(bytes, leaveOpen: true))
        {
            request.WriteTag(UnknownField, WireFormat.WireType.LengthDelimited);
            request.WriteBytes(ByteString.CopyFrom(new byte[unknownBytes]));
        }

        var asked = IdentifyRequest.Parser.ParseFrom(bytes.ToArray());
        asked.From = claimed;
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
                asked,
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
