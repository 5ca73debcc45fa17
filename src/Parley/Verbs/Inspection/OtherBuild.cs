using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Parley.CommandLine;
using Parley.Server.Inspection;

namespace Parley.Verbs.Inspection;

/// <summary>Another build of this program, which replays the same copies in a process of its own.</summary>
/// <param name="program">A file: <c>parley</c>, or <c>parley.dll</c>, which is run by <c>dotnet</c>.</param>
internal sealed class OtherBuild(string program)
{
    private const int ErrorCharactersMax = 2_000;

    private readonly string path = Path.GetFullPath(program);

    /// <summary>Runs it to its end, or to the first difference.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="take">Told of its marks in order; false: enough.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="VerbFailedException">It does not run, is too old, or failed.</exception>
    public async Task ReplayAsync(
        IReadOnlyList<string> arguments, Func<ReplayMark, bool> take, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        try
        {
            // Both at once: a pipe that nobody empties stops who fills it.
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (!take(Read(line)))
                {
                    return;
                }
            }

            await process.WaitForExitAsync(cancellationToken);
            RequireSuccess(process.ExitCode, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private Process Start(IReadOnlyList<string> arguments)
    {
        var isLibrary = path.EndsWith(".dll", StringComparison.Ordinal);
        try
        {
            return !File.Exists(path)
                ? throw Failed("a file expected, none found; give another build's parley, or parley.dll")
                : Process.Start(new ProcessStartInfo(
                    isLibrary ? "dotnet" : path, isLibrary ? [path, .. arguments] : arguments)
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
        }
        catch (Win32Exception failure)
        {
            throw Failed($"it does not run here ({failure.Message}); give another build's parley, or parley.dll");
        }
    }

    private ReplayMark Read(string line)
    {
        try
        {
            var mark = JsonElement.Parse(line);
            return new ReplayMark(
                mark.GetProperty("index").GetInt64(),
                mark.GetProperty("term").GetInt64(),
                mark.GetProperty("digest").GetString() ?? "");
        }
        catch (Exception failure) when (
            failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Failed("lines of JSON with index, term and digest expected, something else found; is it a parley?");
        }
    }

    private void RequireSuccess(int code, string error)
    {
        if (code == ExitCodes.Usage)
        {
            throw Failed("it is too old: it knows no 'log replay', or not as this program does. What to do: rehearse "
                + "with a newer build, or with a copy of the data directory and a node of its own");
        }

        if (code != ExitCodes.Ok)
        {
            var said = error.Length > ErrorCharactersMax ? error[^ErrorCharactersMax..] : error;
            throw Failed(string.Create(
                CultureInfo.InvariantCulture, $"it ended with exit code {code} and said: {said.Trim()}"));
        }
    }

    private VerbFailedException Failed(string why) => new(ExitCodes.Refused, $"{path}: {why}".ReplaceLineEndings(" "));
}
