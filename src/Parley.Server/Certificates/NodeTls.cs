using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Server.Hosting;

namespace Parley.Server.Certificates;

/// <summary>
/// TLS of one node, towards clients and other nodes; without a bundle it is plaintext, which is allowed on loopback
/// only. Takes up a bundle that was replaced, for new connections; those there are live on while the authorities count
/// that they were held to. Thread-safe.
/// </summary>
internal sealed class NodeTls : IDisposable
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Certificates name nodes, not hosts: any name will do, this one is no address.</summary>
    private const string TargetHost = "parley";

    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly ReplacedFiles<NodeCredentials>? bundle;
    private readonly ReplacedFiles<OperatorCertificate>? operators;
    private readonly ITimer? looking;
    private readonly Occasionally refusals;
    private readonly TlsConnections ofClients;
    private readonly TlsConnections ofNodes;
    private readonly ConcurrentDictionary<PeerTrust, byte> dialed = new();
    private long lastWarned;

    public NodeTls(ServerOptions options, TimeProvider time, ILogger<NodeTls> logger)
    {
        this.time = time;
        this.logger = logger;
        refusals = new Occasionally(time, CertificateLimits.RefusalsLoggedEvery);
        ofClients = new TlsConnections(time);
        ofNodes = new TlsConnections(time);
        if (options.Bundle is not { } file)
        {
            return;
        }

        bundle = new(
            [file.Path], NodeCredentials.Of(file.Content), () => Reload(file.Path), Renewed, NotRenewed);
        if (options.ClientCertificate is { } given)
        {
            operators = new(
                [given.CertificatePath, given.KeyPath],
                given.Content,
                () => OperatorCertificate.Load(given.CertificatePath, given.KeyPath, time.GetUtcNow()),
                Renewed,
                NotRenewed);
        }

        looking = time.CreateTimer(
            _ => Look(), state: null, CertificateLimits.LookEvery, CertificateLimits.LookEvery);
    }

    public bool IsOn => bundle is not null;

    private NodeCredentials Current => bundle!.Current;

    /// <summary>For <c>status</c>: a sentence for each certificate that ends soon.</summary>
    public IReadOnlyList<string> FindWarnings()
    {
        if (bundle is null)
        {
            return [];
        }

        var now = time.GetUtcNow();
        return
        [
            .. new[]
            {
                Current.FindWarning(now), operators?.Current.FindWarning(Current.Identity.Node, now),
            }.OfType<string>(),
        ];
    }

    /// <summary>Makes a listener speak TLS, if this node does; whoever connects to the node listener must show a
    /// certificate of a node of this cluster.</summary>
    public void Protect(ListenOptions listen, bool forNodes)
    {
        if (IsOn)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = CertificateLimits.HandshakeMax,
                OnConnection = hello => ValueTask.FromResult(
                    forNodes
                        ? ForNodes(ofNodes.Add(hello.Connection))
                        : ForClients(ofClients.Add(hello.Connection), hello.ClientHelloInfo.ServerName)),
            });
        }
    }

    /// <summary>How to talk to this member for a moment, and to nobody else; null in plaintext.</summary>
    public SslClientAuthenticationOptions? OptionsTo(int node) => IsOn ? NewTrust(node).Options : null;

    /// <summary>As <see cref="OptionsTo"/>, for a connection that may live for weeks.</summary>
    public PeerTrust? TrustIn(int node)
    {
        if (!IsOn)
        {
            return null;
        }

        var trust = NewTrust(node);
        dialed[trust] = 0;
        return trust;
    }

    /// <summary>Holds a call to the certificate of its connection.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: the certificate is another node's.</exception>
    public void CheckCaller(ServerCallContext call, NodeId claimed)
    {
        if (bundle is null)
        {
            return;
        }

        var certificate = call.GetHttpContext().Connection.ClientCertificate;
        var identity = certificate is null ? null : NodeIdentity.Find(certificate);
        if (identity != Current.Identity with { Node = claimed.Value })
        {
            var text = string.Create(
                CultureInfo.InvariantCulture,
                $"the certificate of node {claimed.Value} expected, that of {identity?.ToString() ?? "nobody"} found");
            Refused(text);
            throw new RpcException(new Status(StatusCode.FailedPrecondition, text));
        }
    }

    public void Dispose()
    {
        looking?.Dispose();
        bundle?.Current.Dispose();
    }

    private SslServerAuthenticationOptions ForNodes(TlsConnection connection) => new()
    {
        ServerCertificateContext = ShowOwn(connection),
        EnabledSslProtocols = Protocols,
        AllowTlsResume = false,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => IsNode(certificate, connection),
    };

    private PeerTrust NewTrust(int node)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = TargetHost,
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false, // Each connection is checked anew.
            ClientCertificateContext = Current.Context,
        };
        return new PeerTrust(
            node, options, shown => FindFaultOfPeer(shown, node), one => dialed.TryRemove(one, out _));
    }

    /// <summary>Who got a link asks for the name that stands in no DNS, and is shown the cluster's own certificate; who
    /// asks for a host, or for nothing, the operator's, where there is one.</summary>
    private SslServerAuthenticationOptions ForClients(TlsConnection connection, string host) => new()
    {
        ServerCertificateContext = operators is null || host == TargetHost
            ? ShowOwn(connection)
            : operators.Current.Context,
        EnabledSslProtocols = Protocols,
        AllowTlsResume = false,
    };

    /// <summary>What is shown is noted before anybody else can take up another bundle, or noted anew.</summary>
    private SslStreamCertificateContext ShowOwn(TlsConnection connection)
    {
        NodeCredentials credentials;
        do
        {
            credentials = Current;
            connection.Own = credentials.Certificate;
        }
        while (credentials != Current);

        return credentials.Context;
    }

    private bool IsNode(X509Certificate? certificate, TlsConnection connection)
    {
        // Noted before it is looked at: who takes up other authorities in between finds it here.
        connection.Shown = certificate?.GetRawCertData();
        if (FindFaultOfCaller(connection.Shown) is not { } fault)
        {
            return true;
        }

        Refused(fault);
        return false;
    }

    private string? FindFaultOfCaller(byte[]? certificate)
    {
        var credentials = Current;
        if (certificate is null)
        {
            return "a node's certificate expected on the node port, none found";
        }

        using var shown = X509CertificateLoader.LoadCertificate(certificate);
        return ClusterAuthority.FindFault(shown, credentials.Authorities, asServer: false) is { } fault
            ? $"the certificate shown {fault}"
            : NodeIdentity.Find(shown)?.Cluster == credentials.Identity.Cluster
                ? null
                : "a certificate of a node of this cluster expected on the node port";
    }

    private string? FindFaultOfPeer(byte[]? certificate, int node)
    {
        var credentials = Current;
        if (certificate is null)
        {
            return "a certificate expected, none found";
        }

        using var shown = X509CertificateLoader.LoadCertificate(certificate);
        if (ClusterAuthority.FindFault(shown, credentials.Authorities, asServer: true) is { } fault)
        {
            return $"its certificate {fault}";
        }

        var expected = new NodeIdentity(credentials.Identity.Cluster, node);
        return NodeIdentity.Find(shown) == expected
            ? null
            : $"a certificate of {expected} expected, one of {NodeIdentity.Find(shown)} found";
    }

    private void Refused(string fault)
    {
        if (refusals.IsDue())
        {
            Log.CallerRefused(logger, fault);
        }
    }

    private void Look() => ProcessEnd.Guard("looking at the certificates", () =>
    {
        bundle!.Look();
        operators?.Look();
        var now = time.GetTimestamp();
        if (lastWarned == 0 || time.GetElapsedTime(lastWarned, now) >= CertificateLimits.WarningLoggedEvery)
        {
            foreach (var warning in FindWarnings())
            {
                lastWarned = now;
                Log.CertificateEnds(logger, warning);
            }
        }
    });

    private NodeCredentials Reload(string path)
    {
        var renewed = NodeCredentials.Of(NodeBundle.Load(path));
        return renewed.Identity == Current.Identity
            ? renewed
            : throw new BundleRefusedException(
                $"{path}: the bundle of {Current.Identity} expected, that of {renewed.Identity} found");
    }

    private void Renewed(NodeCredentials before, NodeCredentials now)
    {
        if (before.Certificate.Thumbprint != now.Certificate.Thumbprint)
        {
            lastWarned = 0;
            Log.BundleRenewed(logger, Text(now.Certificate.NotAfter.ToUniversalTime()));
        }

        if (!before.HasAuthoritiesOf(now))
        {
            EndWhatIsOutlived(now);
        }
    }

    /// <summary>Whoever stole a key of a retired authority's time may sit on a connection since then. And a client that
    /// stays on one from before hears of a new authority too late: it shall meet it while the old one's word counts.
    /// </summary>
    private void EndWhatIsOutlived(NodeCredentials now)
    {
        var verdicts = new Dictionary<string, bool>(StringComparer.Ordinal);
        var clients = ofClients.EndUnless(IsOfNewest);
        var nodes = ofNodes.EndUnless(
            one => FindFaultOf(one.Own, now.Authorities) is null
                && (one.Shown is not { } shown || FindFaultOfCaller(shown) is null));
        var peers = dialed.Keys
            .Where(one => one.Shown is { } shown && FindFaultOfPeer(shown, one.Node) is not null).ToList();
        peers.ForEach(one => one.End());
        Log.ConnectionsEnded(logger, clients, nodes + peers.Count);

        bool IsOfNewest(TlsConnection connection)
        {
            // There are many connections, and few certificates.
            var key = connection.Own?.Thumbprint ?? "";
            if (!verdicts.TryGetValue(key, out var isOfNewest))
            {
                isOfNewest = FindFaultOf(connection.Own, [now.Authorities[0]]) is null;
                verdicts.Add(key, isOfNewest);
            }

            return isOfNewest;
        }
    }

    private static string? FindFaultOf(X509Certificate2? own, IReadOnlyList<X509Certificate2> authorities) =>
        own is null ? null : ClusterAuthority.FindFault(own, authorities, asServer: true);

    private void Renewed(OperatorCertificate before, OperatorCertificate now)
    {
        if (before.Thumbprint != now.Thumbprint)
        {
            lastWarned = 0;
            Log.ClientCertificateRenewed(logger, Text(now.NotAfter));
        }
    }

    private void NotRenewed(string reason) => Log.BundleNotRenewed(logger, reason);

    private static string Text(DateTime end) => end.ToString("u", CultureInfo.InvariantCulture);
}
