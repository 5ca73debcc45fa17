using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Server.Certificates;

/// <summary>Whose certificate it is: a node of a cluster, as <c>parley://CLUSTER/node/ID</c> among the certificate's
/// alternative names. CLUSTER is the number its authority was made with (32 hexadecimal digits).</summary>
internal readonly record struct NodeIdentity(string Cluster, int Node)
{
    private const string Scheme = "parley://";
    private const string NodePart = "/node/";
    private const string AlternativeNames = "2.5.29.17";
    private static readonly Asn1Tag UriTag =
        new(TagClass.ContextSpecific, 6);

    /// <summary>As it stands in the certificate.</summary>
    public Uri Uri => new(ToString());

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Cluster}{NodePart}{Node}");

    /// <summary>Null when the certificate names no node, or several.</summary>
    public static NodeIdentity? Find(X509Certificate2 certificate)
    {
        NodeIdentity? found = null;
        foreach (var uri in UrisOf(certificate))
        {
            if (!uri.StartsWith(Scheme, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null || Parse(uri) is not { } identity)
            {
                return null;
            }

            found = identity;
        }

        return found;
    }

    private static NodeIdentity? Parse(string uri)
    {
        var end = uri.IndexOf(NodePart, Scheme.Length, StringComparison.Ordinal);
        return end > Scheme.Length
            && int.TryParse(
                uri.AsSpan(end + NodePart.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var node)
            ? new NodeIdentity(uri[Scheme.Length..end], node)
            : null;
    }

    /// <summary>.NET 10 lists the DNS names and addresses of that extension, but no URIs.</summary>
    private static List<string> UrisOf(X509Certificate2 certificate)
    {
        var uris = new List<string>();
        if (certificate.Extensions[AlternativeNames] is not { } extension)
        {
            return uris;
        }

        try
        {
            var names = new AsnReader(
                extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(UriTag))
                {
                    uris.Add(names.ReadCharacterString(
                        UniversalTagNumber.IA5String, UriTag));
                }
                else
                {
                    names.ReadEncodedValue();
                }
            }
        }
        catch (AsnContentException)
        {
            uris.Clear();
        }

        return uris;
    }
}
