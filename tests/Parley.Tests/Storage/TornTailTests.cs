using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>What a power loss leaves of a batch that was not synced is repaired, whatever it is.</summary>
public sealed class TornTailTests
{
    private const string LastSegment = "0000000000000001.log";

    public static TheoryData<int, byte> Batches => new()
    {
        // Payload bytes, and what they are: all zero is the hardest, for an unwritten sector is zero.
        { 10, (byte)'x' },
        { 0, 0 },
        { 2000, (byte)'x' },
        { 4500, 0 },
    };

    [Theory]
    [MemberData(nameof(Batches))]
    public void Every_subset_of_the_sectors_of_an_unsynced_batch_is_repaired(int payloadBytes, byte content)
    {
        var (disk, synced, whole) = DiskBeforeTheSync(payloadBytes, content);
        var sectors = disk.UnsyncedSectors(LastSegment);
        Assert.InRange(sectors.Count, 1, 12);

        for (var subset = 0; subset < 1 << sectors.Count; subset++)
        {
            var torn = disk.Clone();
            torn.PowerLoss((_, sector) => (subset & (1 << (sector - sectors[0]))) != 0, _ => false);

            var expected = subset == (1 << sectors.Count) - 1 ? whole : synced;
            AssertRepaired(torn, expected);
        }
    }

    [Fact]
    public void A_killed_process_leaves_its_whole_batch_and_it_is_synced_before_it_is_shown()
    {
        var (disk, _, whole) = DiskBeforeTheSync(2000, (byte)'x');

        using (var log = OpenLog(disk))
        {
            Assert.Equal(whole, log.Describe());
        }

        // Read from the page cache and shown, it may be answered for: so it must be on disk by now.
        disk.PowerLoss((_, _) => false, _ => false);
        using var again = OpenLog(disk);
        Assert.Equal(whole, again.Describe());
    }

    [Fact]
    public void A_torn_area_is_never_appended_to()
    {
        var (disk, synced, _) = DiskBeforeTheSync(2000, (byte)'x');
        disk.PowerLoss((_, sector) => sector % 2 == 0, _ => false);

        OpenLog(disk).Dispose();

        Assert.Equal(["0000000000000001.log", "0000000000000002.log"], disk.ListFiles());
        using var again = OpenLog(disk);
        Assert.Equal(synced, again.Describe());
        Assert.Equal(2, disk.ListFiles().Count);
    }

    /// <summary>Three synced batches, and a fourth that is written but not synced.</summary>
    private static (SimulatedDirectory Disk, string Synced, string Whole) DiskBeforeTheSync(
        int payloadBytes, byte content)
    {
        var disk = new SimulatedDirectory();
        using var log = DurableLog.Open(disk, new DurableLogOptions { SegmentBytes = 16 << 10 }, Begin);
        log.Append(new HardState(new Term(1), new NodeId(2)), EntriesOf(1, 3, 1));
        log.Sync();
        log.AppendSynced(EntriesOf(4, 9, 1, payloadBytes: 300));
        log.AppendSynced(EntriesOf(10, 10, 1));
        var synced = log.Describe();

        SimulatedDirectory? unsynced = null;
        disk.Before = (operation, _) => unsynced = operation == DiskOperation.Sync ? disk.Clone() : unsynced;
        var payload = Enumerable.Repeat(content, payloadBytes).ToArray();
        log.Append(new HardState(new Term(2), new NodeId(3)), [EntryOf(9, 2, "over") with { Payload = payload }]);
        log.Sync();
        return (unsynced!, synced, log.Describe());
    }

    private static void AssertRepaired(SimulatedDirectory torn, string expected)
    {
        using (var log = OpenLog(torn))
        {
            Assert.Equal(expected, log.Describe());
            log.AppendSynced(EntriesOf(log.LastIndex.Value + 1, log.LastIndex.Value + 3, 5));
            expected = log.Describe();
        }

        torn.PowerLoss((_, _) => false, _ => false);
        using var again = OpenLog(torn);
        Assert.Equal(expected, again.Describe());
    }
}
