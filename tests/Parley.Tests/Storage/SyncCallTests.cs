using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Parley.Raft.Storage;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>On a real disk, seen by strace from outside: a sync of the log is a sync of the disk.</summary>
public sealed class SyncCallTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string root = Directory.CreateTempSubdirectory("parley-sync-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task Each_sync_of_the_log_is_one_fdatasync_of_its_segment()
    {
        var trace = Path.Combine(root, "trace");
        using var writer = new TracedWriter(Path.Combine(root, "log"));
        using var strace = StartTrace(writer.ThreadNumber, trace);
        var attached = await strace.StandardError.ReadLineAsync().WaitAsync(Deadline);
        if (attached?.Contains("attached", StringComparison.Ordinal) != true)
        {
            writer.Write(0);
            Assert.Skip($"strace could not attach: {attached}");
        }

        writer.Write(syncs: 12);

        // The writer's thread has ended, and strace with it.
        await strace.WaitForExitAsync().WaitAsync(Deadline);
        var calls = File.ReadLines(trace)
            .Count(line => line.Contains("fdatasync(", StringComparison.Ordinal)
                && line.Contains("0000000000000001.log>", StringComparison.Ordinal)
                && line.Contains("= 0", StringComparison.Ordinal));
        Assert.Equal(12, calls);
    }

    private static Process StartTrace(int thread, string output)
    {
        try
        {
            var start = new ProcessStartInfo("strace") { RedirectStandardError = true, UseShellExecute = false };
            foreach (var argument in new[]
                { "-y", "-e", "trace=fdatasync", "-o", output, "-p", thread.ToString(CultureInfo.InvariantCulture) })
            {
                start.ArgumentList.Add(argument);
            }

            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            Assert.Skip($"no strace here: {e.Message}");
            throw;
        }
    }

    /// <summary>A thread that writes when it is told to, and then ends.</summary>
    private sealed class TracedWriter : IDisposable
    {
        private readonly SemaphoreSlim begin = new(0);
        private readonly TaskCompletionSource<int> number = new();
        private readonly Thread thread;
        private Exception? failure;
        private int syncs;

        public TracedWriter(string path)
        {
            thread = new Thread(() => Run(path)) { IsBackground = true };
            thread.Start();
        }

        public int ThreadNumber => number.Task.WaitAsync(Deadline).GetAwaiter().GetResult();

        public void Write(int syncs)
        {
            this.syncs = syncs;
            begin.Release();
            Assert.True(thread.Join(Deadline), "the writer did not end");
            Assert.Null(failure);
        }

        public void Dispose() => begin.Dispose();

        private void Run(string path)
        {
            try
            {
                using var log = DurableLog.Open(
                    new PosixStorageDirectory(path), new DurableLogOptions { SegmentBytes = 1 << 20 }, Begin);
                number.SetResult(OwnThreadNumber());
                begin.Wait();
                for (var i = 1; i <= syncs; i++)
                {
                    log.AppendSynced(EntriesOf((i * 3) - 2, i * 3, 1));
                }
            }
            catch (Exception e)
            {
                failure = e;
                number.TrySetException(e);
            }
        }

        [DllImport("libc", EntryPoint = "gettid")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int OwnThreadNumber();
    }
}
