using System.CommandLine;
using Parley.CommandLine;

namespace Parley.Verbs.Shells;

/// <summary>The verb <c>completion</c>: scripts by which shells complete verbs, options and their values.</summary>
internal static class CompletionVerb
{
    private static readonly Dictionary<string, Func<IReadOnlyList<ShellCommand>, string>> Scripts =
        new(StringComparer.Ordinal)
        {
            ["bash"] = BashScript.Of,
            ["zsh"] = ZshScript.Of,
            ["fish"] = FishScript.Of,
        };

    public static Command Build()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Print what lets a shell complete this program's words") { shell };
        command.SetAction(parsed =>
        {
            var commands = ShellCommand.AllOf((RootCommand)parsed.RootCommandResult.Command);
            parsed.InvocationConfiguration.Output.Write(Scripts[parsed.GetRequiredValue(shell)](commands) + "\n");
            return ExitCodes.Ok;
        });
        return command.WithExamples(
            "source <(parley completion bash)                                  # in ~/.bashrc",
            "source <(parley completion zsh)                                   # in ~/.zshrc, after compinit",
            "parley completion fish > ~/.config/fish/completions/parley.fish");
    }
}
