using Parley.Fuzz.Targets;

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
    public static string? FindForbidden(string printed) => SanitizerTarget.FindForbidden(printed);
}
