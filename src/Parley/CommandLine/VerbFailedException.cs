namespace Parley.CommandLine;

/// <summary>A verb could not do what was asked: one sentence for stderr and an exit code of <see cref="ExitCodes"/>.
/// </summary>
internal sealed class VerbFailedException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
