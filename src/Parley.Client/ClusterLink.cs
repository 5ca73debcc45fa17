using System.Globalization;
using Parley.Client.Trust;

namespace Parley.Client;

/// <summary>
/// All that a client needs to reach a cluster and to know it: <c>parley://HOST:PORT,HOST:PORT/?ca=…&amp;name=…</c>,
/// as <c>parley cluster link</c> prints it. It is no secret.
/// </summary>
/// <param name="Nodes">Client addresses, HOST:PORT.</param>
/// <param name="CaFingerprint">SHA-256 of the certificate of the cluster's authority, 64 lower-case hexadecimal
/// digits; while it changes, of both, separated by a comma. Or <c>system</c>: nodes have certificates that this machine
/// trusts for their hosts' names.</param>
/// <param name="Name">The cluster's name, for people; may be empty.</param>
public sealed record ClusterLink(IReadOnlyList<string> Nodes, string CaFingerprint, string Name)
{
    /// <summary>What a link begins with.</summary>
    public const string Scheme = "parley://";

    /// <summary>As a line to pass on.</summary>
    public override string ToString()
    {
        var name = Name.Length == 0 ? "" : $"&name={Uri.EscapeDataString(Name)}";
        return $"{Scheme}{string.Join(',', Nodes)}/?ca={CaFingerprint}{name}";
    }

    /// <summary>Whether what is known by these authorities at these addresses is this cluster.</summary>
    internal bool Means(string? ca, IEnumerable<string> nodes) =>
        AuthorityTrust.Overlap(CaFingerprint, ca) ||
        (string.Equals(CaFingerprint, ca, StringComparison.Ordinal) &&
        Nodes.Intersect(nodes, StringComparer.OrdinalIgnoreCase).Any());

    /// <summary>Whether somebody means a link, right or wrong.</summary>
    public static bool IsMeant(string text) => text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a link; <paramref name="error"/> says what was expected and found.</summary>
    public static ClusterLink? Find(string text, out string error)
    {
        error = "";
        if (!IsMeant(text))
        {
            error = $"a link {Scheme}HOST:PORT,…/?ca=FINGERPRINT expected, '{text}' found";
            return null;
        }

        var (addresses, query) = Split(text[Scheme.Length..].Trim(), '?');
        var (fingerprint, name) = ("", "");
        foreach (var item in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Split(item, '=');
            if (key is "ca")
            {
                fingerprint = value.ToLowerInvariant();
            }
            else if (key is "name")
            {
                name = Uri.UnescapeDataString(value);
            }
        }

        var nodes = addresses.TrimEnd('/').Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (nodes.Length == 0 || !nodes.All(IsAddress))
        {
            error = $"link: addresses HOST:PORT separated by commas expected, '{addresses}' found";
        }
        else if (!AuthorityTrust.IsText(fingerprint))
        {
            error = "link: ca= with 64 hexadecimal digits, or 'system', expected, " + $"'{fingerprint}' found; " +
                "copy the whole line that 'parley cluster link' prints, in quotes";
        }
        else
        {
            return new ClusterLink(nodes, fingerprint, name);
        }

        return null;
    }

    private static (string Before, string After) Split(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    /// <summary>Whether it is HOST:PORT and nothing besides; a host of IPv6 in brackets.</summary>
    internal static bool IsAddress(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65_535)
        {
            return false;
        }

        var host = text[..colon];
        var isHost = host is ['[', .. var inside, ']']
            ? Uri.CheckHostName(inside) is UriHostNameType.IPv6
            : Uri.CheckHostName(host) is UriHostNameType.Dns or UriHostNameType.IPv4;
        // What it becomes: there are names that the one takes and the other does not.
        return isHost && Uri.TryCreate($"http://{text}", UriKind.Absolute, out _);
    }
}
