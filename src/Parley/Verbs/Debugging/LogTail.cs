using System.Globalization;
using System.Text;

namespace Parley.Verbs.Debugging;

/// <summary>The end of a file of log lines.</summary>
internal static class LogTail
{
    public const int BytesMax = 16 << 20;

    /// <summary>Its last whole lines, 16 MiB at most.</summary>
    public static IEnumerable<string> Of(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var skipped = Math.Max(0, file.Length - BytesMax);
        file.Seek(skipped, SeekOrigin.Begin);
        using var reader = new StreamReader(file, Encoding.UTF8);
        if (skipped > 0)
        {
            reader.ReadLine();
            yield return string.Create(
                CultureInfo.InvariantCulture, $"the first {skipped} bytes and the line they end in are left out");
        }

        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
