using System.Text.Json;

namespace Parley.Terminal;

/// <summary>
/// Lines that were typed, oldest first, in a file that only its owner may read: one JSON string a line, so that a
/// message of several lines is one. Without a file it lives as long as the process. Not for many threads.
/// </summary>
internal sealed class InputHistory
{
    public const int LinesMax = 1_000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly List<string> lines = [];
    private readonly string? path;

    /// <param name="path">Null: nothing is kept.</param>
    public InputHistory(string? path)
    {
        this.path = path;
        if (path is null || !File.Exists(path))
        {
            return;
        }

        foreach (var line in File.ReadLines(path).Select(Read).OfType<string>().TakeLast(LinesMax))
        {
            lines.Add(line);
        }
    }

    public IReadOnlyList<string> Lines => lines;

    /// <summary>Blank lines and repeats of the last are not kept.</summary>
    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || (lines.Count > 0 && lines[^1] == line))
        {
            return;
        }

        lines.Add(line);
        if (lines.Count > 2 * LinesMax)
        {
            lines.RemoveRange(0, lines.Count - LinesMax);
            Write(FileMode.Create, lines);
        }
        else
        {
            Write(FileMode.Append, [line]);
        }
    }

    /// <summary>The newest line at or before a place that contains it, whatever its case.</summary>
    public int? FindBackwards(string part, int from)
    {
        for (var at = Math.Min(from, lines.Count - 1); at >= 0; at--)
        {
            if (lines[at].Contains(part, StringComparison.OrdinalIgnoreCase))
            {
                return at;
            }
        }

        return null;
    }

    private static string? Read(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<string>(line);
        }
        catch (JsonException)
        {
            // A line cut by a crash: the others count.
            return null;
        }
    }

    private void Write(FileMode mode, IEnumerable<string> written)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
            using var file = new FileStream(
                path, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, UnixCreateMode = OwnerOnly });
            using var writer = new StreamWriter(file);
            foreach (var line in written)
            {
                writer.Write(JsonSerializer.Serialize(line) + "\n");
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Chatting goes on without a memory of what was typed.
        }
    }
}
