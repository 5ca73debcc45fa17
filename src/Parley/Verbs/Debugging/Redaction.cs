using System.Text.RegularExpressions;

namespace Parley.Verbs.Debugging;

/// <summary>Takes out of a file's lines what looks like a secret: tokens, passwords with a name before them, hashes of
/// passwords, private keys. What nothing says of itself that it is secret stays.</summary>
internal sealed partial class Redaction
{
    public const string Sign = "(redacted)";

    /// <summary>What is longer is cut.</summary>
    private const int LineCharactersMax = 16_384;

    private const int PatienceMs = 1_000;

    private bool isInKey;

    /// <summary>The lines of one file, in order.</summary>
    public static IEnumerable<string> Of(IEnumerable<string> lines)
    {
        var redaction = new Redaction();
        return lines.Select(redaction.Next);
    }

    private string Next(string line)
    {
        var text = line.Length > LineCharactersMax ? $"{line[..LineCharactersMax]} (cut)" : line;
        try
        {
            if (isInKey)
            {
                isInKey = !KeyEnd().IsMatch(text);
                return Sign;
            }

            isInKey = KeyBegin().Count(text) > KeyEnd().Count(text);
            text = Key().Replace(text, Sign);
            text = Token().Replace(text, Sign);
            text = BareToken().Replace(text, Sign);
            text = PasswordHash().Replace(text, Sign);
            text = Scheme().Replace(text, $"${{scheme}} {Sign}");
            text = Named().Replace(text, $"${{name}}{Sign}");
            return UserInfo().Replace(text, $"://{Sign}@");
        }
        catch (RegexMatchTimeoutException)
        {
            return Sign;
        }
    }

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----", RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex KeyBegin();

    [GeneratedRegex("-----END [A-Z ]*PRIVATE KEY-----", RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex KeyEnd();

    [GeneratedRegex(
        "-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)",
        RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex Key();

    /// <summary>Of devices and hooks. Names of metrics begin so as well, and have no capitals.</summary>
    [GeneratedRegex("parley_(?=[a-z0-9_-]*[A-Z])[A-Za-z0-9_-]{8,}", RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex Token();

    /// <summary>32 bytes as base64url: a session's token.</summary>
    [GeneratedRegex(
        "(?<![A-Za-z0-9_-])(?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])",
        RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex BareToken();

    [GeneratedRegex("""\$argon2[a-z]*\$[^\s"';]*""", RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex PasswordHash();

    [GeneratedRegex(
        "(?<scheme>bearer|basic) +[A-Za-z0-9._~+/=-]+", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        PatienceMs)]
    private static partial Regex Scheme();

    [GeneratedRegex(
        """(?<name>(password|passwd|passphrase|secret|token|authorization|cookie|api[_-]?key)["']?\s*[:=]\s*["']?)"""
        + """[^\s"',;&}]+""",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, PatienceMs)]
    private static partial Regex Named();

    [GeneratedRegex("://[^/\\s@\"]+@", RegexOptions.ExplicitCapture, PatienceMs)]
    private static partial Regex UserInfo();
}
