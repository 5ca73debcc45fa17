using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;

namespace Parley.Verbs.Shells;

/// <summary>What a shell needs to know of a verb to complete what follows it.</summary>
/// <param name="Path">The verbs that lead to it, each behind a blank; empty: the program itself.</param>
/// <param name="Verbs">What may follow it.</param>
/// <param name="Options">What it takes, those of the whole program included.</param>
/// <param name="Values">What its arguments may be, where that is a closed set.</param>
internal sealed record ShellCommand(
    string Path, IReadOnlyList<ShellWord> Verbs, IReadOnlyList<ShellOption> Options, IReadOnlyList<string> Values)
{
    /// <summary>The program and all its verbs, from what they are parsed with.</summary>
    public static IReadOnlyList<ShellCommand> AllOf(RootCommand root)
    {
        var inherited = root.Options.Where(option => option.Recursive).ToArray();
        var all = new List<ShellCommand>();
        Add(root, "", inherited, all);
        return all;
    }

    private static void Add(Command command, string path, Option[] inherited, List<ShellCommand> all)
    {
        var options = command.Options.Where(option => !option.Hidden).Union(inherited);
        all.Add(new ShellCommand(
            path,
            [.. command.Subcommands.Select(verb => new ShellWord(verb.Name, verb.Description ?? ""))],
            [.. options.Select(ShellOption.Of)],
            [.. command.Arguments.SelectMany(ClosedSet)]));
        foreach (var verb in command.Subcommands)
        {
            Add(verb, $"{path} {verb.Name}", inherited, all);
        }
    }

    private static IEnumerable<string> ClosedSet(Argument argument) =>
        argument.GetCompletions(CompletionContext.Empty).Select(item => item.Label);
}

/// <summary>A verb, and what it is for in a line.</summary>
internal sealed record ShellWord(string Text, string Description);

/// <summary>An option of a verb.</summary>
/// <param name="Names">As typed, with their dashes.</param>
/// <param name="Description">What it is for.</param>
/// <param name="TakesValue">The next word belongs to it.</param>
/// <param name="IsFile">That word is a file or a directory.</param>
/// <param name="Values">What it may be, where that is a closed set.</param>
internal sealed record ShellOption(
    IReadOnlyList<string> Names, string Description, bool TakesValue, bool IsFile, IReadOnlyList<string> Values)
{
    public static ShellOption Of(Option option)
    {
        var takesValue = option is not HelpOption and not VersionOption && option.ValueType != typeof(bool);
        return new ShellOption(
            [.. option.Aliases.Prepend(option.Name).Where(IsTyped)],
            option.Description ?? "",
            takesValue,
            option.HelpName is "FILE" or "DIR",
            takesValue ? [.. option.GetCompletions(CompletionContext.Empty).Select(item => item.Label)] : []);
    }

    /// <summary>Not the forms of another system's shells, nor one that shells take for a pattern.</summary>
    private static bool IsTyped(string name) => name.StartsWith('-') && !name.Contains('?', StringComparison.Ordinal);
}
