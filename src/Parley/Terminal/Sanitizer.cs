using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parley.Terminal;

/// <summary>
/// The one door through which what others wrote reaches a terminal: nothing in it can move the cursor, change colours,
/// reorder the line or pile up marks. JSON output escapes for itself and does not come here.
/// </summary>
internal static class Sanitizer
{
    private const char Replacement = '\uFFFD';
    private const int ZeroWidthJoiner = 0x200D;
    private const int MarksPerBaseMax = 8;

    /// <summary>Keeps line breaks.</summary>
    public static string Lines(string? text) => Clean(text, keepLineBreaks: true);

    /// <summary>One line: names, error texts, addresses.</summary>
    public static string Line(string? text) => Clean(text, keepLineBreaks: false);

    private static string Clean(string? text, bool keepLineBreaks)
    {
        if (string.IsNullOrEmpty(text) || IsPlain(text))
        {
            return text ?? "";
        }

        var clean = new StringBuilder(text.Length);
        var marks = 0;
        for (var at = 0; at < text.Length;)
        {
            if (Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) != OperationStatus.Done)
            {
                clean.Append(Replacement);
                marks = 0;
                at += Math.Max(1, length);
                continue;
            }

            at += length;
            marks = IsMark(rune) ? marks + 1 : IsJoiner(rune) ? marks : 0;
            if (marks > MarksPerBaseMax)
            {
                continue;
            }

            if (MayShow(rune, keepLineBreaks))
            {
                clean.Append(text.AsSpan(at - length, length));
            }
            else
            {
                clean.Append(Replacement);
            }
        }

        return clean.ToString();
    }

    private static bool IsPlain(string text)
    {
        foreach (var character in text)
        {
            if (character is < ' ' or > '~')
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsJoiner(Rune rune) => rune.Value == ZeroWidthJoiner;

    private static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.SpacingCombiningMark;

    private static bool MayShow(Rune rune, bool keepLineBreaks) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control => keepLineBreaks && rune.Value == '\n',
        UnicodeCategory.Format => IsJoiner(rune),
        UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        _ => true,
    };
}
