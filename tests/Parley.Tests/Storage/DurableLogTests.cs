using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;
using static Parley.Tests.Storage.LogSamples;

namespace Parley.Tests.Storage;

/// <summary>What the log is for: what was synced is there again, and nothing else.</summary>
public sealed class DurableLogTests
{
    private readonly SimulatedDirectory disk = new();

    [Fact]
    public void A_fresh_log_begins_at_the_mark_it_was_given()
    {
        using var log = OpenLog(disk);

        Assert.Equal(Describe(Begin), Describe(log.Base));
        Assert.Equal(LogIndex.None, log.LastIndex);
        Assert.Equal(default, log.HardState);
        Assert.Equal(Term.None, log.FindTerm(LogIndex.None));
        Assert.Null(log.FindTerm(new LogIndex(1)));
        Assert.Empty(log.ReadEntries(new LogIndex(1), new LogIndex(9), 100));
    }

    [Fact]
    public void What_was_synced_is_read_back_before_and_after_a_restart()
    {
        string before;
        using (var log = OpenLog(disk))
        {
            log.Append(new HardState(new Term(3), new NodeId(2)), EntriesOf(1, 50, 3, payloadBytes: 700));
            log.Sync();
            log.AppendSynced(EntriesOf(51, 60, 4));
            before = log.Describe();
        }

        disk.PowerLoss((_, _) => false, _ => false);
        using var again = OpenLog(disk);

        Assert.Equal(before, again.Describe());
        Assert.Equal(new HardState(new Term(3), new NodeId(2)), again.HardState);
        Assert.Equal(new LogIndex(60), again.LastIndex);
        Assert.Equal(new Term(3), again.FindTerm(new LogIndex(50)));
        Assert.Equal(new Term(4), again.FindTerm(new LogIndex(51)));
    }

    [Fact]
    public void One_sync_of_the_disk_carries_everything_that_was_appended()
    {
        using var log = OpenLog(disk);
        var before = disk.Syncs;

        log.Append(new HardState(new Term(1), new NodeId(1)), EntriesOf(1, 5, 1));
        log.Append(null, EntriesOf(6, 9, 1));
        log.Sync();
        log.Sync();

        Assert.Equal(before + 1, disk.Syncs);
        Assert.Equal(new LogIndex(9), log.LastIndex);
    }

    [Fact]
    public void What_was_not_synced_is_not_seen_by_readers()
    {
        using var log = OpenLog(disk);
        log.AppendSynced(EntriesOf(1, 3, 1));

        log.Append(null, EntriesOf(2, 4, 2));

        Assert.Equal(new LogIndex(3), log.LastIndex);
        Assert.Equal(new Term(1), log.FindTerm(new LogIndex(2)));
        Assert.Equal(3, log.ReadAll().Count);
    }

    [Fact]
    public void A_conflicting_entry_supersedes_everything_from_there_on()
    {
        var other = new Membership { Members = [new Member(new NodeId(9), false, 9, "127.0.0.1:7509")] };
        using (var log = OpenLog(disk))
        {
            log.AppendSynced(EntriesOf(1, 6, 1));
            log.AppendSynced(EntryOf(7, 1, other), EntryOf(8, 1, "lost"));
            Assert.Equal(new NodeId(9), log.Membership.Members[0].Id);

            log.AppendSynced(EntryOf(5, 2, "kept"));

            Assert.Equal(new LogIndex(5), log.LastIndex);
            Assert.Equal(new NodeId(1), log.Membership.Members[0].Id);
        }

        using var again = OpenLog(disk);
        Assert.Equal(new LogIndex(5), again.LastIndex);
        Assert.Equal(new Term(2), again.FindTerm(new LogIndex(5)));
        Assert.Equal(new Term(1), again.FindTerm(new LogIndex(4)));
        Assert.Equal(new NodeId(1), again.Membership.Members[0].Id);
        Assert.Equal(Describe(EntryOf(5, 2, "kept")), Describe(again.ReadAll()[^1]));
    }

