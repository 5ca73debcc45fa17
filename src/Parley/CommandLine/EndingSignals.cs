using System.Runtime.InteropServices;

namespace Parley.CommandLine;

/// <summary>
/// Ctrl-C, SIGTERM and a closed terminal as one cancellation, with the exit code that goes with it. The first signal
/// cancels, so that verbs log out and nodes hand over; the second ends the process as if nobody listened.
/// </summary>
internal sealed class EndingSignals : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private int exitCode;

    public EndingSignals()
    {
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Take(signal, ExitCodes.Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Take(signal, ExitCodes.Terminated)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Take(signal, ExitCodes.Terminated)),
        ];
    }

    public CancellationToken Token => source.Token;

    /// <summary>The exit code of the signal that came; null: none came.</summary>
    public int? ExitCode => Volatile.Read(ref exitCode) is var code && code == 0 ? null : code;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        source.Dispose();
    }

    private void Take(PosixSignalContext context, int code)
    {
        if (Interlocked.CompareExchange(ref exitCode, code, 0) != 0)
        {
            return;
        }

        context.Cancel = true;
        source.Cancel();
    }
}
