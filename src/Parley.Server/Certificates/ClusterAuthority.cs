using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>The cluster's own certificate authority: makes the certificates of its nodes, and nobody else's count.
/// </summary>
internal sealed class ClusterAuthority : IDisposable
{
    /// <summary>Holds the authority's certificate inside each certificate it makes: .NET leaves the root out of the
    /// chain it sends (SslStreamCertificateContext on Linux, .NET 10), and a client that knows no more than its
    /// fingerprint needs it whole. The number is a UUID's (ITU-T X.667).</summary>
    public const string AuthorityExtension = "2.25.248176498152337049310287437125873098163";

    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const int ClusterIdBytes = 16;

    private readonly ECDsa signer;

    private ClusterAuthority(string cluster, X509Certificate2 certificate, ECDsa signer)
    {
        Cluster = cluster;
        Certificate = certificate;
        this.signer = signer;
    }

    /// <summary>32 hexadecimal digits; stands in every certificate.</summary>
    public string Cluster { get; }

    /// <summary>With its key.</summary>
    public X509Certificate2 Certificate { get; }

    public string CertificatePem => Certificate.ExportCertificatePem();

    public string KeyPem => signer.ExportPkcs8PrivateKeyPem();

    /// <summary>A new one; nobody has its key but who asked.</summary>
    public static ClusterAuthority Create(DateTimeOffset now)
    {
        var cluster = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ClusterIdBytes));
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Parley cluster {cluster}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(
            new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var certificate = request.CreateSelfSigned(
            now - CertificateLimits.Backdating, now + CertificateLimits.AuthorityLife);
        return new ClusterAuthority(cluster, certificate, key);
    }

    /// <summary>The one that was made before.</summary>
    /// <exception cref="CryptographicException">The two texts do not belong together, or are none.</exception>
    public static ClusterAuthority Load(string cluster, string certificatePem, string keyPem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        return new ClusterAuthority(cluster, X509Certificate2.CreateFromPem(certificatePem, keyPem), key);
    }

    /// <summary>A certificate and key for one node, both as PEM.</summary>
    public (string Certificate, string Key) Issue(int node, DateTimeOffset now)
    {
        using var nodeKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var identity = new NodeIdentity(Cluster, node);
        var request = new CertificateRequest($"CN=Parley node {node}", nodeKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerPurpose), new Oid(ClientPurpose)], critical: true));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(identity.Uri);
        request.CertificateExtensions.Add(names.Build(critical: false));
        request.CertificateExtensions.Add(
            new X509Extension(AuthorityExtension, Certificate.RawData, critical: false));
        // A certificate lives within its maker's life, whatever the clock said then.
        var end = now + CertificateLimits.NodeLife;
        var begin = now - CertificateLimits.Backdating;
        var (authorityBegin, authorityEnd) = (
            new DateTimeOffset(Certificate.NotBefore), new DateTimeOffset(Certificate.NotAfter));
        using var made = request.Create(
            Certificate,
            begin > authorityBegin ? begin : authorityBegin,
            end < authorityEnd ? end : authorityEnd,
            RandomNumberGenerator.GetBytes(CertificateLimits.SerialBytes));
        return (made.ExportCertificatePem(), nodeKey.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>What links carry: the SHA-256 of the authority's certificate, 64 hexadecimal digits.</summary>
    public static string FingerprintOf(X509Certificate2 authority) =>
        Convert.ToHexStringLower(SHA256.HashData(authority.RawData));

    /// <inheritdoc cref="FingerprintOf(X509Certificate2)"/>
    public static string FingerprintOf(string authorityPem)
    {
        using var authority = X509Certificate2.CreateFromPem(authorityPem);
        return FingerprintOf(authority);
    }

    /// <summary>Null when the certificate was made by this authority for this purpose and is valid now; else why it is
    /// not, as the end of a sentence. No other root counts, nothing is fetched.</summary>
    public static string? FindFault(X509Certificate2 certificate, X509Certificate2 authority, bool asServer)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(asServer ? ServerPurpose : ClientPurpose));
        if (chain.Build(certificate))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(
            X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return (faults & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError
            ? $"is not of this cluster's authority ({faults})"
            : $"is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}, not now";
    }

    public void Dispose()
    {
        Certificate.Dispose();
        signer.Dispose();
    }
}
