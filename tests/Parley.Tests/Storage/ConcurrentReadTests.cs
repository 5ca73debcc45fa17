using Parley.Raft;
using Parley.Raft.Storage;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>Readers beside the writer see whole entries that were synced, also while segments go away.</summary>
public sealed class ConcurrentReadTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("parley-read-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_reader_never_sees_half_an_entry_or_a_gap()
    {
        using var log = DurableLog.Open(
            new PosixStorageDirectory(root), new DurableLogOptions { SegmentBytes = 32 << 10 }, Begin);
        using var finished = new CancellationTokenSource();

        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() => ReadUntil(log, finished.Token))).ToArray();
        var term = 1L;
        for (var round = 0; round < 400; round++)
        {
            // Every seventh batch replaces the two entries before it.
            var replaced = round % 7 == 6 ? 2 : 0;
            term += replaced > 0 ? 1 : 0;
            var first = log.LastIndex.Value + 1 - replaced;
            log.AppendSynced(EntriesOf(first, first + 4, term, payloadBytes: 100 + (round % 9 * 100)));
            if (round % 50 == 49)
            {
                log.CutTo(new LogIndex(log.LastIndex.Value - 20));
            }
        }

        await finished.CancelAsync();
        var read = await Task.WhenAll(readers);
        Assert.All(read, count => Assert.True(count > 0));
        Assert.True(log.Base.Index.Value > 100);
    }

    private static long ReadUntil(DurableLog log, CancellationToken finished)
    {
        long count = 0;
        while (!finished.IsCancellationRequested || count == 0)
        {
            var first = LogIndex.Max(log.Base.Index.Next, new LogIndex(log.LastIndex.Value - 50));
            var entries = log.ReadEntries(first, log.LastIndex, 1 << 20);
            for (var i = 0; i < entries.Count; i++)
            {
                var index = first.Value + i;
                Assert.Equal(index, entries[i].Index.Value);
                var letter = (byte)('a' + (index % 26));
                Assert.True(entries[i].Payload.Span.IndexOfAnyExcept(letter) < 0);
                Assert.True(entries[i].Payload.Length >= 100);
            }

            count += entries.Count;
        }

        return count;
    }
}
