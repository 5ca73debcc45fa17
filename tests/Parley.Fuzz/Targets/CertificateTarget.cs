using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parley.Client.Trust;
using Parley.Server.Certificates;

namespace Parley.Fuzz.Targets;

/// <summary>What strangers show in a handshake: nobody but the authority's own counts.</summary>
internal sealed class CertificateTarget : FuzzTarget
{
    private readonly ClusterAuthority authority = ClusterAuthority.Create(TimeProvider.System.GetUtcNow());
    private readonly byte[] issued;

    public CertificateTarget()
    {
        var (certificate, _) = authority.Issue(2, predecessor: "", TimeProvider.System.GetUtcNow());
        using var node = X509Certificate2.CreateFromPem(certificate);
        issued = node.RawData;
    }

    public override IReadOnlyList<byte[]> Seeds => [issued, authority.Certificate.RawData];

    public override void Check(byte[] input)
    {
        Property.Accepts<CryptographicException>(() =>
        {
            using var shown = X509CertificateLoader.LoadCertificate(input);
            var trust = new AuthorityTrust(ClusterAuthority.FingerprintOf(authority.Certificate));
            NodeIdentity.Find(shown);
            var isOurs = ClusterAuthority.FindFault(shown, [authority.Certificate], asServer: false) is null;
            Property.Holds(!isOurs || IsKnown(shown));
            Property.Holds(trust.FindFault(shown) is not null || IsKnown(shown));
        });
    }

    private bool IsKnown(X509Certificate2 shown) => Seeds.Any(known => known.AsSpan().SequenceEqual(shown.RawData));

    protected override void CleanUp() => authority.Dispose();
}
