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
    /// <param name="told">Gets what is wrong with the certificate shown, or null when nothing is.</param>
    public static SslClientAuthenticationOptions Options(AuthorityTrust trust, Action<string?> told) => new()
    {
        TargetHost = TargetHost,
        AllowTlsResume = false, // Each connection is checked anew.
        RemoteCertificateValidationCallback = (_, shown, _, _) =>
        {
            var fault = trust.FindFault(shown as X509Certificate2);
            told(fault);
            return fault is null ? true : throw new UntrustedNodeException(fault);
        },
    };

    /// <inheritdoc cref="Options(AuthorityTrust, Action{string?})"/>
    /// <param name="authorities">As in a link.</param>
    /// <param name="told">As there.</param>
    public static SslClientAuthenticationOptions Options(string authorities, Action<string?> told) =>
        Options(new AuthorityTrust(authorities), told);

    /// <summary>The way to a node, without TLS yet.</summary>
    /// <exception cref="TimeoutException">Nothing answered in time.</exception>
    public static async ValueTask<Stream> ConnectAsync(
        EndPoint node, TimeSpan limit, CancellationToken cancellationToken)
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
            throw new TimeoutException($"{node} did not answer", late);
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
