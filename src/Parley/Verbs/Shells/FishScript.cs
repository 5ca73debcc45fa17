using System.Globalization;
using System.Text;

namespace Parley.Verbs.Shells;

/// <summary>Completion for fish, with what each word is for; at Tab no program is run.</summary>
internal static class FishScript
{
    public static string Of(IReadOnlyList<ShellCommand> commands)
    {
        var text = new StringBuilder(
            """
            # fish completion of parley; from: parley completion fish
            function __parley_at
                set -l typed (commandline -opc)
                set -e typed[1]
                set -l at ''
                set -l skip no
                for word in $typed
                    if test $skip = yes
                        set skip no
                        continue
                    end
                    switch "$at|$word"

            """);
        text.Append(CultureInfo.InvariantCulture, $"            case {Cases(ShellScript.Steps(commands))}\n");
        text.Append("                set at \"$at $word\"\n");
        text.Append(CultureInfo.InvariantCulture, $"            case {Cases(ShellScript.Valued(commands))}\n");
        text.Append("                set skip yes\n");
        text.Append("        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\ncomplete -c parley -f\n");
        foreach (var command in commands)
        {
            Append(text, command);
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Cases(IEnumerable<string> places) => string.Join(' ', places.Select(Quote));

    private static void Append(StringBuilder text, ShellCommand command)
    {
        var here = $"complete -c parley -n {Quote($"__parley_at {Quote(command.Path)}")}";
        foreach (var verb in command.Verbs)
        {
            text.Append(
                CultureInfo.InvariantCulture, $"{here} -a {Quote(verb.Text)} -d {Quote(verb.Description)}\n");
        }

        if (command.Values.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{here} -a {Quote(string.Join(' ', command.Values))}\n");
        }

        foreach (var option in command.Options)
        {
            var names = string.Join(' ', option.Names.Select(
                name => name.StartsWith("--", StringComparison.Ordinal) ? $"-l {name[2..]}" : $"-s {name[1..]}"));
            var value = option switch
            {
                { TakesValue: false } => "",
                { IsFile: true } => " -r -F",
                { Values.Count: > 0 } => $" -x -a {Quote(string.Join(' ', option.Values))}",
                _ => " -x",
            };
            text.Append(CultureInfo.InvariantCulture, $"{here} {names}{value} -d {Quote(option.Description)}\n");
        }
    }

    /// <summary>fish knows two escapes between single quotes.</summary>
    private static string Quote(string text) =>
        $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
