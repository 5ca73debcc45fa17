using System.Buffers;
using System.Globalization;
using System.Text;

namespace Parley.Tests.Hostile;

/// <summary>Text that wants to be more than text, and what of it must never reach a terminal.</summary>
internal static class HostileText
{
    /// <summary>Stands in all of it: whoever prints the text prints this.</summary>
    public const string Mark = "h0stile";

    /// <summary>Clears the screen, sets title and clipboard, asks the terminal, C1 controls, overwrites, rings,
    /// reorders, piles up marks, breaks lines.</summary>
    public static readonly string Text =
        $"{Mark}\e[2J\e[H\e]0;title\a\e]8;;http://example.org\e\\\e]52;c;ZWNobw==\a\eP1$qm\e\\\u009b31m\u009d0;x\u009c"
        + $"over\rwritten\b\b\b\a\u202Eabc\u202C\u2066\u200F\u2028\u2029\uFEFF\u00AD\uE000\u0378\U000E0041[red]x[/]"
        + $"e{string.Concat(Enumerable.Repeat("\u0301", 10_000))}\0\u007f\t{Mark}";

    /// <summary>The same with line breaks, where a message may have them.</summary>
    public static readonly string Lines = $"{Text}\n12:00 carol: {Mark}";

    /// <summary>What is in it that must not be printed; null: nothing.</summary>
    public static string? FindForbidden(string printed)
    {
        var marks = 0;
        var at = 0;
        while (at < printed.Length)
        {
            if (Rune.DecodeFromUtf16(printed.AsSpan(at), out var rune, out var length) != OperationStatus.Done)
            {
                return $"half a pair at {at}";
            }

            at += length;
            var category = Rune.GetUnicodeCategory(rune);
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.SpacingCombiningMark ? marks + 1 : rune.Value == 0x200D ? marks : 0;
            if (marks > 8 || (IsForbidden(category) && rune.Value is not ('\n' or 0x200D)))
            {
                return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4} at {at}: {category}");
            }
        }

        return null;
    }

    private static bool IsForbidden(UnicodeCategory category) => category is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
