namespace Parley.Server.Operations;

/// <summary>What a data directory takes and what is left on its file system, in bytes.</summary>
internal sealed record DiskPicture(long UsedBytes, long FreeBytes, long TotalBytes)
{
    /// <summary>Looks at the directory now.</summary>
    public static DiskPicture Of(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskPicture(Measure(new DirectoryInfo(directory)), drive.AvailableFreeSpace, drive.TotalSize);
    }

    private static long Measure(DirectoryInfo directory)
    {
        var bytes = 0L;
        foreach (var file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            try
            {
                bytes += file.Length;
            }
            catch (FileNotFoundException)
            {
                continue; // Files of the log come and go.
            }
        }

        return bytes;
    }
}
