using System.Text;

namespace Parley.Verbs.Shells;

/// <summary>Parts that the scripts of all shells are made of. What stands in them is our own: names of verbs and
/// options, and what may be their value.</summary>
internal static class ShellScript
{
    /// <summary>Parts a verb's path from the word behind it, in what the scripts compare.</summary>
    private const char Behind = '|';

    /// <summary>The verbs that go on from what is typed.</summary>
    public static IEnumerable<string> Steps(IEnumerable<ShellCommand> commands) =>
        commands.SelectMany(command => command.Verbs.Select(verb => Place(command, verb.Text)));

    /// <summary>The options behind which a word is a value.</summary>
    public static IEnumerable<string> Valued(IEnumerable<ShellCommand> commands) =>
        Places(commands, option => option.TakesValue);

    /// <summary>The options whose value is of a closed set, by verb and set.</summary>
    public static IEnumerable<(IEnumerable<string> Places, string Values)> Sets(IEnumerable<ShellCommand> commands) =>
        from command in commands
        from option in command.Options
        where option.Values.Count > 0
        select ((IEnumerable<string>)Places(command, [option]), string.Join(' ', option.Values));

    /// <summary>The options whose value is a file.</summary>
    public static IEnumerable<string> Files(IEnumerable<ShellCommand> commands) =>
        Places(commands, option => option.IsFile);

    /// <summary>As the shells of this world all quote: nothing is special between them.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>Patterns, one of which must fit, wrapped so that people can read them.</summary>
    public static string AnyOf(IEnumerable<string> patterns, string indent)
    {
        var text = new StringBuilder(indent);
        var column = 0;
        foreach (var pattern in patterns.Select(Quote))
        {
            if (column > 0)
            {
                text.Append(column > 80 ? $"|\\\n{indent}" : "|");
                column = column > 80 ? 0 : column;
            }

            text.Append(pattern);
            column += pattern.Length + 1;
        }

        return text.ToString();
    }

    private static IEnumerable<string> Places(IEnumerable<ShellCommand> commands, Func<ShellOption, bool> isMeant) =>
        commands.SelectMany(command => Places(command, command.Options.Where(isMeant)));

    private static string[] Places(ShellCommand command, IEnumerable<ShellOption> options) =>
        [.. options.SelectMany(option => option.Names).Select(name => Place(command, name))];

    private static string Place(ShellCommand command, string word) => $"{command.Path}{Behind}{word}";
}
