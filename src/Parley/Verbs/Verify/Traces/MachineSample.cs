using System.Globalization;

namespace Parley.Verbs.Verify.Traces;

/// <summary>What the kernel counts of the whole machine, since it started.</summary>
/// <param name="At">When it was read, as a timestamp of this process.</param>
/// <param name="WaitedForCore">Microseconds during which something that could run waited for a core
/// (<c>/proc/pressure/cpu</c>, some).</param>
/// <param name="WaitedForDisk">Microseconds during which something waited for a disk (<c>/proc/pressure/io</c>, some).
/// </param>
/// <param name="Busy">Ticks that cores worked, over all cores.</param>
/// <param name="Stolen">Ticks that the host of this machine gave to others.</param>
/// <param name="All">Ticks of any kind.</param>
internal readonly record struct MachineSample(
    long At, long WaitedForCore, long WaitedForDisk, long Busy, long Stolen, long All)
{
    private const int IdleColumn = 3;
    private const int DiskColumn = 4;
    private const int StolenColumn = 7;

    /// <summary>Null where the kernel does not tell.</summary>
    public static MachineSample? Read()
    {
        try
        {
            return Parse(
                TimeProvider.System.GetTimestamp(),
                File.ReadAllText("/proc/pressure/cpu"),
                File.ReadAllText("/proc/pressure/io"),
                File.ReadLines("/proc/stat").First());
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="at">A timestamp.</param>
    /// <param name="cores">Of <c>/proc/pressure/cpu</c>: <c>some avg10=… total=N</c> is its first line.</param>
    /// <param name="disks">Of <c>/proc/pressure/io</c>.</param>
    /// <param name="stat">The first line of <c>/proc/stat</c>: user, nice, system, idle, iowait, irq, softirq, steal.
    /// </param>
    public static MachineSample Parse(long at, string cores, string disks, string stat)
    {
        var ticks = stat.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Take(StolenColumn + 1)
            .Select(word => long.Parse(word, CultureInfo.InvariantCulture))
            .ToList();
        var all = ticks.Sum();
        var stolen = ticks[StolenColumn];
        return new(
            at,
            TotalOf(cores),
            TotalOf(disks),
            all - ticks[IdleColumn] - ticks[DiskColumn] - stolen,
            stolen,
            all);
    }

    private static long TotalOf(string pressure)
    {
        const string mark = "total=";
        var line = pressure.Split('\n')[0];
        return long.Parse(
            line.AsSpan(line.IndexOf(mark, StringComparison.Ordinal) + mark.Length), CultureInfo.InvariantCulture);
    }
}
