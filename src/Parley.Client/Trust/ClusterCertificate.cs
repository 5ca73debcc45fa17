using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Client.Trust;

/// <summary>Talks TLS to a cluster's nodes, known by the authority that made their certificates.</summary>
internal static class ClusterCertificate
{
    /// <summary>Certificates name nodes, not hosts: any name will do, this one is no address.</summary>
    public const string TargetHost = "parley";

    /// <summary>A connection takes new requests for this long: so whoever stays for weeks shakes hands now and then,
    /// and hears of a new authority while the old one's word still counts.</summary>
    public static readonly TimeSpan ConnectionLife = TimeSpan.FromHours(12);

    /// <summary>What a handshake may take, beside the connecting.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(3);

    /// <summary>How to talk to the nodes of that cluster, and to nobody else.</summary>
    /// <param name="trust">Whom to take for their authority.</param>
    /// <param name="host">Without a port; counts only where this machine's roots do.</param>
    /// <param name="told">Gets what is wrong with the certificate shown, or null when nothing is.</param>
    public static SslClientAuthenticationOptions Options(
        AuthorityTrust trust, string host, Action<string?> told)
    {
        return new SslClientAuthenticationOptions
        {
            TargetHost = trust.IsSystem ? host : TargetHost,
            AllowTlsResume = false, // Each connection is checked anew.
            RemoteCertificateValidationCallback = (_, shown, chain, errors) => IsTrusted(
                trust.IsSystem
                    ? HostTrust.FindFault(host, shown as X509Certificate2, chain, errors)
                    : trust.FindFault(shown as X509Certificate2)),
        };

        bool IsTrusted(string? fault)
        {
            told(fault);
            return fault is null ? true : throw new UntrustedNodeException(fault);
        }
    }

    /// <inheritdoc cref="Options(AuthorityTrust, string, Action{string?})"/>
    /// <param name="authorities">Fingerprints, as in a link.</param>
    /// <param name="told">As there.</param>
    public static SslClientAuthenticationOptions Options(string authorities, Action<string?> told) =>
        Options(new AuthorityTrust(authorities), TargetHost, told);

    /// <summary>Makes a handler talk to the node at this address, and to nobody else.</summary>
    /// <param name="handler">Not in use yet.</param>
    /// <param name="trust">Whom to take for the authority of the node's certificate.</param>
    /// <param name="address">HOST:PORT.</param>
    /// <param name="connectMax">What connecting may take; the handshake comes on top.</param>
    /// <param name="told">As in <see cref="Options(AuthorityTrust, string, Action{string?})"/>.</param>
    /// <returns>What to call with the handler: not the address, for the name that a server is asked for (SNI) is always
    /// taken from it (SocketsHttpHandler, .NET 10), whatever the options say.</returns>
    public static Uri Prepare(
        SocketsHttpHandler handler, AuthorityTrust trust, string address, TimeSpan connectMax, Action<string?> told)
    {
        var colon = address.LastIndexOf(':');
        var host = address[..colon].Trim('[', ']');
        var node = new DnsEndPoint(host, int.Parse(address.AsSpan(colon + 1), CultureInfo.InvariantCulture));
        handler.PooledConnectionLifetime = ConnectionLife;
        // The first handshake of a process takes its time on a busy machine; a node that is gone is noticed before.
        handler.ConnectTimeout = connectMax + HandshakeMax;
        handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(node, connectMax, cancellationToken);
        handler.SslOptions = Options(trust, host, told);
        return new Uri($"https://{(trust.IsSystem ? address : TargetHost)}");
    }

    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint node, TimeSpan limit, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ended.CancelAfter(limit);
        try
        {
            await socket.ConnectAsync(node, ended.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new TimeoutException($"{node.Host}:{node.Port} did not answer", late);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Who answered is no node of the cluster.</summary>
internal sealed class UntrustedNodeException(string message) : AuthenticationException(message);
