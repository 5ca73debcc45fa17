using System.Globalization;
using System.Text;

namespace Parley.Core.Search;

/// <summary>
/// Cuts a text into what is searched for: words in small letters without accents, and every character of a script that
/// writes without spaces by itself.
/// </summary>
/// <remarks>A change of what comes out is a new <see cref="MessageIndexFile.FormatVersion"/>.</remarks>
internal static class TextUnits
{
    /// <summary>Characters of a word that count; the rest of a longer one does not.</summary>
    public const int UnitCharactersMax = 48;

    /// <summary>Marks in a row that count; a text of nothing but marks would take quadratic time to put in order.
    /// </summary>
    private const int MarksInARowMax = 30;

    private const int SharpS = 0xDF;

    /// <summary>First and last of the blocks of marks that do not count: accents of Latin, Greek and Cyrillic letters,
    /// points and vowels of Hebrew and Arabic ones.</summary>
    private static readonly (int First, int Last)[] Accents =
    [
        (0x0300, 0x036F), (0x0483, 0x0487), (0x0591, 0x05C7), (0x0610, 0x061A), (0x064B, 0x065F), (0x0670, 0x0670),
        (0x06D6, 0x06ED), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF),
    ];

    /// <summary>First and last of the blocks whose scripts put no spaces between words: Thai, Lao, Myanmar, Khmer,
    /// kana, ideographs.</summary>
    private static readonly (int First, int Last)[] WithoutSpaces =
    [
        (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3040, 0x30FF),
        (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
    ];

    /// <summary>What else decides about the units: where it is another, an index is of another version.</summary>
    public static string Form { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.Version.Major} {CultureInfo.InvariantCulture.CompareInfo.Version.FullVersion}");

    /// <summary>In the text's order: small letters, digits and their marks, nothing else. There is no text that it
    /// fails on.</summary>
    public static List<string> Of(string text)
    {
        var units = new List<string>();
        var unit = new StringBuilder();
        var isAlone = false;
        foreach (var rune in Decompose(text).EnumerateRunes())
        {
            if (IsIgnored(rune))
            {
                continue;
            }

            if (unit.Length > 0 && IsMark(rune))
            {
                Append(unit, rune);
                continue;
            }

            var standsAlone = StandsAlone(rune);
            if (isAlone || standsAlone || !IsLetterOrDigit(rune))
            {
                End(unit, units);
            }

            if (IsLetterOrDigit(rune))
            {
                isAlone = standsAlone;
                AppendFolded(unit, rune);
            }
        }

        End(unit, units);
        return units;
    }

    /// <summary>What the index holds of a text, each once: its units, and every two neighbours that stand alone
    /// together, for one character by itself is in every other message.</summary>
    public static HashSet<string> TermsOf(IReadOnlyList<string> units)
    {
        var terms = new HashSet<string>(units, StringComparer.Ordinal);
        for (var next = 1; next < units.Count; next++)
        {
            if (StandsAlone(units[next - 1]) && StandsAlone(units[next]))
            {
                terms.Add(units[next - 1] + units[next]);
            }
        }

        return terms;
    }

    public static bool StandsAlone(string unit) => Rune.TryGetRuneAt(unit, 0, out var first) && StandsAlone(first);

    private static bool StandsAlone(Rune rune) =>
        rune.Value >= WithoutSpaces[0].First && IsAmong(WithoutSpaces, rune.Value);

    private static bool IsLetterOrDigit(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Accents, variants of a shape, and what is there to be not seen; but a space without a width parts.
    /// </summary>
    private static bool IsIgnored(Rune rune) => !rune.IsAscii && (IsAmong(Accents, rune.Value)
        || rune.Value is (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF)
        || (rune.Value != 0x200B && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format));

    private static bool IsAmong((int First, int Last)[] blocks, int value) =>
        Array.Exists(blocks, block => value >= block.First && value <= block.Last);

    /// <summary>Great letters first: what has two small ones (\u03C2 and \u03C3) becomes one.</summary>
    private static void AppendFolded(StringBuilder unit, Rune rune)
    {
        var small = Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune));
        if (small.Value == SharpS)
        {
            Append(unit, new Rune('s'));
            small = new Rune('s');
        }

        Append(unit, small);
    }

    private static void Append(StringBuilder unit, Rune rune)
    {
        if (unit.Length + rune.Utf16SequenceLength <= UnitCharactersMax)
        {
            Span<char> characters = stackalloc char[2];
            unit.Append(characters[..rune.EncodeToUtf16(characters)]);
        }
    }

    private static void End(StringBuilder unit, List<string> units)
    {
        if (unit.Length > 0)
        {
            units.Add(unit.ToString());
            unit.Clear();
        }
    }

    /// <summary>Without halves of characters, and without what ICU does not take (U+FFFE).</summary>
    private static string Decompose(string text)
    {
        if (System.Text.Ascii.IsValid(text))
        {
            return text;
        }

        var whole = new StringBuilder(text.Length);
        var marks = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            marks = IsMark(rune) ? marks + 1 : 0;
            if (marks <= MarksInARowMax && !IsIgnored(rune))
            {
                whole.Append((rune.Value == 0xFFFE ? Rune.ReplacementChar : rune).ToString());
            }
        }

        try
        {
            return whole.ToString().Normalize(NormalizationForm.FormKD);
        }
        catch (ArgumentException)
        {
            return whole.ToString(); // Another thing that it does not take: searched as it is written.
        }
    }
}
