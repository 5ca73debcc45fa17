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

    private readonly string? path;
    private readonly TimeProvider time;
    private readonly ILogger logger;
    private readonly Timer? looking;
    private volatile NodeCredentials? current;
    private DateTime writtenAt;
    private string lastFault = "";
    private long lastLogged;

    public NodeTls(ServerOptions options, TimeProvider time, ILogger<NodeTls> logger)
    {
        this.time = time;
        this.logger = logger;
        if (options.Bundle is not { } bundle)
        {
            return;
        }

        path = bundle.Path;
        writtenAt = File.GetLastWriteTimeUtc(path);
        current = NodeCredentials.Of(bundle.Content);
        looking = new Timer(_ => Look(), null, CertificateLimits.LookEvery, CertificateLimits.LookEvery);
    }

    public bool IsOn => current is not null;

    /// <summary>For <c>status</c>; null: all is well.</summary>
    public string? FindWarning() => current?.FindWarning(time.GetUtcNow());

    /// <summary>Makes a listener speak TLS, if this node does; whoever connects to the node listener must show a
    /// certificate of a node of this cluster.</summary>
    public void Protect(ListenOptions listen, bool forNodes)
    {
        if (IsOn)
        {
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = CertificateLimits.HandshakeMax,
                OnConnection = _ => ValueTask.FromResult(ServerOptionsNow(forNodes)),
            });
        }
    }

    /// <summary>How to talk to this member, and to nobody else; null in plaintext.</summary>
    public SslClientAuthenticationOptions? OptionsTo(int node)
    {
        if (current is not { } credentials)
        {
            return null;
        }

        return new SslClientAuthenticationOptions
        {
            TargetHost = TargetHost,
            EnabledSslProtocols = Protocols,
            AllowTlsResume = false, // Each connection is checked anew.
            ClientCertificateContext = credentials.Context,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                FindFaultOfPeer(certificate, node) is { } fault ? throw new PeerRefusedException(fault) : true,
        };
    }

    /// <summary>Holds a call to the certificate of its connection.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION: the certificate is another node's.</exception>
    public void CheckCaller(ServerCallContext call, NodeId claimed)
    {
        if (current is not { } credentials)
        {
            return;
        }

        var certificate = call.GetHttpContext().Connection.ClientCertificate;
        var identity = certificate is null ? null : NodeIdentity.Find(certificate);
        if (identity != new NodeIdentity(credentials.Identity.Cluster, claimed.Value))
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
        current?.Dispose();
    }

    private SslServerAuthenticationOptions ServerOptionsNow(bool forNodes) => new()
    {
        ServerCertificateContext = current!.Context,
        EnabledSslProtocols = Protocols,
        AllowTlsResume = false,
        ClientCertificateRequired = forNodes,
        RemoteCertificateValidationCallback = forNodes ? IsNode : null,
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
        var credentials = current!;
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
        var credentials = current!;
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

    private void Look()
    {
        try
        {
            var written = File.GetLastWriteTimeUtc(path!);
            if (written == writtenAt)
            {
                return;
            }

            var renewed = NodeCredentials.Of(NodeBundle.Load(path!));
            if (renewed.Identity != current!.Identity)
            {
                throw new BundleRefusedException(
                    $"{path}: the bundle of {current.Identity} expected, that of {renewed.Identity} found");
            }

            // The old ones are not disposed: handshakes that began with them may go on.
            current = renewed;
            writtenAt = written;
            lastFault = "";
            Log.BundleRenewed(
                logger, renewed.Certificate.NotAfter.ToUniversalTime().ToString("u", CultureInfo.InvariantCulture));
        }
        catch (BundleRefusedException exception)
        {
            // It may not be written to its end yet: the next look may find more. It is told once.
            if (exception.Message != lastFault)
            {
                lastFault = exception.Message;
                Log.BundleNotRenewed(logger, lastFault);
            }
        }
        catch (Exception exception)
        {
            ProcessEnd.Fail("looking at the bundle", exception);
        }
    }
}

/// <summary>Who answered is not the node that was dialed.</summary>
internal sealed class PeerRefusedException(string message) : AuthenticationException(message);
