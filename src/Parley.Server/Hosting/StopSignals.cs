using System.Runtime.InteropServices;

namespace Parley.Server.Hosting;

/// <summary>Everything that asks a node to stop gracefully: SIGTERM, SIGINT, cancellation, and, where asked for, the
/// end of standard input.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop;
    private readonly List<PosixSignalRegistration> registrations = [];

    public StopSignals(bool isStdinWatched, CancellationToken cancellationToken)
    {
        stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
        registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
        if (isStdinWatched)
        {
            new Thread(WatchStdin) { IsBackground = true, Name = "stdin" }.Start();
        }
    }

    public CancellationToken Token => stop.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Stop();
    }

    private void WatchStdin()
    {
        using var input = Console.OpenStandardInput();
        var scrap = new byte[256];
        try
        {
            while (input.Read(scrap) > 0)
            {
                continue;
            }
        }
        catch (IOException)
        {
            Stop(); // A broken pipe is closed as well.
            return;
        }

        Stop();
    }

    private void Stop()
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // It has stopped.
        }
    }
}
