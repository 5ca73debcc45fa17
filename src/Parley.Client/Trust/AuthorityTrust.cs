using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Parley.Client.Trust;

/// <summary>
/// The authorities that a cluster's nodes may be certified by, known by their fingerprints. It follows a change of
/// authority: one that a trusted one has certified is trusted from then on, and its predecessors are not any more once
/// the nodes have stopped to show their word for it. Host names, the machine's own roots and DNS have no say.
/// Thread-safe.
/// </summary>
/// <param name="text">Fingerprints, the newest first, separated by commas; or <see cref="MachineRoots"/>.</param>
/// <param name="changed">Called with the new text, on the thread of a handshake; must be quick.</param>
internal sealed class AuthorityTrust(string text, Action<string>? changed = null)
{
    /// <summary>A node's certificate carries its authority's here, and what the predecessor said of that one (see
    /// docs/operations.md).</summary>
    internal const string AuthorityExtension = "2.25.248176498152337049310287437125873098163";

    /// <summary>Instead of fingerprints: whom this machine trusts for the host that was asked for.</summary>
    internal const string MachineRoots = "system";

    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const int CarriedMax = 4;
    private const int TrustedMax = 4;
    private const int FingerprintDigits = 64;
    private const int ShownDigits = 16;
    private const char Separator = ',';

    private readonly Lock learning = new();
    private volatile string[] trusted = text.ToLowerInvariant().Split(Separator);

    /// <summary>As the constructor takes it.</summary>
    public string Text => string.Join(Separator, trusted);

    /// <summary>Whether host names and this machine's roots decide.</summary>
    public bool IsSystem => string.Equals(trusted[0], MachineRoots, StringComparison.Ordinal);

    /// <summary>Whether it is what the constructor takes.</summary>
    public static bool IsText(string text)
    {
        var items = text.Split(Separator);
        return string.Equals(text, MachineRoots, StringComparison.Ordinal) ||
            (items.Length <= TrustedMax &&
            Array.TrueForAll(items, item => item.Length == FingerprintDigits && item.All(char.IsAsciiHexDigit)));
    }

    /// <summary>Whether both name one authority: then they mean one cluster.</summary>
    public static bool Overlap(string? one, string? other) =>
        one is not null && other is not null && !string.Equals(one, MachineRoots, StringComparison.Ordinal) &&
        one.Split(Separator).Intersect(other.Split(Separator), StringComparer.OrdinalIgnoreCase).Any();

    /// <summary>Null when all is well; else the end of a sentence that begins with the node.</summary>
    public string? FindFault(X509Certificate2? shown)
    {
        var carried = shown is null ? [] : CarriedBy(shown);
        if (carried.Count == 0)
        {
            return "shows no certificate of a Parley cluster";
        }

        var known = trusted;
        var roots = carried.Where(one => known.Contains(FingerprintOf(one), StringComparer.Ordinal)).ToList();
        if (roots.Count == 0)
        {
            return "is of another cluster, or its authority was changed while this client was away, or somebody " +
                "stands in between: expected is an authority with the fingerprint " +
                $"{string.Join(" or ", known.Select(Short))}, found {Short(FingerprintOf(carried[0]))}; ask whoever " +
                "runs the cluster for its link of today ('parley cluster link')";
        }

        var fault = FindFault(shown!, roots, carried);
        if (fault is null)
        {
            Learn(shown!, carried);
        }

        return fault;
    }

    private static string? FindFault(
        X509Certificate2 shown, List<X509Certificate2> roots, List<X509Certificate2> carried)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        chain.ChainPolicy.ExtraStore.AddRange(carried.Where(one => !IsRoot(one)).ToArray());
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerPurpose));
        if (chain.Build(shown))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(
            X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        return (faults & ~X509ChainStatusFlags.NotTimeValid) != X509ChainStatusFlags.NoError
            ? $"shows a certificate that its cluster's authority did not make ({faults})"
            : $"shows a certificate that is valid from {shown.NotBefore:u} to {shown.NotAfter:u}, not now: look at " +
                "this machine's clock, or ask the cluster's operator for 'parley cluster renew'";
    }

    /// <summary>The order is that of age: a node whose bundle is older makes nobody forget the newer
    /// authority.</summary>
    private void Learn(X509Certificate2 shown, List<X509Certificate2> carried)
    {
        var issuer = FingerprintOf(carried[0]);
        var known = trusted;
        var place = Array.IndexOf(known, issuer);
        var isLast = carried.Count == 1 && place >= 0 && place < known.Length - 1;
        if ((place >= 0 && !isLast) || (place < 0 && FindFault(shown, [carried[0]], []) is not null))
        {
            return;
        }

        lock (learning)
        {
            if (!ReferenceEquals(known, trusted))
            {
                return; // Another handshake was first; the next one looks again.
            }

            trusted = isLast ? known[..(place + 1)] : [issuer, .. known.Take(TrustedMax - 1)];
        }

        changed?.Invoke(Text);
    }

    /// <summary>Its authority's certificate first; empty when there is none to be read.</summary>
    private static List<X509Certificate2> CarriedBy(X509Certificate2 shown)
    {
        var carried = new List<X509Certificate2>();
        try
        {
            var rest = shown.Extensions[AuthorityExtension]?.RawData ?? [];
            while (rest.Length > 0 && carried.Count < CarriedMax)
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

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string FingerprintOf(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    private static string Short(string fingerprint) =>
        fingerprint.Length > ShownDigits ? fingerprint[..ShownDigits] + "…" : fingerprint;
}
