using System.CommandLine;
using Parley.CommandLine;

namespace Parley.Verbs.Manual;

/// <summary>The verb <c>man</c>: the manual page of the whole program, made from what it parses with.</summary>
internal static class ManVerb
{
    public static Command Build()
    {
        var command = new Command("man", "Print this program's manual page");
        command.SetAction(parsed =>
        {
            var root = (RootCommand)parsed.RootCommandResult.Command;
            parsed.InvocationConfiguration.Output.Write(ManualPage.Of(root, VersionText()));
            return ExitCodes.Ok;
        });
        return command.WithExamples(
            "parley man | man -l -                                       # read it",
            "parley man > ~/.local/share/man/man1/parley.1               # from then on: man parley");
    }

    /// <summary>Without the revision it was made from.</summary>
    private static string VersionText() => typeof(ManVerb).Assembly.GetName().Version!.ToString(fieldCount: 3);
}
