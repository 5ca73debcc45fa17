using System.Globalization;
using System.Text;

namespace Parley.Verbs.Shells;

/// <summary>Completion for bash, from 4 on: no program is run, and nobody is asked over the network, at Tab.</summary>
internal static class BashScript
{
    public static string Of(IReadOnlyList<ShellCommand> commands)
    {
        var text = new StringBuilder(
            """
            # bash completion of parley; from: parley completion bash
            _parley() {
                local word="${COMP_WORDS[COMP_CWORD]}" before='' at='' words='' index
                COMPREPLY=()
                # bash parts --output=json into three words.
                [[ $word == '=' ]] && word=''
                for ((index = 1; index < COMP_CWORD; index++)); do
                    if [[ ${COMP_WORDS[index]} == '=' ]]; then continue; fi
                    before="${COMP_WORDS[index]}"
                    case "$at|$before" in

            """);
        text.Append(ShellScript.AnyOf(ShellScript.Steps(commands), Deep)).Append(")\n");
        text.Append("                at+=\" $before\" before='' ;;\n");
        text.Append(ShellScript.AnyOf(ShellScript.Valued(commands), Deep)).Append(")\n");
        text.Append("                [[ ${COMP_WORDS[index + 1]} == '=' ]] && ((index++))\n");
        text.Append("                ((index + 1 < COMP_CWORD)) && ((index++)) && before='' ;;\n");
        text.Append("            *) before='' ;;\n        esac\n    done\n    case \"$at|$before\" in\n");
        AppendValues(text, commands);
        text.Append("    esac\n    case \"$at\" in\n");
        foreach (var command in commands)
        {
            var names = command.Options.SelectMany(option => option.Names);
            var words = command.Verbs.Select(verb => verb.Text).Concat(command.Values).Concat(names);
            text.Append(
                CultureInfo.InvariantCulture,
                $"        {ShellScript.Quote(command.Path)}) words={ShellScript.Quote(string.Join(' ', words))} ;;\n");
        }

        return text.Append(
            """
                esac
                COMPREPLY=($(compgen -W "$words" -- "$word"))
            }
            complete -F _parley parley
            """).ToString();
    }

    private const string Deep = "            ";

    private static void AppendValues(StringBuilder text, IReadOnlyList<ShellCommand> commands)
    {
        foreach (var (places, values) in ShellScript.Sets(commands))
        {
            text.Append(ShellScript.AnyOf(places, "        ")).Append(")\n");
            text.Append(
                CultureInfo.InvariantCulture,
                $"            COMPREPLY=($(compgen -W {ShellScript.Quote(values)} -- \"$word\")); return ;;\n");
        }

        text.Append(ShellScript.AnyOf(ShellScript.Files(commands), "        ")).Append(")\n");
        text.Append("            compopt -o filenames 2>/dev/null\n");
        text.Append("            mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;\n");

        // Any other value is the user's own.
        text.Append("        *'|-'*) return ;;\n");
    }
}
