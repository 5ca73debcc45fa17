using System.Text.RegularExpressions;

namespace Parley.Verbs.Verify;

/// <summary>Searches what nodes said for what they must never say (C7): texts, passwords, tokens.</summary>
internal static partial class LogCanaries
{
    private const int QuotedMax = 120;

    /// <summary>One sentence for each line that says what it must not; it quotes the line, cut short.</summary>
    /// <param name="files">All that the nodes said.</param>
    /// <param name="secrets">What stands in texts and passwords of this run and nowhere else.</param>
    public static IEnumerable<string> Find(IEnumerable<string> files, IReadOnlyList<string> secrets) =>
        from file in files
        where File.Exists(file)
        from line in File.ReadLines(file).Select((text, place) => (Text: text, Number: place + 1))
        let found = secrets.FirstOrDefault(secret => line.Text.Contains(secret, StringComparison.OrdinalIgnoreCase))
            ?? (Token().IsMatch(line.Text) ? "a token" : null)
        where found is not null
        select $"{file}:{line.Number} says {found}: {line.Text[..Math.Min(line.Text.Length, QuotedMax)]}";

    /// <summary>256 bits in base64url, as tokens of sessions are written; ids and digests are hexadecimal and of other
    /// lengths.</summary>
    [GeneratedRegex(
        "(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Token();
}
