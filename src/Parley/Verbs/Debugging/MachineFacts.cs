using System.Globalization;
using System.Runtime.InteropServices;
using Parley.Server.Inspection;
using Parley.Verbs.Doctor;
using Parley.Verbs.Messaging;

namespace Parley.Verbs.Debugging;

/// <summary>The machine and the program, in lines.</summary>
internal static class MachineFacts
{
    /// <summary>"Linux version 6.1.0"; after it comes who built it.</summary>
    private const int KernelWords = 3;

    private static readonly string[] MemoryNames = ["MemTotal", "MemAvailable", "SwapTotal", "SwapFree"];

    public static IEnumerable<string> Lines(DateTimeOffset now, IReadOnlyList<string> folders) =>
    [
        $"time {now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}",
        .. NodeFacts.Versions,
        $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}",
        .. Of("/proc/version", _ => true)
            .Select(line => $"kernel {string.Join(' ', line.Split(' ').Take(KernelWords))}"),
        .. Of("/etc/os-release", line => line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal)),
        string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} processors"),
        .. Of("/proc/meminfo", line => MemoryNames.Contains(line.Split(':')[0], StringComparer.Ordinal)),
        .. Of("/proc/loadavg", _ => true).Select(line => $"load {line}"),
        .. Of("/proc/uptime", _ => true).Select(line => $"up for {line.Split(' ')[0]} s"),
        .. folders.Select(FileSystemOf),
    ];

    private static IEnumerable<string> Of(string path, Func<string, bool> isWanted) =>
        File.Exists(path) ? File.ReadLines(path).Where(isWanted) : [$"{path} is not there"];

    private static string FileSystemOf(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return $"{folder} is not there";
        }

        var type = FileSystems.FindType(File.ReadLines("/proc/self/mountinfo"), Path.GetFullPath(folder));
        var drive = new DriveInfo(folder);
        return $"{folder} is on {type}, {StatusText.Bytes(drive.AvailableFreeSpace)} of "
            + $"{StatusText.Bytes(drive.TotalSize)} free";
    }
}
