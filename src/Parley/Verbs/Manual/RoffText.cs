using System.Globalization;
using System.Text;

namespace Parley.Verbs.Manual;

/// <summary>A text in the language of man(7), as groff and mandoc both take it; whatever it is given is shown as it is.
/// </summary>
internal sealed class RoffText
{
    private readonly StringBuilder text = new();

    public override string ToString() => text.ToString();

    public void Title(string name, string source, string kind) =>
        Line($".TH \"{Escape(name)}\" 1 \"\" \"{Escape(source)}\" \"{Escape(kind)}\"");

    public void Section(string title) => Line($".SH \"{Escape(title)}\"");

    public void Part(string title) => Line($".SS \"{Escape(title)}\"");

    public void Paragraph(string words)
    {
        Line(".PP");
        Words(words);
    }

    /// <summary>A word that stands out, and what it is, indented below it.</summary>
    public void Item(string word, string words)
    {
        Line(".TP");
        Line($"\\fB{Escape(word)}\\fR");
        Words(words);
    }

    /// <summary>Lines as they are.</summary>
    public void Lines(IEnumerable<string> lines)
    {
        Line(".PP");
        Line(".RS 4");
        Line(".nf");
        foreach (var line in lines)
        {
            Words(line);
        }

        Line(".fi");
        Line(".RE");
    }

    /// <summary>What would be an escape, a request or a curved sign is none.</summary>
    internal static string Escape(string words)
    {
        var escaped = new StringBuilder(words.Length);
        foreach (var rune in words.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '\\' => @"\e",
                '-' => @"\-",
                '\'' => @"\(aq",
                '"' => @"\(dq",
                '`' => @"\(ga",
                '^' => @"\(ha",
                '~' => @"\(ti",
                '\n' or '\r' => " ",
                < 0x80 => rune.ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\[u{rune.Value:X4}]"),
            });
        }

        return escaped.ToString();
    }

    /// <summary>Nothing at the head of a line is a request.</summary>
    private void Words(string words) => Line(words is ['.' or '\'', ..] ? @"\&" + Escape(words) : Escape(words));

    private void Line(string line) => text.Append(line).Append('\n');
}
