using System.ComponentModel;
using System.Diagnostics;

namespace Parley.Local.Network;

/// <summary>Runs ip(8), which makes namespaces, addresses and routes.</summary>
internal static class IpCommand
{
    private const string Program = "ip";

    /// <exception cref="IOException">It is not there, or it failed: says what it said.</exception>
    public static async Task RunAsync(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
            var said = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new IOException($"'ip {string.Join(' ', arguments)}' failed: {said.Trim()}");
            }
        }
        catch (Win32Exception failure)
        {
            throw new IOException($"'ip' (iproute2) does not run here: {failure.Message}", failure);
        }
    }
}
