using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Client.Trust;

/// <summary>Says what is wrong with a certificate that this machine does not trust for a host.</summary>
internal static class HostTrust
{
    private const int NamesShown = 4;

    /// <summary>Null when all is well; else the end of a sentence that begins with the node.</summary>
    /// <param name="host">What was asked for.</param>
    /// <param name="shown">The certificate; null: none.</param>
    /// <param name="chain">What .NET made of it with this machine's roots.</param>
    /// <param name="errors">What .NET found wrong.</param>
    public static string? FindFault(string host, X509Certificate2? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (shown is null)
        {
            return "shows no certificate";
        }

        if (shown.Extensions[AuthorityTrust.AuthorityExtension] is not null)
        {
            return $"shows its cluster's own certificate, and one that this machine trusts for {host} is expected: " +
                "use the link with a fingerprint ('parley cluster link'), or ask its operator for a server with " +
                "--certificate";
        }

        var status = (chain?.ChainStatus ?? []).Aggregate(
            X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        if ((status & X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError)
        {
            return $"shows a certificate that is valid from {shown.NotBefore:u} to {shown.NotAfter:u}, not now: " +
                "look at this machine's clock, or ask the cluster's operator to renew it";
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
            ? $"shows a certificate of '{shown.Issuer}', which this machine does not trust ({status}): add its root " +
                "to the machine's (or name a file of roots in SSL_CERT_FILE), or use the link with a fingerprint"
            : $"shows a certificate for {NamesOf(shown)}, and one for {host} is expected: use the name it is made " +
                "for, or the link with a fingerprint";
    }

    private static string NamesOf(X509Certificate2 shown)
    {
        var names = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(one => one.EnumerateDnsNames().Concat(one.EnumerateIPAddresses().Select(ip => ip.ToString())))
            .ToList();
        return names.Count == 0 ? "no host"
            : string.Join(", ", names.Take(NamesShown)) + (names.Count > NamesShown ? ", …" : "");
    }
}
