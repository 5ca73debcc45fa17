using System.Globalization;
using System.Runtime.InteropServices;

namespace Parley.Verbs.Doctor;

/// <summary>The machine: its clock and how many files a process may open.</summary>
internal static partial class MachineChecks
{
    private const int FilesMin = 8_192;
    private const int TimexBytes = 512; // 208 are used.
    private const int ClockUnsynchronised = 5; // TIME_ERROR, adjtimex(2).

    public static IEnumerable<Finding> Run()
    {
        yield return CheckClock();
        yield return CheckFiles(File.ReadLines("/proc/self/limits"));
    }

    /// <summary>Judges the soft limit in the lines of <c>/proc/self/limits</c>.</summary>
    public static Finding CheckFiles(IEnumerable<string> limits)
    {
        const string Check = "file descriptors";
        const string Name = "Max open files";
        var line = limits.FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) ?? Name + " 0";
        var soft = line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        var isEnough = soft == "unlimited"
            || (int.TryParse(soft, CultureInfo.InvariantCulture, out var files) && files >= FilesMin);
        return isEnough
            ? Finding.Ok(Check, $"{soft} may be open")
            : Finding.Warn(
                Check,
                $"{soft} may be open, {FilesMin} expected",
                $"LimitNOFILE={FilesMin} in the unit, or ulimit -n {FilesMin}");
    }

    private static Finding CheckClock()
    {
        const string Check = "clock";
        Span<byte> timex = stackalloc byte[TimexBytes];
        timex.Clear(); // Modes 0: only asks.
        return AskClock(timex) switch
        {
            >= 0 and < ClockUnsynchronised => Finding.Ok(Check, "kept in time by the system"),
            ClockUnsynchronised => Finding.Warn(
                Check, "the system does not keep it in time", "run chrony or systemd-timesyncd"),
            _ => Finding.Warn(
                Check,
                "the system does not tell whether it keeps it in time",
                "see that chrony or systemd-timesyncd runs on the host"),
        };
    }

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AskClock(Span<byte> timex);
}
