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
/// only. Takes up a bundle that was replaced: for new connections, the old ones live on. Thread-safe.
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
    private readonly Timer? looking;
    private long lastLogged;
    private long lastWarned;

    public NodeTls(ServerOptions options, TimeProvider time, ILogger<NodeTls> logger)
    {
        this.time = time;
        this.logger = logger;
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

        looking = new Timer(_ => Look(), null, CertificateLimits.LookEvery, CertificateLimits.LookEvery);
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
                    forNodes ? ForNodes() : ForClients(hello.ClientHelloInfo.ServerName)),
            });
        }
    }

    /// <summary>How to talk to this member, and to nobody else; null in plaintext.</summary>
    public SslClientAuthenticationOptions? OptionsTo(int node)
    {
        if (bundle is null)
        {
            return null;
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = TargetHost,
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false, // Each connection is checked anew.
            ClientCertificateContext = Current.Context,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                FindFaultOfPeer(certificate, node) is { } fault ? throw new PeerRefusedException(fault) : true,
        };
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

    private SslServerAuthenticationOptions ForNodes() => new()
    {
        ServerCertificateContext = Current.Context,
        EnabledSslProtocols = Protocols,
        AllowTlsResume = false,
        ClientCertificateRequired = true,
        RemoteCertificateValidationCallback = IsNode,
    };

    /// <summary>Who got a link asks for the name that stands in no DNS, and is shown the cluster's own certificate; who
    /// asks for a host, or for nothing, the operator's, where there is one.</summary>
    private SslServerAuthenticationOptions ForClients(string host) => new()
    {
        ServerCertificateContext = operators is null || host == TargetHost
            ? Current.Context
            : operators.Current.Context,
        EnabledSslProtocols = Protocols,
        AllowTlsResume = false,
    };

    private bool IsNode(
        object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (FindFaultOfCaller(certificate) is not { } fault)
        {
            return true;
        }

        Refused(fault);
        return false;
    }

    private string? FindFaultOfCaller(X509Certificate? certificate)
    {
        var credentials = Current;
        if (certificate is not X509Certificate2 shown)
        {
            return "a node's certificate expected on the node port, none found";
        }

        return ClusterAuthority.FindFault(shown, credentials.Authorities, asServer: false) is { } fault
            ? $"the certificate shown {fault}"
            : NodeIdentity.Find(shown)?.Cluster == credentials.Identity.Cluster
                ? null
                : "a certificate of a node of this cluster expected on the node port";
    }

    private string? FindFaultOfPeer(X509Certificate? certificate, int node)
    {
        var credentials = Current;
        if (certificate is not X509Certificate2 shown)
        {
            return "a certificate expected, none found";
        }

        if (ClusterAuthority.FindFault(shown, credentials.Authorities, asServer: true) is { } fault)
        {
            return $"its certificate {fault}";
        }

        var expected = new NodeIdentity(credentials.Identity.Cluster, node);
        return NodeIdentity.Find(shown) == expected
            ? null
            : $"a certificate of {expected} expected, one of {NodeIdentity.Find(shown)} found";
    }

    /// <summary>Strangers can knock as often as they like: that fills no disk.</summary>
    private void Refused(string fault)
    {
        var now = time.GetTimestamp();
        var last = Interlocked.Read(ref lastLogged);
        if ((last == 0 || time.GetElapsedTime(last, now) >= CertificateLimits.RefusalsLoggedEvery)
            && Interlocked.CompareExchange(ref lastLogged, now, last) == last)
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
    }

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

/// <summary>Who answered is not the node that was dialed.</summary>
internal sealed class PeerRefusedException(string message) : AuthenticationException(message);
