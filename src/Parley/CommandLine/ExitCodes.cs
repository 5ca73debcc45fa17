namespace Parley.CommandLine;

/// <summary>What the program's exit codes mean; scripts rely on them (docs/user-guide.md, of a node
/// docs/operations.md).</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Refused = 1;
    public const int Usage = 2;

    /// <summary>No node answered, or no majority of them stands.</summary>
    public const int NoMajority = 3;
    public const int NotAuthenticated = 4;
    public const int NotFound = 5;
    public const int Conflict = 6;
    public const int OutcomeUnknown = 7;

    /// <summary><c>status --check</c>: service goes on, but with fewer nodes than configured; <c>doctor</c>: warnings.
    /// </summary>
    public const int Degraded = 8;
    public const int DataDirectoryRefused = 10;
    public const int StorageFailed = 11;

    /// <summary>Ended by Ctrl-C.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM.</summary>
    public const int Terminated = 143;
}
