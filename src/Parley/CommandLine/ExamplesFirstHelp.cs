using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Parley.CommandLine;

/// <summary>Help that opens with examples: most readers look for a line to copy.</summary>
internal sealed class ExamplesFirstHelp(HelpAction rest) : SynchronousCommandLineAction
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts help of this kind into a root command.</summary>
    public static void Install(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction standard)
            {
                option.Action = new ExamplesFirstHelp(standard);
            }
        }
    }

    /// <summary>Names the examples that a command's help opens with; <c>#</c> begins an explanation.</summary>
    public static void Give(Command command, params string[] lines) => Examples.AddOrUpdate(command, lines);

    /// <summary>What <see cref="Give"/> named; empty: nothing.</summary>
    public static IReadOnlyList<string> Of(Command command) =>
        Examples.TryGetValue(command, out var lines) ? lines : [];

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (Examples.TryGetValue(parseResult.CommandResult.Command, out var lines))
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in lines)
            {
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }

        return rest.Invoke(parseResult);
    }
}

/// <summary>Lets a <c>Build…()</c> factory name its examples in one expression.</summary>
internal static class CommandExamples
{
    /// <summary>The examples that the command's help opens with.</summary>
    public static Command WithExamples(this Command command, params string[] lines)
    {
        ExamplesFirstHelp.Give(command, lines);
        return command;
    }
}
