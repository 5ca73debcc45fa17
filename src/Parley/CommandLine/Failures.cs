using Parley.Client;
using Parley.Server.Backup;
using Parley.Server.Inspection;
using Parley.Verbs;

namespace Parley.CommandLine;

/// <summary>The one table from what left a verb to an exit code and a sentence.</summary>
internal static class Failures
{
    public static (int ExitCode, string Sentence) Describe(Exception failure) => failure switch
    {
        VerbFailedException known => (known.ExitCode, known.Message),
        InspectionFailedException refused => (refused.ExitCode, OneLine(refused.Message)),
        BackupRefusedException refused => (refused.ExitCode, OneLine(refused.Message)),
        ParleyException refused => (ClientExitCodes.Of(refused), OneLine(refused.Message)),
        OperationCanceledException => (ExitCodes.Interrupted, "stopped before it was done"),
        UnauthorizedAccessException or IOException => (ExitCodes.Refused, OneLine(failure.Message)),
        _ => (ExitCodes.Refused, $"{failure.GetType().Name}: {OneLine(failure.Message)}"),
    };

    private static string OneLine(string message) => message.ReplaceLineEndings(" ");
}
