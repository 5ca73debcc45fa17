using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Client.Trust;

/// <summary>Knows a cluster's nodes by the fingerprint of the authority that made their certificates. Host names, the
/// machine's own roots and DNS have no say.</summary>
internal static class ClusterCertificate
{
    /// <summary>Certificates name nodes, not hosts: any name will do, this one is no address.</summary>
    public const string TargetHost = "parley";

    /// <summary>A node's certificate carries its authority's here (see docs/operations.md).</summary>
    internal const string AuthorityExtension = "2.25.248176498152337049310287437125873098163";

    /// <summary>What a handshake may take, beside the connecting.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(3);

    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";

    /// <summary>How to talk to the nodes of that cluster, and to nobody else.</summary>
    /// <param name="fingerprint">SHA-256 of the authority's certificate, 64 hexadecimal digits.</param>
    /// <param name="told">Gets what is wrong with the certificate shown, or null when nothing is.</param>
    public static SslClientAuthenticationOptions Options(string fingerprint, Action<string?> told) => new()
    {
        TargetHost = TargetHost,
        AllowTlsResume = false, // Each connection is checked anew.
        RemoteCertificateValidationCallback = (_, shown, _, _) =>
        {
            var fault = FindFault(shown as X509Certificate2, fingerprint);
            told(fault);
            return fault is null ? true : throw new UntrustedNodeException(fault);
        },
    };

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

    /// <summary>Null when all is well; else the end of a sentence that begins with the node.</summary>
    public static string? FindFault(X509Certificate2? shown, string fingerprint)
    {
        if (shown?.Extensions[AuthorityExtension] is not { } extension)
        {
            return "shows no certificate of a Parley cluster";
        }

        var found = Convert.ToHexStringLower(SHA256.HashData(extension.RawData));
        if (!string.Equals(found, fingerprint, StringComparison.OrdinalIgnoreCase))
        {
            return $"is of another cluster, or somebody stands in between: the link says {Short(fingerprint)}, " +
                $"its authority is {Short(found)}";
        }

        try
        {
            using var authority = X509CertificateLoader.LoadCertificate(extension.RawData);
            return FindFault(shown, authority);
        }
        catch (CryptographicException)
        {
            return "shows a certificate whose authority cannot be read";
        }
    }

    private static string? FindFault(X509Certificate2 shown, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerPurpose));
        if (chain.Build(shown))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(
            X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((faults & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
        {
            return $"shows a certificate that its cluster's authority did not make ({faults})";
        }

        return $"shows a certificate that is valid from {shown.NotBefore:u} to {shown.NotAfter:u}, not now: look at " +
            "this machine's clock, or ask the cluster's operator for 'parley cluster renew'";
    }

    private static string Short(string fingerprint) => fingerprint.Length > 16 ? fingerprint[..16] + "…" : fingerprint;
}

/// <summary>Who answered is no node of the cluster.</summary>
internal sealed class UntrustedNodeException(string message) : AuthenticationException(message);
