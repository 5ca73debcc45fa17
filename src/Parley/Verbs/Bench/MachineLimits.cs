using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Parley.Verbs.Bench;

/// <summary>What the machine itself can do, measured in the same run: no cluster is faster than that.</summary>
internal static partial class MachineLimits
{
    private const int Rounds = 300;
    private const int AppendBytes = 512;

    /// <summary>Median time of appending 512 bytes to a file in this folder and <c>fdatasync</c>.</summary>
    public static TimeSpan MeasureSync(string folder) => Median(MeasureSyncs(folder));

    /// <summary>The time of each of some hundred such appends.</summary>
    public static IReadOnlyList<TimeSpan> MeasureSyncs(string folder)
    {
        var path = Path.Combine(folder, "bench-fdatasync");
        var times = new List<TimeSpan>(Rounds);
        var block = new byte[AppendBytes];
        Random.Shared.NextBytes(block);
        try
        {
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
            for (var round = 0; round < Rounds; round++)
            {
                var begin = Stopwatch.GetTimestamp();
                RandomAccess.Write(file, block, (long)round * AppendBytes);
                if (DataSync(file) != 0)
                {
                    throw new IOException($"fdatasync of {path} failed with errno {Marshal.GetLastPInvokeError()}");
                }

                times.Add(Stopwatch.GetElapsedTime(begin));
            }
        }
        finally
        {
            File.Delete(path);
        }

        return times;
    }

    /// <summary>Median time of one byte to another thread and back over TCP on loopback.</summary>
    public static async Task<TimeSpan> MeasureRoundTripAsync(CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var near = new TcpClient { NoDelay = true };
        await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        using var far = await listener.AcceptTcpClientAsync(cancellationToken);
        far.NoDelay = true;
        var echoing = EchoAsync(far, cancellationToken);
        var stream = near.GetStream();
        var times = new List<TimeSpan>(Rounds);
        var one = new byte[1];
        for (var round = 0; round < Rounds; round++)
        {
            var begin = Stopwatch.GetTimestamp();
            await stream.WriteAsync(one, cancellationToken);
            await stream.ReadExactlyAsync(one, cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(begin));
        }

        near.Client.Shutdown(SocketShutdown.Send);
        await echoing;
        return Median(times);
    }

    public static TimeSpan Median(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? TimeSpan.Zero : sorted[sorted.Count / 2];
    }

    private static async Task EchoAsync(TcpClient far, CancellationToken cancellationToken)
    {
        var stream = far.GetStream();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) > 0)
        {
            await stream.WriteAsync(one, cancellationToken);
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DataSync(SafeFileHandle file);
}
