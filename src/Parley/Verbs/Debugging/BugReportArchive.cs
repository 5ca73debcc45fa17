using System.Formats.Tar;
using System.IO.Compression;
using Parley.CommandLine;

namespace Parley.Verbs.Debugging;

/// <summary>A bug report as one file, tar.gz, for its owner alone.</summary>
internal static class BugReportArchive
{
    /// <summary>What it unpacks into.</summary>
    public const string Folder = "parley-debug";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="VerbFailedException">The name is taken, or its folder is not there.</exception>
    public static void RequireFree(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (Path.Exists(path) || folder is null)
        {
            throw new VerbFailedException(
                ExitCodes.Refused, $"{path} is there already: give another name; nothing is written over");
        }

        if (!Directory.Exists(folder))
        {
            throw new VerbFailedException(ExitCodes.Refused, $"{folder}: a folder expected, none found");
        }
    }

    /// <summary>Writes it under a name that is not taken.</summary>
    /// <returns>Its length in bytes.</returns>
    public static long Write(string path, IEnumerable<BugReportFile> files, DateTimeOffset now)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        });
        try
        {
            Write(file, files, now);
            return file.Length;
        }
        catch
        {
            File.Delete(path); // Half of one is of no use, and takes the name.
            throw;
        }
    }

    private static void Write(FileStream file, IEnumerable<BugReportFile> files, DateTimeOffset now)
    {
        using (var packed = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
        using (var archive = new TarWriter(packed, TarEntryFormat.Pax))
        {
            foreach (var each in files)
            {
                archive.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{Folder}/{each.Name}")
                {
                    Mode = OwnerOnly,
                    ModificationTime = now,
                    DataStream = new MemoryStream(each.Content, writable: false),
                });
            }
        }

        file.Flush();
    }
}
