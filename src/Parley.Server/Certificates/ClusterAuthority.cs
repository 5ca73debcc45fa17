using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>The cluster's own certificate authority: makes the certificates of its nodes, and nobody else's count.
/// </summary>
internal sealed class ClusterAuthority : IDisposable
{
    /// <summary>Holds the authority's certificate inside each certificate it makes: .NET leaves the root out of the
    /// chain it sends (SslStreamCertificateContext on Linux, .NET 10), and a client that knows no more than its
    /// fingerprint needs it whole. While the authority is new, the certificate that its predecessor made for it and the
    /// predecessor's own follow. The number is a UUID's (ITU-T X.667).</summary>
    public const string AuthorityExtension = "2.25.248176498152337049310287437125873098163";

    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";
    private const int ClusterIdBytes = 16;
    private const int NameBytes = 4;
    private const int ShownDigits = 16;

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

    /// <summary>Whether what it says of a successor counts.</summary>
    public bool MayCertifyAnother =>
        Certificate.Extensions.OfType<X509BasicConstraintsExtension>().All(one => !one.HasPathLengthConstraint);

    /// <summary>A new one, of a new cluster; nobody has its key but who asked.</summary>
    public static ClusterAuthority Create(DateTimeOffset now) =>
        CreateFor(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(ClusterIdBytes)), now);

    /// <summary>A new one for a cluster that may have had others: their names differ, so that whoever looks for the
    /// maker of a certificate by its name finds one.</summary>
    public static ClusterAuthority CreateFor(string cluster, DateTimeOffset now)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var drawn = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
        var name = new X500DistinguishedName($"CN=Parley cluster {cluster} authority {drawn}");
        using var made = NewRequest(name, new PublicKey(key)).Create(
            name,
            X509SignatureGenerator.CreateForECDsa(key),
            now - CertificateLimits.Backdating,
            now + CertificateLimits.AuthorityLife,
            RandomNumberGenerator.GetBytes(CertificateLimits.SerialBytes));
        return new ClusterAuthority(cluster, made.CopyWithPrivateKey(key), key);
    }

    /// <summary>The one that was made before.</summary>
    /// <exception cref="CryptographicException">The two texts do not belong together, or are none.</exception>
    public static ClusterAuthority Load(string cluster, string certificatePem, string keyPem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        return new ClusterAuthority(cluster, X509Certificate2.CreateFromPem(certificatePem, keyPem), key);
    }

    /// <summary>This authority's word for its successor: a certificate of that one's name and key, as PEM ("newWithOld"
    /// of RFC 4210 §4.4). Whoever trusts this one finds the way to what the new one makes.</summary>
    public string Endorse(ClusterAuthority successor, DateTimeOffset now)
    {
        using var made = Sign(
            NewRequest(successor.Certificate.SubjectName, successor.Certificate.PublicKey),
            now,
            CertificateLimits.AuthorityLife);
        return made.ExportCertificatePem();
    }

    /// <summary>A certificate and key for one node, both as PEM.</summary>
    /// <param name="node">Its id.</param>
    /// <param name="predecessor">PEM: what the authority before this one made for it, and that one's certificate;
    /// empty: nobody trusts an older one any more.</param>
    /// <param name="now">Its life begins a day before.</param>
    /// <param name="host">Its name or IP address for programs that know servers by these, as those that post to hooks;
    /// nodes and our clients do not look at it. Null: none.</param>
    public (string Certificate, string Key) Issue(
        int node, string predecessor, DateTimeOffset now, string? host = null)
    {
        using var nodeKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var identity = new NodeIdentity(Cluster, node);
        var request = new CertificateRequest($"CN=Parley node {node}", nodeKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(ServerPurpose), new Oid(ClientPurpose)], critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(identity.Uri);
        AddHost(names, host);
        request.CertificateExtensions.Add(names.Build(critical: false));
        request.CertificateExtensions.Add(
            new X509Extension(AuthorityExtension, Carry(predecessor), critical: false));
        using var made = Sign(request, now, CertificateLimits.NodeLife);
        return (made.ExportCertificatePem(), nodeKey.ExportPkcs8PrivateKeyPem());
    }

    private static void AddHost(SubjectAlternativeNameBuilder names, string? host)
    {
        if (IPAddress.TryParse(host, out var address))
        {
            names.AddIpAddress(address);
        }
        else if (host is not null && Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            names.AddDnsName(host);
        }
    }

    /// <summary>What links carry: the SHA-256 of the authority's certificate, 64 hexadecimal digits.</summary>
    public static string FingerprintOf(X509Certificate2 authority) =>
        Convert.ToHexStringLower(SHA256.HashData(authority.RawData));

    /// <summary>What links carry of these authorities, in their order.</summary>
    public static string FingerprintsOf(string authoritiesPem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authoritiesPem);
        return string.Join(',', authorities.Select(FingerprintOf));
    }

    /// <summary>Null when the certificate was made by one of these authorities, or by one that they certified, for this
    /// purpose and is valid now; else why it is not, as the end of a sentence. No other root counts, nothing is
    /// fetched.</summary>
    public static string? FindFault(
        X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, bool asServer)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities.ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(asServer ? ServerPurpose : ClientPurpose));
        var carried = CarriedBy(certificate);
        chain.ChainPolicy.ExtraStore.AddRange(carried.Where(one => !IsRoot(one)).ToArray());
        if (chain.Build(certificate))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(
            X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((faults & ~X509ChainStatusFlags.NotTimeValid) == X509ChainStatusFlags.NoError)
        {
            return $"is valid from {certificate.NotBefore:u} to {certificate.NotAfter:u}, not now: look at the clocks, "
                + "or 'parley cluster renew' and put the new bundle in the old one's place";
        }

        var known = authorities.Select(FingerprintOf).ToList();
        return carried.Select(FingerprintOf).FirstOrDefault() is { } found && !known.Contains(found)
            ? $"is of authority {Short(found)}, expected is {string.Join(" or ", known.Select(Short))}: it is another "
                + "cluster's, or the bundle of one of the two is older than a change of authority; put the newest in "
                + "its place"
            : $"is not of this cluster's authority ({faults})";
    }

    private static string Short(string fingerprint) => fingerprint[..ShownDigits] + "…";

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    /// <summary>Its authority's certificate first; empty when there is none to be read.</summary>
    private static List<X509Certificate2> CarriedBy(X509Certificate2 certificate)
    {
        var carried = new List<X509Certificate2>();
        try
        {
            var rest = certificate.Extensions[AuthorityExtension]?.RawData ?? [];
            while (rest.Length > 0 && carried.Count < CertificateLimits.CarriedMax)
            {
                AsnDecoder.ReadEncodedValue(rest, AsnEncodingRules.DER, out _, out _, out var length);
                carried.Add(X509CertificateLoader.LoadCertificate(rest.AsSpan(0, length)));
                rest = rest[length..];
            }
        }
        catch (Exception exception) when (exception is AsnContentException or CryptographicException)
        {
            carried.Clear();
        }

        return carried;
    }

    private static CertificateRequest NewRequest(X500DistinguishedName name, PublicKey key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        return request;
    }

    private byte[] Carry(string predecessor)
    {
        var further = new X509Certificate2Collection();
        if (predecessor.Length > 0)
        {
            further.ImportFromPem(predecessor);
        }

        return [.. Certificate.RawData, .. further.SelectMany(certificate => certificate.RawData)];
    }

    /// <summary>A certificate lives within its maker's life, whatever the clock said then.</summary>
    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset now, TimeSpan life)
    {
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));
        var (begin, end) = (now - CertificateLimits.Backdating, now + life);
        var (authorityBegin, authorityEnd) = (
            new DateTimeOffset(Certificate.NotBefore), new DateTimeOffset(Certificate.NotAfter));
        return request.Create(
            Certificate,
            begin > authorityBegin ? begin : authorityBegin,
            end < authorityEnd ? end : authorityEnd,
            RandomNumberGenerator.GetBytes(CertificateLimits.SerialBytes));
    }

    public void Dispose()
    {
        Certificate.Dispose();
        signer.Dispose();
    }
}
