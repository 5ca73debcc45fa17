using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Consensus;
using Parley.Server.Hosting;

namespace Parley.Tests.Server;

/// <summary>What a node finds on its disk at the start, and what it does when log and state do not fit.</summary>
public sealed class NodeStoreTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("parley-store-").FullName;

    private ServerOptions Options => new()
    {
        Id = 1,
        DataDirectory = directory,
        Listen = "127.0.0.1:7401",
        NodeListen = "127.0.0.1:7501",
        Members = [new MemberAddress(1, "127.0.0.1:7501")],
    };

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public void An_empty_directory_belongs_to_no_cluster_yet()
    {
        using var store = Open();

        Assert.False(store.IsFormed);
        Assert.Equal(0, store.OpenedState.AppliedIndex);
        store.OpenedState.Dispose();
    }

    [Fact]
    public void A_start_finishes_the_install_of_a_snapshot_that_was_interrupted()
    {
        Form();
        var mark = MarkAt(MakeSnapshot(entries: 7));
        InstallInLog(mark);

        using var store = Open();

        Assert.Equal(7, store.OpenedState.AppliedIndex);
        Assert.Equal(mark.Index, store.Log.Base.Index);
        Assert.DoesNotContain(
            Directory.GetFiles(directory), path => path.Contains("incoming", StringComparison.Ordinal));
        store.OpenedState.Dispose();
    }

    /// <summary>The leader that named it is lost, and the entry with it: the next one may take it in.</summary>
    [Fact]
    public void A_directory_was_a_member_once_a_committed_membership_named_it()
    {
        Form(isFounder: false);
        using var store = Open();
        store.OpenedState.Dispose();
        Member[] others = [new(new NodeId(2), true, 2, "127.0.0.1:7502")];
        Membership now = new() { Members = [new(new NodeId(1), false, 1, "127.0.0.1:7501"), .. others] };

        store.JoinsAfter(new LogIndex(10));
        store.MembershipApplied(new LogIndex(9), now);
        store.MembershipApplied(new LogIndex(11), new() { Members = others });
        Assert.False(store.WasMember);

        store.JoinsAfter(new LogIndex(12));
        store.MembershipApplied(new LogIndex(13), now);
        Assert.True(store.WasMember);
        Assert.False(store.Removed.IsCompleted);
    }

    [Fact]
    public void A_copy_needs_room_for_itself_and_for_what_is_applied_meanwhile()
    {
        using var store = Open();
        store.OpenedState.Dispose();

        Assert.Equal((6 << 20) + (8 << 20), SnapshotFiles.RoomForCopy(4 << 20));
        Assert.True(store.Snapshots.Room > 0);
    }

    [Fact]
    public void A_download_that_the_log_does_not_begin_at_yet_is_dropped()
    {
        Form();
        MakeSnapshot(entries: 7);

        using var store = Open();

        Assert.Equal(0, store.OpenedState.AppliedIndex);
        Assert.DoesNotContain(
            Directory.GetFiles(directory), path => path.Contains("incoming", StringComparison.Ordinal));
        store.OpenedState.Dispose();
    }

    [Fact]
    public void A_damaged_download_is_refused_after_the_log_began_at_it()
    {
        Form();
        var facts = MakeSnapshot(entries: 7);
        InstallInLog(MarkAt(facts));
        var path = Directory.GetFiles(directory, "incoming-*").Single();
        var bytes = File.ReadAllBytes(path);
        bytes.AsSpan(bytes.Length / 2).Clear();
        File.WriteAllBytes(path, bytes);

        Assert.ThrowsAny<StateDamagedException>(Open);
    }

    [Fact]
    public void A_state_that_ends_before_the_log_begins_is_refused()
    {
        Form();
        var facts = MakeSnapshot(entries: 7);
        InstallInLog(MarkAt(facts));
        File.Delete(Directory.GetFiles(directory, "incoming-*").Single());

        Assert.Contains("gone", Assert.Throws<DataDirectoryRefusedException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_ends_before_what_the_state_has_applied_is_refused()
    {
        Form();
        using (var state = ChatState.Open(Path.Combine(directory, SnapshotFiles.StateName)))
        {
            Apply(state, 3);
        }

        Assert.Contains(
            "lost entries", Assert.Throws<DataDirectoryRefusedException>(Open).Message, StringComparison.Ordinal);
    }

    private static void Apply(ChatState state, int entries) => state.Apply(
        [.. Enumerable.Range(1, entries).Select(index => new CommittedEntry(index, 1, 1_000 * index, default))]);

    private static SnapshotMark MarkAt(SnapshotFacts facts) => new()
    {
        Index = new LogIndex(facts.AppliedIndex),
        Term = new Term(facts.AppliedTerm),
        TimeUs = facts.LastTimeUs,
        Membership = new Membership { Members = [new Member(new NodeId(1), true, 1, "127.0.0.1:7501")] },
    };

    private NodeStore Open() => NodeStore.Open(Options, TimeProvider.System);

    private void Form(bool isFounder = true)
    {
        using var opened = PosixDataDirectory.Open(directory, new NodeId(1), () => 1);
        opened.WriteStamp(opened.Stamp with
        {
            Stage = FormationStage.Formed,
            ClusterId = new string('a', 32),
            Members = isFounder ? [new FoundingMember(new NodeId(1), 1, "127.0.0.1:7501")] : [],
        });
        opened.OpenLog(new DurableLogOptions()).Dispose();
    }

    /// <summary>As another node would have made it, and as it stands here when it was fetched and verified.</summary>
    private SnapshotFacts MakeSnapshot(int entries)
    {
        using var source = ChatState.OpenInMemory();
        Apply(source, entries);
        var path = Path.Combine(directory, $"incoming-{entries}-1.db");
        return source.WriteSnapshot(path);
    }

    private void InstallInLog(SnapshotMark mark)
    {
        using var opened = PosixDataDirectory.Open(directory, new NodeId(1), () => 1);
        using var log = opened.OpenLog(new DurableLogOptions());
        log.InstallSnapshot(mark);
    }
}
