using System.ComponentModel;
using System.Diagnostics;

namespace Parley.Local;

/// <summary>Runs a program of the system (mount, mkfs.ext4 …) to its end.</summary>
internal static class SystemCommand
{
    /// <summary>Returns what it said on standard output.</summary>
    /// <exception cref="SystemCommandException">It is not there, or it failed.</exception>
    public static async Task<string> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        var (output, error, code) = await TryAsync(program, arguments);
        return code == 0
            ? output
            : throw new SystemCommandException(
                $"{program} {string.Join(' ', arguments)} failed with {code}: {error.Trim()}");
    }

    private static async Task<(string Output, string Error, int Code)> TryAsync(
        string program, IReadOnlyList<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            // Both at once: a pipe that nobody empties stops who fills it.
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (await output, await error, process.ExitCode);
        }
        catch (Win32Exception failure)
        {
            throw new SystemCommandException($"{program} does not run here ({failure.Message}); install it", failure);
        }
    }
}

/// <summary>A program of the system is not there, or failed; the message is for users.</summary>
internal sealed class SystemCommandException(string message, Exception? inner = null) : Exception(message, inner);
