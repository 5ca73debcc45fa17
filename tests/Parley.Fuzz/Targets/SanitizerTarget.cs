using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Parley.Terminal;

namespace Parley.Fuzz.Targets;

/// <summary>UTF-16, half pairs included: what comes out of the sanitizer is text, and once is enough.</summary>
internal sealed class SanitizerTarget : FuzzTarget
{
    private const int MarksMax = 8;
    private const int Joiner = 0x200D;

    public override IReadOnlyList<byte[]> Seeds { get; } =
    [
        Utf16("Grüße, 你好, שלום 👩\u200D💻"),
        Utf16("\e[2J\e]52;c;ZWNobw==\a\u009b31m"),
        Utf16("e\u0301\u200D\u0301\uD83D"),
        Utf16($"a{new string('\u0301', 12)}\n\u20E3\u0903"),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. new[]
        {
            "\e", "\u009b", "\r", "\n", "\t", "\u202E", "\u2066", "\u200F", "\u2028", "\u2029", "\uFEFF", "\u00AD",
            "\uE000", "\u0378", "\U000E0041", "\u0301", "\u20E3", "\u0903", "\u200D", "\uD83D", "\uDC69", "👩",
        }.Select(Utf16),
    ];

    public override void Check(byte[] input)
    {
        var text = MemoryMarshal.Cast<byte, char>(input.AsSpan(0, input.Length & ~1)).ToString();
        foreach (var clean in (string[])[Sanitizer.Lines(text), Sanitizer.Line(text)])
        {
            Property.Same(null, FindForbidden(clean));
            Property.Holds(clean.Length <= text.Length);
            Property.Same(clean, Sanitizer.Lines(clean));
        }

        Property.Holds(!Sanitizer.Line(text).Contains('\n', StringComparison.Ordinal));
        CheckWriter(text);
    }

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
                or UnicodeCategory.SpacingCombiningMark ? marks + 1 : rune.Value == Joiner ? marks : 0;
            if (marks > MarksMax || (IsForbidden(category) && rune.Value is not ('\n' or Joiner)))
            {
                return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4} at {at}: {category}");
            }
        }

        return null;
    }

    /// <summary>Unit by unit a writer lets the same through, but that it counts no marks from piece to piece.</summary>
    private static void CheckWriter(string text)
    {
        using var inner = new StringWriter();
        using var writer = new CleanWriter(inner);
        foreach (var unit in text)
        {
            writer.Write(unit);
        }

        writer.Write("");
        Property.Same(Sanitizer.Lines(text), Sanitizer.Lines(inner.ToString()));
    }

    private static bool IsForbidden(UnicodeCategory category) => category is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static byte[] Utf16(string text) => Encoding.Unicode.GetBytes(text);
}
