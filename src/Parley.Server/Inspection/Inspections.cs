using Parley.Core.Storage;
using Parley.Raft.Storage;
using Parley.Server.Hosting;

namespace Parley.Server.Inspection;

/// <summary>Runs a look into a data directory, and turns what stands in its way into one kind of exception.</summary>
internal static class Inspections
{
    /// <exception cref="InspectionFailedException">It could not be looked into.</exception>
    public static void Run(Action look)
    {
        try
        {
            look();
        }
        catch (StateQuestionException refused)
        {
            throw new InspectionFailedException(1, $"the state: {refused.Message}", refused);
        }
        catch (Exception refused) when (
            refused is DataDirectoryRefusedException or LogDamagedException or StorageFailedException)
        {
            throw new InspectionFailedException(ProcessEnd.Refused, refused.Message, refused);
        }
    }
}

/// <summary>A look into a data directory failed: the exit code and the sentence.</summary>
internal sealed class InspectionFailedException(int exitCode, string message, Exception inner)
    : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
