using System.Globalization;
using System.Text;

namespace Parley.Verbs.Shells;

/// <summary>Completion for zsh, with what each word is for; at Tab no program is run.</summary>
internal static class ZshScript
{
    public static string Of(IReadOnlyList<ShellCommand> commands)
    {
        var text = new StringBuilder(
            """
            #compdef parley
            # zsh completion of parley; from: parley completion zsh
            _parley() {
                local before='' at='' index
                local -a found flags
                for ((index = 2; index < CURRENT; index++)); do
                    before="${words[index]}"
                    case "$at|$before" in

            """);
        text.Append(ShellScript.AnyOf(ShellScript.Steps(commands), Deep)).Append(")\n");
        text.Append("                at+=\" $before\" before='' ;;\n");
        text.Append(ShellScript.AnyOf(ShellScript.Valued(commands), Deep)).Append(")\n");
        text.Append("                if ((index + 1 < CURRENT)); then ((index += 1)); before=''; fi ;;\n");
        text.Append("            *) before='' ;;\n        esac\n    done\n");
        text.Append("    if [[ ${words[CURRENT]} == --*=* ]]; then\n");
        text.Append("        before=\"${words[CURRENT]%%=*}\"\n        compset -P '*='\n    fi\n");
        text.Append("    case \"$at|$before\" in\n");
        AppendValues(text, commands);
        text.Append("    esac\n    case \"$at\" in\n");
        foreach (var command in commands)
        {
            AppendWords(text, command);
        }

        return text.Append(
            """
                esac
                (($#found)) && _describe -t verbs verb found
                _describe -t options option flags
            }
            if [[ ${funcstack[1]-} == _parley ]]; then _parley "$@"; else compdef _parley parley; fi
            """).ToString();
    }

    private const string Deep = "            ";

    private static void AppendValues(StringBuilder text, IReadOnlyList<ShellCommand> commands)
    {
        foreach (var (places, values) in ShellScript.Sets(commands))
        {
            text.Append(ShellScript.AnyOf(places, "        ")).Append(")\n");
            text.Append(CultureInfo.InvariantCulture, $"            compadd -- {values}; return ;;\n");
        }

        text.Append(ShellScript.AnyOf(ShellScript.Files(commands), "        "));
        text.Append(")\n            _files; return ;;\n");
        text.Append("        *'|-'*) return ;;\n");
    }

    private static void AppendWords(StringBuilder text, ShellCommand command)
    {
        text.Append(CultureInfo.InvariantCulture, $"        {ShellScript.Quote(command.Path)})\n");
        var words = command.Verbs.Concat(command.Values.Select(value => new ShellWord(value, "")));
        AppendList(text, "found", words);
        AppendList(text, "flags", command.Options.SelectMany(
            option => option.Names.Select(name => new ShellWord(name, option.Description))));
        text.Append("            ;;\n");
    }

    private static void AppendList(StringBuilder text, string name, IEnumerable<ShellWord> words)
    {
        text.Append(CultureInfo.InvariantCulture, $"            {name}=(\n");
        foreach (var word in words)
        {
            var item = word.Description.Length == 0
                ? Escape(word.Text)
                : $"{Escape(word.Text)}:{word.Description}";
            text.Append(CultureInfo.InvariantCulture, $"                {ShellScript.Quote(item)}\n");
        }

        text.Append("            )\n");
    }

    private static string Escape(string word) => word.Replace(":", @"\:", StringComparison.Ordinal);
}
