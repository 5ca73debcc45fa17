using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>A bundle's certificates, ready for use.</summary>
internal sealed class NodeCredentials : IDisposable
{
    private NodeCredentials(NodeIdentity identity, X509Certificate2 certificate, List<X509Certificate2> authorities)
    {
        Identity = identity;
        Certificate = certificate;
        Authorities = authorities;
        Context = SslStreamCertificateContext.Create(certificate, [], offline: true);
    }

    public NodeIdentity Identity { get; }

    /// <summary>Those that count, the one that made the certificate first.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; }

    public X509Certificate2 Certificate { get; }

    public SslStreamCertificateContext Context { get; }

    /// <exception cref="CryptographicException">Certificate, key and authority do not belong together, or not to the
    /// node that the bundle names.</exception>
    public static NodeCredentials Of(NodeBundle bundle)
    {
        var certificate = X509Certificate2.CreateFromPem(bundle.Certificate, bundle.Key);
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(bundle.Ca);
        var identity = new NodeIdentity(bundle.Cluster, bundle.Node);
        if (NodeIdentity.Find(certificate) != identity)
        {
            throw new CryptographicException(
                $"a certificate for {identity} expected, {NodeIdentity.Find(certificate)} found");
        }

        return new NodeCredentials(identity, certificate, [.. authorities]);
    }

    /// <summary>Whether the same ones count there.</summary>
    public bool HasAuthoritiesOf(NodeCredentials other) =>
        Authorities.Select(one => one.Thumbprint).SequenceEqual(other.Authorities.Select(one => one.Thumbprint));

    /// <summary>Why no other node would take the certificate, as the end of a sentence; null: they do.</summary>
    public string? FindFault() => ClusterAuthority.FindFault(Certificate, Authorities, asServer: true);

    /// <summary>A sentence for the operator when a certificate ends soon, or has ended; null otherwise.</summary>
    public string? FindWarning(DateTimeOffset now)
    {
        var ends = Certificate.NotAfter.ToUniversalTime();
        if (ends - now.UtcDateTime > CertificateLimits.WarnBefore)
        {
            return null;
        }

        var verb = ends < now.UtcDateTime ? "ended" : "ends";
        // A certificate never outlives its authority: then another of the same would be of no help.
        var (with, how) = Certificate.NotAfter >= Authorities[0].NotAfter
            ? (" with its authority", " --authority")
            : ("", "");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"node {Identity.Node}: its certificate {verb} on {ends:yyyy-MM-dd}{with}; 'parley cluster renew{how}', ")
            + "and put the new bundle in the old one's place";
    }

    public void Dispose()
    {
        Certificate.Dispose();
        foreach (var authority in Authorities)
        {
            authority.Dispose();
        }
    }
}