    [Fact]
    public void A_read_ends_at_its_bound_but_gives_at_least_one_entry()
    {
        using var log = OpenLog(disk);
        log.AppendSynced(EntriesOf(1, 20, 1, payloadBytes: 100));

        Assert.Equal(3, log.ReadEntries(new LogIndex(4), new LogIndex(20), 399).Count);
        Assert.Single(log.ReadEntries(new LogIndex(4), new LogIndex(20), 1));
        Assert.Equal(2, log.ReadEntries(new LogIndex(4), new LogIndex(5), 1000).Count);
        Assert.Single(log.ReadEntries(new LogIndex(20), new LogIndex(99), 1000));
    }

    [Fact]
    public void A_batch_that_is_larger_than_a_segment_gets_a_larger_one()
    {
        string before;
        using (var log = OpenLog(disk))
        {
            log.AppendSynced(EntriesOf(1, 3, 1, payloadBytes: 30_000));
            log.AppendSynced(EntriesOf(4, 5, 1));
            before = log.Describe();
        }

        using var again = OpenLog(disk);
        Assert.Equal(before, again.Describe());
    }

    [Fact]
    public void A_cut_removes_whole_segments_and_moves_the_base_to_the_last_entry_removed()
    {
        string before;
        using (var log = OpenLog(disk))
        {
            for (var i = 1; i <= 100; i++)
            {
                log.AppendSynced(EntryOf(i, 1 + (i / 30), new string('x', 300)));
            }

            var files = disk.ListFiles().Count;
            log.CutTo(new LogIndex(57));

            Assert.True(disk.ListFiles().Count < files);
            Assert.InRange(log.Base.Index.Value, 1, 57);
            Assert.Equal(log.FindTerm(log.Base.Index), log.Base.Term);
            Assert.Equal(log.Base.Index.Value * 1000, log.Base.TimeUs);
            Assert.Equal(100 - log.Base.Index.Value, log.ReadAll().Count);
            before = log.Describe();
        }

        using var again = OpenLog(disk);
        Assert.Equal(before, again.Describe());
    }

    [Fact]
    public void A_cut_within_the_only_segment_changes_nothing()
    {
        using var log = OpenLog(disk);
        log.AppendSynced(EntriesOf(1, 5, 1));

        log.CutTo(new LogIndex(5));

        Assert.Equal(LogIndex.None, log.Base.Index);
        Assert.Equal(5, log.ReadAll().Count);
    }

    [Fact]
    public void A_snapshot_that_the_log_does_not_match_voids_it()
    {
        using (var log = OpenLog(disk))
        {
            log.Append(new HardState(new Term(2), NodeId.None), EntriesOf(1, 200, 1));
            log.Sync();
            log.InstallSnapshot(MarkOf(150, 2));
            Assert.Equal(new LogIndex(150), log.LastIndex);
            log.AppendSynced(EntriesOf(151, 152, 2));
        }

        using var again = OpenLog(disk);
        Assert.Equal(Describe(MarkOf(150, 2)), Describe(again.Base));
        Assert.Equal(2, again.ReadAll().Count);
        Assert.Equal(new Term(2), again.HardState.Term);
    }

    [Fact]
    public void A_snapshot_that_the_log_matches_keeps_what_comes_after()
    {
        using (var log = OpenLog(disk))
        {
            log.AppendSynced(EntriesOf(1, 200, 1));
            log.InstallSnapshot(MarkOf(150, 1));
            Assert.Equal(new LogIndex(200), log.LastIndex);
            Assert.Equal(50, log.ReadAll().Count);
        }

        using var again = OpenLog(disk);
        Assert.Equal(new LogIndex(150), again.Base.Index);
        Assert.Equal(50, again.ReadAll().Count);
        Assert.Equal(new Term(1), again.FindTerm(new LogIndex(150)));
        Assert.Null(again.FindTerm(new LogIndex(149)));
    }

    [Fact]
    public void A_log_whose_write_failed_is_dead()
    {
        using var log = OpenLog(disk);
        log.Append(null, EntriesOf(1, 1, 1));
        disk.Before = (operation, _) =>
        {
            if (operation == DiskOperation.Sync)
            {
                throw new StorageFailedException("fdatasync: Input/output error");
            }
        };

        Assert.Throws<StorageFailedException>(log.Sync);
        disk.Before = null;
        Assert.Throws<InvariantBrokenException>(log.Sync);
        Assert.Throws<InvariantBrokenException>(() => log.Append(null, EntriesOf(1, 1, 1)));
    }
}
