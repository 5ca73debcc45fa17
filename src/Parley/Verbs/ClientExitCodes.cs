using Parley.Client;
using Parley.CommandLine;

namespace Parley.Verbs;

/// <summary>Which exit code a client's failure ends the program with.</summary>
internal static class ClientExitCodes
{
    public static int Of(ParleyException failure) => failure switch
    {
        NoMajorityException => ExitCodes.NoMajority,
        NotAuthenticatedException => ExitCodes.NotAuthenticated,
        NotFoundException => ExitCodes.NotFound,
        ConflictException => ExitCodes.Conflict,
        OutcomeUnknownException => ExitCodes.OutcomeUnknown,
        _ => ExitCodes.Refused,
    };

    /// <summary>The worse of two: not knowing is worse than nobody there, which is worse than a refusal.</summary>
    public static int Worse(int one, int other) => Severity(other) > Severity(one) ? other : one;

    private static int Severity(int code) => code switch
    {
        ExitCodes.Ok => 0,
        ExitCodes.Refused => 1,
        ExitCodes.NotFound => 2,
        ExitCodes.Conflict => 3,
        ExitCodes.NotAuthenticated => 4,
        ExitCodes.NoMajority => 5,
        ExitCodes.OutcomeUnknown => 6,
        _ => 7,
    };
}
