using System.CommandLine;
using Parley.CommandLine;

namespace Parley.Tests.Program;

/// <summary>Runs a verb in this process, as the program's main does.</summary>
internal static class ProgramRun
{
    public static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var signals = new EndingSignals();
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Output = output,
            Error = error,
        };
        var code = await ParleyProgram.RunAsync(arguments, configuration, signals);
        return (code, output.ToString(), error.ToString());
    }
}
