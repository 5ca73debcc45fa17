using System.Buffers.Binary;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Tests.Storage;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Inspection;

/// <summary>Looking at a log's files beside their writer sees what was written, in order, and disturbs nobody.
/// </summary>
public sealed class LogInspectionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-look-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Every_entry_is_seen_also_those_that_were_replaced()
    {
        using (var log = Open())
        {
            log.AppendSynced(EntriesOf(1, 5, 1, payloadBytes: 100));
            log.AppendSynced(EntriesOf(4, 6, 2, payloadBytes: 100));
        }

        Assert.Equal([1, 2, 3, 4, 5, 4, 5, 6], SeeIndexes());
    }

    [Fact]
    public void Damage_is_told()
    {
        using (var log = Open())
        {
            log.AppendSynced(EntriesOf(1, 400, 1, payloadBytes: 200));
            log.AppendSynced(EntriesOf(401, 410, 1, payloadBytes: 200));
        }

        // The first holds nothing but its header: the batch was too large for it.
        var second = Directory.GetFiles(folder).Order(StringComparer.Ordinal).ElementAt(1);
        using (var file = File.OpenWrite(second))
        {
            file.Position = 3 * 512;
            file.Write(new byte[600]);
        }

        Assert.Throws<LogDamagedException>(() => SeeIndexes());
    }

    [Fact]
    public async Task Beside_a_writer_that_replaces_and_cuts_it_sees_no_gap()
    {
        using var log = Open();
        log.AppendSynced(EntriesOf(1, 5, 1, payloadBytes: 100));
        using var finished = new CancellationTokenSource();
        var looking = Task.Run(() => LookUntil(finished.Token));

        var term = 1L;
        for (var round = 0; round < 400; round++)
        {
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
        Assert.True(await looking > 1);
        Assert.Equal(log.LastIndex.Value, SeeIndexes()[^1]);
    }

    private int LookUntil(CancellationToken finished)
    {
        var looks = 0;
        while (!finished.IsCancellationRequested || looks < 2)
        {
            var indexes = SeeIndexes();
            for (var i = 1; i < indexes.Count; i++)
            {
                Assert.True(indexes[i] <= indexes[i - 1] + 1, $"{indexes[i]} after {indexes[i - 1]}");
            }

            looks++;
        }

        return looks;
    }

    private List<long> SeeIndexes()
    {
        var indexes = new List<long>();
        PosixLogInspection.Visit(folder, (_, record, body) =>
        {
            if (record.Type == LogRecordType.Entry)
            {
                indexes.Add(BinaryPrimitives.ReadInt64LittleEndian(body));
            }
        });
        return indexes;
    }

    private DurableLog Open() => DurableLog.Open(
        new PosixStorageDirectory(folder), new DurableLogOptions { SegmentBytes = 32 << 10 }, Begin);
}
