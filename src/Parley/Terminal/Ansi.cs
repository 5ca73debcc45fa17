using System.Globalization;

namespace Parley.Terminal;

/// <summary>The few control sequences in use (ECMA-48, xterm): none of them needs a terminal's answer.</summary>
internal static class Ansi
{
    public const string Bell = "\a";
    public const string ClearBelow = "\e[J";
    public const string WrapOff = "\e[?7l";
    public const string WrapOn = "\e[?7h";

    /// <summary>What follows appears at once (terminals that do not know it ignore it).</summary>
    public const string FrameBegin = "\e[?2026h";
    public const string FrameEnd = "\e[?2026l";

    /// <summary>Pastes in brackets, news of the focus.</summary>
    public const string ModesOn = "\e[?2004h\e[?1004h";
    public const string ModesOff = "\e[?2004l\e[?1004l\e[?7h\e[0m\e[?25h";

    public static string Up(int rows) => rows > 0 ? string.Create(CultureInfo.InvariantCulture, $"\e[{rows}A") : "";
}

/// <summary>Colours and weights, or none of them (https://no-color.org).</summary>
internal sealed class Palette(bool hasColour)
{
    private const string Off = "\e[0m";

    /// <summary>Readable on dark and light ground.</summary>
    private static readonly string[] People = ["31", "32", "33", "34", "35", "36", "91", "92", "94", "95", "96"];

    /// <summary>Nobody asked for less.</summary>
    public static bool IsWanted => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public string Dim(string text) => Paint("2", text);

    public string Bold(string text) => Paint("1", text);

    /// <summary>What is meant for the reader.</summary>
    public string Mark(string text) => Paint("1;7", text);

    /// <summary>The notice that stays while something is wrong.</summary>
    public string Alarm(string text) => Paint("1;33", text);

    /// <summary>A name in its own colour: the same in every run and on every machine (FNV-1a).</summary>
    public string Person(string name)
    {
        var hash = 2_166_136_261u;
        foreach (var one in name)
        {
            hash = unchecked((hash ^ one) * 16_777_619u);
        }

        return Paint($"1;{People[hash % (uint)People.Length]}", name);
    }

    private string Paint(string code, string text) => hasColour ? $"\e[{code}m{text}{Off}" : text;
}
