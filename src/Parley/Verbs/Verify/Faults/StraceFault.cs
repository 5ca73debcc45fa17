using System.Diagnostics;

namespace Parley.Verbs.Verify.Faults;

/// <summary>System calls of a running node that fail or take long, by strace(1) attached to it.</summary>
internal sealed class StraceFault : IAsyncDisposable
{
    private const string Program = "strace";
    private static readonly TimeSpan AttachMax = TimeSpan.FromSeconds(5);
    private readonly Process tracer;
    private readonly string notes;

    private StraceFault(Process tracer, string notes)
    {
        this.tracer = tracer;
        this.notes = notes;
    }

    /// <summary>After disposal: how many calls were spoilt. None means that there was no fault.</summary>
    public int Hits { get; private set; }

    /// <summary>Null when strace is there and may attach, else why not.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var sleeper = Process.Start(new ProcessStartInfo("sleep", ["30"]))!;
            try
            {
                using var trial = Begin(sleeper.Id, "/dev/null", "trace=none");
                var told = trial.StandardError.ReadLine() ?? "it ended at once";
                trial.Kill();
                trial.WaitForExit();
                return IsAttached(told) ? null : $"strace cannot attach: {told}";
            }
            finally
            {
                sleeper.Kill();
                sleeper.WaitForExit();
            }
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            return $"strace does not run here ({failure.Message}); install it";
        }
    }

    /// <summary>Attaches to all threads of a process; in effect when it returns.</summary>
    /// <param name="processId">Of the node.</param>
    /// <param name="calls">System calls with commas between them.</param>
    /// <param name="how">What becomes of each, as strace's <c>inject</c> takes it: <c>error=EIO</c>.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="TimeoutException">strace did not attach.</exception>
    public static async Task<StraceFault> AttachAsync(
        int processId, string calls, string how, CancellationToken cancellationToken)
    {
        var written = Path.GetTempFileName();
        var attached = Begin(processId, written, $"trace={calls}", "-e", $"inject={calls}:{how}");
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        attached.ErrorDataReceived += (_, line) => told.TrySetResult(line.Data ?? "it ended at once");
        attached.BeginErrorReadLine();
        var strace = new StraceFault(attached, written);
        try
        {
            var first = await told.Task.WaitAsync(AttachMax, cancellationToken);
            return IsAttached(first) ? strace : throw new TimeoutException(first);
        }
        catch (TimeoutException failure)
        {
            await strace.DisposeAsync();
            throw new TimeoutException($"strace did not attach to process {processId}: {failure.Message}", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!tracer.HasExited)
        {
            // What it traced goes on: it lets go at its end.
            Local.ProcessSignals.Send(tracer.Id, Local.ProcessSignals.Terminate);
        }

        await tracer.WaitForExitAsync(CancellationToken.None);
        tracer.Dispose();
        Hits = File.ReadLines(notes).Count(
            line => line.Contains("INJECTED", StringComparison.Ordinal)
                || line.Contains("DELAYED", StringComparison.Ordinal));
        File.Delete(notes);
    }

    private static bool IsAttached(string told) => told.Contains("attached", StringComparison.Ordinal);

    private static Process Begin(int processId, string notes, params string[] expressions) => Process.Start(
        new ProcessStartInfo(Program, ["-f", "-p", $"{processId}", "-o", notes, "-e", .. expressions])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
}
