using System.CommandLine;
using System.CommandLine.Invocation;
using Parley.Terminal;
using Parley.Verbs.Administration;
using Parley.Verbs.Backup;
using Parley.Verbs.Bench;
using Parley.Verbs.Chat;
using Parley.Verbs.Cluster;
using Parley.Verbs.Credentials;
using Parley.Verbs.Debugging;
using Parley.Verbs.Demo;
using Parley.Verbs.Doctor;
using Parley.Verbs.Inspection;
using Parley.Verbs.Manual;
using Parley.Verbs.Messaging;
using Parley.Verbs.Rooms;
using Parley.Verbs.Server;
using Parley.Verbs.Shells;
using Parley.Verbs.Verify;

namespace Parley.CommandLine;

/// <summary>
/// The process boundary: builds the verbs, runs one, and turns whatever leaves it into an exit code and one sentence on
/// stderr. (System.CommandLine 3.0.0 on its own exits 1 on usage errors and prints stack traces.)
/// </summary>
internal static class ParleyProgram
{
    /// <summary>Who is named is named: <c>@bob</c> is no file with more arguments.</summary>
    private static readonly ParserConfiguration Words = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(string[] arguments)
    {
        // For whoever writes to it directly: a server's log, last words.
        Console.SetError(new CleanWriter(Console.Error));
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
            Output = Console.Out,
            Error = Console.Error,
        };
        using var signals = new EndingSignals();
        return await RunAsync(arguments, configuration, signals);
    }

    /// <summary>As the process runs it, with the writers of the caller.</summary>
    internal static async Task<int> RunAsync(
        string[] arguments, InvocationConfiguration configuration, EndingSignals signals)
    {
        configuration.Error = new CleanWriter(configuration.Error);
        ParseResult parsed;
        try
        {
            parsed = BuildRoot().Parse(arguments, Words);
        }
        catch (InvalidOperationException failure)
        {
            // A check of an option's range asks for its value, and System.CommandLine 3.0.0 throws when that is none
            // of its type.
            configuration.Error.WriteLine($"parley: {failure.Message}");
            configuration.Error.WriteLine("See: parley --help");
            return ExitCodes.Usage;
        }

        if (parsed.Action is ParseErrorAction)
        {
            WriteUsageErrors(parsed, configuration.Error);
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(configuration, signals.Token);
        }
        catch (OperationCanceledException) when (signals.ExitCode is not null)
        {
            return signals.ExitCode.Value;
        }
        catch (Exception failure)
        {
            var (code, sentence) = Failures.Describe(failure);
            configuration.Error.WriteLine($"parley: {sentence}");
            return code;
        }
    }

    internal static RootCommand BuildRoot()
    {
        var root = new RootCommand("Parley: a chat that keeps working when any two of its five servers die.");
        root.Add(DemoVerb.Build());
        root.Add(ServerVerb.Build());
        root.Add(ClusterVerb.Build());
        root.Add(ChatVerb.Build());
        root.Add(AccountVerb.Build());
        root.Add(LoginVerb.Build());
        root.Add(LogoutVerb.Build());
        root.Add(SendVerb.Build());
        root.Add(TailVerb.Build());
        root.Add(HistoryVerb.Build());
        root.Add(MessageVerb.Build());
        root.Add(ConversationsVerb.Build());
        root.Add(SearchVerb.Build());
        root.Add(WhoVerb.Build());
        root.Add(RoomVerb.Build());
        root.Add(StatusVerb.Build());
        root.Add(TokenVerb.Build());
        root.Add(HookVerb.Build());
        root.Add(InviteVerb.Build());
        root.Add(SessionVerb.Build());
        root.Add(SettingsVerb.Build());
        root.Add(AuditVerb.Build());
        root.Add(DoctorVerb.Build());
        root.Add(DebugVerb.Build());
        root.Add(LogVerb.Build());
        root.Add(StateVerb.Build());
        root.Add(BackupVerb.Build());
        root.Add(ExportVerb.Build());
        root.Add(BenchVerb.Build());
        root.Add(VerifyVerb.Build());
        root.Add(CompletionVerb.Build());
        root.Add(ManVerb.Build());
        ExamplesFirstHelp.Install(root);
        ExamplesFirstHelp.Give(
            root,
            "parley demo                      # five servers on this machine, and a chat",
            "parley account create alice      # asks for a password",
            "parley chat --as alice",
            "parley send bob \"hello\" --as alice",
            "parley status                    # what the servers say of themselves");
        return root;
    }

    private static void WriteUsageErrors(ParseResult parsed, TextWriter error)
    {
        foreach (var message in parsed.Errors.Select(one => one.Message).Distinct(StringComparer.Ordinal))
        {
            error.WriteLine($"parley: {message}");
        }

        var names = new Stack<string>();
        for (var at = parsed.CommandResult; at?.Parent is System.CommandLine.Parsing.CommandResult above; at = above)
        {
            names.Push(at.Command.Name);
        }

        error.WriteLine($"See: {string.Join(' ', names.Prepend("parley").Append("--help"))}");
    }
}
