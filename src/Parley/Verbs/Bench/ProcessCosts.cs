using System.Globalization;
using Parley.Local;

namespace Parley.Verbs.Bench;

/// <summary>What the servers' processes have used so far: CPU time of all threads, and resident memory.</summary>
internal sealed record ProcessCosts(double CpuSeconds, double ResidentMb)
{
    // USER_HZ: 100 on every Linux architecture that .NET runs on (proc(5)).
    private const double TicksPerSecond = 100;
    private const double KibPerMb = 1_000_000 / 1_024.0;

    /// <summary>The sum over all nodes that run.</summary>
    public static ProcessCosts Of(LocalCluster cluster)
    {
        var running = cluster.Nodes.Where(node => node.IsRunning).Select(node => node.ProcessId).ToList();
        return new(running.Sum(CpuSecondsOf), running.Sum(ResidentMbOf));
    }

    /// <summary>Resident memory of one process.</summary>
    public static double ResidentMbOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status")
            .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) / KibPerMb;
    }

    /// <summary>How many descriptors a process has open.</summary>
    public static int DescriptorsOf(int processId) => Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length;

    private static double CpuSecondsOf(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");

        // The name in parentheses may hold blanks; utime and stime are the 12th and 13th fields behind it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (Parse(fields[11]) + Parse(fields[12])) / TicksPerSecond;
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);
}
