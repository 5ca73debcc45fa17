using System.Globalization;
using Parley.Verbs.Bench;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Doctor;

/// <summary>The data directory: its file system, who may read it, its room, how long a sync takes.</summary>
internal static class DirectoryChecks
{
    private const int FreePercentMin = 10;
    private const double SlowestShare = 0.99;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] InMemory = ["tmpfs", "ramfs"];
    private static readonly string[] Doubtful = ["overlay", "nfs", "nfs4", "cifs", "smb3", "9p", "virtiofs", "fuse"];
    private static readonly TimeSpan SyncMedianMax = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan SyncSlowestMax = TimeSpan.FromMilliseconds(100);

    /// <summary>Checks the directory, or the nearest folder above it where it is to be made.</summary>
    public static IEnumerable<Finding> Run(string data)
    {
        var wanted = Path.GetFullPath(data);
        var there = wanted;
        while (!Directory.Exists(there))
        {
            there = Path.GetDirectoryName(there)!;
        }

        yield return CheckFileSystem(there);
        yield return CheckPermissions(wanted, there);
        yield return CheckRoom(there);
        yield return CheckSync(there);
    }

    private static Finding CheckFileSystem(string folder)
    {
        const string Check = "file system";
        var real = new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder;
        var type = FileSystems.FindType(File.ReadLines("/proc/self/mountinfo"), real);
        if (InMemory.Contains(type, StringComparer.Ordinal))
        {
            return Finding.Fail(
                Check, $"{folder} is on {type}: it is gone after a restart", "give --data a folder on a real disk");
        }

        return Doubtful.Any(name => type.StartsWith(name, StringComparison.Ordinal))
            ? Finding.Warn(
                Check,
                $"{folder} is on {type}: a sync there may not reach a disk, or its files may go with a container",
                "give --data a folder on a local disk or a mounted volume")
            : Finding.Ok(Check, $"{folder} is on {(type.Length == 0 ? "an unknown file system" : type)}");
    }

    private static Finding CheckPermissions(string wanted, string there)
    {
        const string Check = "permissions";
        if (!string.Equals(wanted, there, StringComparison.Ordinal))
        {
            return Finding.Ok(Check, $"{wanted} is not there yet; the first start makes it for its user alone");
        }

        var mode = File.GetUnixFileMode(there);
        return (mode & Others) == UnixFileMode.None
            ? Finding.Ok(Check, $"{there} belongs to its user alone")
            : Finding.Fail(
                Check,
                $"{there} is open to others ({Convert.ToString((int)mode, toBase: 8)}); 700 expected",
                $"chmod 700 {there}");
    }

    private static Finding CheckRoom(string folder)
    {
        const string Check = "disk space";
        var drive = new DriveInfo(folder);
        var found = $"{StatusText.Bytes(drive.AvailableFreeSpace)} of {StatusText.Bytes(drive.TotalSize)} free";
        return drive.AvailableFreeSpace * 100 < drive.TotalSize * FreePercentMin
            ? Finding.Warn(Check, found, "make room: a node whose disk is full stops")
            : Finding.Ok(Check, found);
    }

    private static Finding CheckSync(string folder)
    {
        const string Check = "disk sync";
        List<TimeSpan> times;
        try
        {
            times = [.. MachineLimits.MeasureSyncs(folder).Order()];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Finding.Fail(
                Check, $"{folder} cannot be written ({failure.Message})", "give --data a folder that this user owns");
        }

        var median = times[times.Count / 2];
        var slowest = times[(int)((times.Count - 1) * SlowestShare)];
        var found = string.Create(
            CultureInfo.InvariantCulture,
            $"512 bytes in {median.TotalMilliseconds:0.00} ms (median), {slowest.TotalMilliseconds:0.00} ms (99 %)");
        return median > SyncMedianMax || slowest > SyncSlowestMax
            ? Finding.Warn(
                Check,
                found,
                "every answer waits for it: use a disk with 10 ms or less, and keep other writers off it")
            : Finding.Ok(Check, found);
    }
}
