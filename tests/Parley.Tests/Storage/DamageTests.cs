using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>Damage of what was synced is told, never taken for an unsynced tail.</summary>
public sealed class DamageTests
{
    private static readonly DurableLogOptions Tiny = new() { SegmentBytes = 3 << 10 };

    [Fact]
    public void Every_single_bit_that_flips_in_a_small_log_is_noticed()
    {
        var disk = SmallLog(entries: 4);
        Assert.Equal(2, disk.ListFiles().Count);

        foreach (var name in disk.ListFiles())
        {
            var bytes = disk.Content(name);
            for (var bit = 0; bit < bytes.Length * 8; bit++)
            {
                AssertFlipIsNoticed(disk, name, bytes, bit);
            }
        }
    }

    [Fact]
    public void A_bit_that_flips_in_a_large_log_is_noticed()
    {
        var disk = new SimulatedDirectory();
        using (var log = DurableLog.Open(disk, new DurableLogOptions { SegmentBytes = 256 << 10 }, Begin))
        {
            for (var i = 0; i < 60; i++)
            {
                log.AppendSynced(EntriesOf((i * 20) + 1, (i * 20) + 20, 1, payloadBytes: 350));
            }
        }

        var random = new Random(2026);
        for (var i = 0; i < 300; i++)
        {
            var name = disk.ListFiles()[random.Next(disk.ListFiles().Count)];
            var bytes = disk.Content(name);
            AssertFlipIsNoticed(disk, name, bytes, random.Next(bytes.Length * 8));
        }
    }

    [Fact]
    public void The_text_names_the_place_and_what_to_do()
    {
        var disk = SmallLog();
        disk.Content("0000000000000002.log")[700] ^= 1;

        var damage = Assert.Throws<LogDamagedException>(() => OpenLog(disk));

        Assert.StartsWith(
            "log damaged: 0000000000000002.log, offset 512: a bad record before the end", damage.Message, default);
        Assert.Contains("parley cluster replace", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shortened_or_emptied_segment_is_damage()
    {
        foreach (var name in SmallLog().ListFiles())
        {
            var missing = SmallLog();
            missing.Remove(name);
            Assert.Throws<LogDamagedException>(() => OpenLog(missing));

            foreach (var length in new[] { 0, 1, 512, 1024, 1536, (3 << 10) - 1 })
            {
                var shortened = SmallLog();
                shortened.Put(name, shortened.Content(name)[..length]);
                Assert.Throws<LogDamagedException>(() => OpenLog(shortened));
            }

            var zero = SmallLog();
            zero.Put(name, new byte[3 << 10]);
            Assert.Throws<LogDamagedException>(() => OpenLog(zero));
        }
    }

    [Fact]
    public void A_segment_in_the_place_of_another_is_damage()
    {
        var names = SmallLog().ListFiles();
        foreach (var name in names)
        {
            foreach (var other in names.Append("0000000000000099.log").Where(other => other != name))
            {
                var disk = SmallLog();
                disk.Put(other, disk.Content(name));
                Assert.Throws<LogDamagedException>(() => OpenLog(disk));
            }
        }
    }

    [Fact]
    public void A_segment_of_another_log_is_damage()
    {
        var other = SmallLog(text: 'y');
        foreach (var name in other.ListFiles().SkipLast(1))
        {
            var disk = SmallLog();
            disk.Put(name, other.Content(name));

            Assert.Throws<LogDamagedException>(() => OpenLog(disk));
        }
    }

    [Fact]
    public void A_cut_log_misses_nothing_but_what_was_cut()
    {
        var disk = SmallLog();
        using (var log = OpenLog(disk))
        {
            log.CutTo(new LogIndex(5));
        }

        Assert.DoesNotContain("0000000000000001.log", disk.ListFiles());
        OpenLog(disk).Dispose();

        foreach (var name in disk.ListFiles())
        {
            var missing = disk.Clone();
            missing.Remove(name);
            Assert.Throws<LogDamagedException>(() => OpenLog(missing));
        }
    }

    [Fact]
    public void What_the_disk_does_not_give_back_at_a_read_is_damage()
    {
        var disk = SmallLog();
        using var log = OpenLog(disk);
        disk.Content("0000000000000001.log")[1024 + 60] ^= 4;

        Assert.Throws<LogDamagedException>(() => log.ReadAll());
    }

    /// <summary>A few segments, everything synced; the last batch is the last thing in its segment.</summary>
    private static SimulatedDirectory SmallLog(char text = 'x', int entries = 9)
    {
        var disk = new SimulatedDirectory();
        using var log = DurableLog.Open(disk, Tiny, Begin);
        for (var i = 1; i <= entries; i++)
        {
            log.Append(new HardState(new Term(i), new NodeId(1)), [EntryOf(i, i, new string(text, i % 3 * 300))]);
            log.Sync();
        }

        Assert.InRange(disk.ListFiles().Count, 2, 6);
        return disk;
    }

    /// <summary>In what was synced: damage. In sectors never written: damage, or (behind the end of a closed segment)
    /// no difference.</summary>
    private static void AssertFlipIsNoticed(SimulatedDirectory disk, string name, byte[] bytes, int bit)
    {
        var sector = bytes.AsSpan(bit / 8 / 512 * 512, 512);
        var wasWritten = sector.IndexOfAnyExcept((byte)0) >= 0;
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        try
        {
            OpenLog(disk).Dispose();
            Assert.False(wasWritten, $"{name}, bit {bit}: not noticed");
            Assert.NotEqual(disk.ListFiles()[^1], name);
        }
        catch (LogDamagedException)
        {
            // As it should be.
        }
        finally
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
