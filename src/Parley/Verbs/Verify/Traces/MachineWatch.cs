using System.Globalization;

namespace Parley.Verbs.Verify.Traces;

/// <summary>
/// Watches what the machine itself does to a run, so that a long gap can be told from a short one on a busy machine: a
/// thread that sleeps 20 ms at a time notes by how much it overslept, and what the kernel says of cores and disks.
/// Covers the last minutes. Thread-safe.
/// </summary>
internal sealed class MachineWatch : IDisposable
{
    private const int RestMs = 20;
    private const int SampleEvery = 5;
    private const int KeptMax = 15_000;
    private readonly Lock noting = new();
    private readonly Queue<(long At, TimeSpan Overslept)> rests = new();
    private readonly Queue<MachineSample> samples = new();
    private readonly Thread thread;
    private readonly ManualResetEvent stopping = new(initialState: false);

    private MachineWatch() => thread = new(Watch) { IsBackground = true, Name = "machine watch" };

    public static MachineWatch Start()
    {
        var watch = new MachineWatch();
        watch.thread.Start();
        return watch;
    }

    /// <summary>A sentence on what the machine did between two timestamps.</summary>
    public string Describe(long from, long to)
    {
        lock (noting)
        {
            var overslept = rests.Where(rest => rest.At >= from && rest.At <= to)
                .Select(rest => rest.Overslept)
                .DefaultIfEmpty()
                .Max();
            var said = string.Create(
                CultureInfo.InvariantCulture,
                $"a thread that rests {RestMs} ms overslept by {overslept.TotalMilliseconds:0} ms at most");
            var before = samples.LastOrDefault(sample => sample.At <= from, samples.FirstOrDefault());
            var after = samples.FirstOrDefault(sample => sample.At >= to, samples.LastOrDefault());
            return $"{SharesOf(before, after)}; {said}";
        }
    }

    public void Dispose()
    {
        stopping.Set();
        thread.Join();
        stopping.Dispose();
    }

    internal static string SharesOf(MachineSample before, MachineSample after)
    {
        if (after.At <= before.At || after.All <= before.All)
        {
            return "cores and disks: not known (/proc/pressure is needed)";
        }

        var span = TimeProvider.System.GetElapsedTime(before.At, after.At).TotalMicroseconds;
        double ticks = after.All - before.All;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"cores were busy for {(after.Busy - before.Busy) / ticks:0%} of the time and taken away for "
                + $"{(after.Stolen - before.Stolen) / ticks:0%}; something waited for a core for "
                + $"{(after.WaitedForCore - before.WaitedForCore) / span:0%} of it, for a disk for "
                + $"{(after.WaitedForDisk - before.WaitedForDisk) / span:0%}");
    }

    private void Watch()
    {
        for (var turn = 0; !stopping.WaitOne(0); turn++)
        {
            var begin = TimeProvider.System.GetTimestamp();
            stopping.WaitOne(RestMs);
            var end = TimeProvider.System.GetTimestamp();
            var overslept = TimeProvider.System.GetElapsedTime(begin, end) - TimeSpan.FromMilliseconds(RestMs);
            var sample = turn % SampleEvery == 0 ? MachineSample.Read() : null;
            lock (noting)
            {
                Keep(rests, (end, overslept));
                if (sample is { } read)
                {
                    Keep(samples, read);
                }
            }
        }
    }

    private static void Keep<T>(Queue<T> kept, T item)
    {
        kept.Enqueue(item);
        if (kept.Count > KeptMax)
        {
            kept.Dequeue();
        }
    }
}
