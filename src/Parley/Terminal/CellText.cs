using System.Globalization;
using System.Text;
using Wcwidth;

namespace Parley.Terminal;

/// <summary>Text as columns of a terminal: one step is what a reader takes for one character.</summary>
internal static class CellText
{
    private const int EmojiPresentation = 0xFE0F;
    private const int RegionalIndicatorFirst = 0x1F1E6;
    private const int RegionalIndicatorLast = 0x1F1FF;

    /// <summary>How many columns it takes.</summary>
    public static int WidthOf(string text)
    {
        var width = 0;
        for (var at = 0; at < text.Length;)
        {
            var length = StepAt(text, at);
            width += StepWidth(text.AsSpan(at, length));
            at += length;
        }

        return width;
    }

    /// <summary>UTF-16 units of the character that begins here.</summary>
    public static int StepAt(string text, int at) => StringInfo.GetNextTextElementLength(text, at);

    /// <summary>UTF-16 units of the character that ends here.</summary>
    public static int StepBefore(string text, int end)
    {
        // From the line's beginning: what belongs together cannot be told backwards.
        var at = end < 2 ? 0 : text.LastIndexOf('\n', end - 2) + 1;
        var last = 1;
        while (at < end)
        {
            last = Math.Min(StepAt(text, at), end - at);
            at += last;
        }

        return last;
    }

    /// <summary>Columns of one character.</summary>
    public static int StepWidth(ReadOnlySpan<char> step)
    {
        if (step.Length == 1 && char.IsAscii(step[0]))
        {
            return 1;
        }

        var width = 0;
        foreach (var rune in step.EnumerateRunes())
        {
            width = rune.Value is EmojiPresentation or >= RegionalIndicatorFirst and <= RegionalIndicatorLast
                ? 2
                : Math.Max(width, UnicodeCalculator.GetWidth(rune));
        }

        return width;
    }

    /// <summary>The text, or its beginning and an ellipsis, in at most so many columns.</summary>
    public static string Fit(string text, int columns)
    {
        if (WidthOf(text) <= columns)
        {
            return text;
        }

        var fitted = new StringBuilder();
        var width = 0;
        for (var at = 0; at < text.Length;)
        {
            var length = StepAt(text, at);
            width += StepWidth(text.AsSpan(at, length));
            if (width > columns - 1)
            {
                break;
            }

            fitted.Append(text, at, length);
            at += length;
        }

        return columns < 1 ? "" : fitted.Append('…').ToString();
    }

    /// <summary>Lines of at most so many columns, broken between words where that is possible.</summary>
    public static IReadOnlyList<string> Wrap(string text, int columns)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split(' '))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (WidthOf(longer) <= columns)
            {
                line = longer;
                continue;
            }

            if (line.Length > 0)
            {
                lines.Add(line);
            }

            line = Fit(word, columns);
        }

        lines.Add(line);
        return lines;
    }
}
