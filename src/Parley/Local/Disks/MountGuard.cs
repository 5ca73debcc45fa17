using System.Diagnostics;

namespace Parley.Local.Disks;

/// <summary>
/// A process that unmounts when its standard input closes: by disposal, or because this process is gone, however it
/// went. Nothing else unmounts for good, so there is one way out and every run goes it.
/// </summary>
internal sealed class MountGuard : IAsyncDisposable
{
    /// <summary>Ctrl-C reaches it too and must not end it. A disk may be in use for a moment longer: its node ends by
    /// the same closing.</summary>
    private const string Script =
        """
        trap '' INT TERM HUP
        while read -r _; do :; done
        for point in "$@"; do
            tries=0
            while mountpoint -q "$point"; do
                umount "$point" 2>/dev/null && continue
                tries=$((tries + 1))
                if [ $tries -ge 60 ]; then umount -l "$point"; fi
                sleep 0.25
            done
        done
        """;

    private readonly Process process;

    private MountGuard(Process process) => this.process = process;

    /// <summary>Guards these places from now on, mounted yet or not.</summary>
    public static MountGuard Over(IEnumerable<string> mountPoints) => new(Process.Start(
        new ProcessStartInfo("sh", ["-c", Script, "parley-mounts", .. mountPoints])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        })!);

    /// <summary>Returns when nothing is mounted any more.</summary>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
