using System.Formats.Tar;
using System.IO.Compression;

namespace Parley.Tests.Inspection;

/// <summary>The files of a bug report, unpacked.</summary>
internal static class UnpackedReport
{
    /// <summary>Their bytes by their names.</summary>
    public static Dictionary<string, byte[]> Of(string path)
    {
        using var file = File.OpenRead(path);
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var archive = new TarReader(unpacked);
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        while (archive.GetNextEntry() is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            files.Add(entry.Name["parley-debug/".Length..], content.ToArray());
        }

        return files;
    }
}
