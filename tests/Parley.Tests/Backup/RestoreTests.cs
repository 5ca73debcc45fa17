using Parley.Core;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Raft.Storage;
using Parley.Server.Backup;
using Parley.Tests.Core;

namespace Parley.Tests.Backup;

/// <summary>A state begins again as another cluster: once for each restore, in an empty directory alone.</summary>
public sealed class RestoreTests : IDisposable
{
    private readonly BackedUpNode node = new();

    public void Dispose() => node.Dispose();

    [Fact]
    [Trait("Promise", "2")]
    public void What_is_restored_goes_on_as_another_cluster_with_nobody_logged_in()
    {
        node.Write();
        var founded = Restore("new");
        using var log = OpenLog("new");
        using var chat = new TestChat(ChatState.Open(node.PathOf("new/state.db")));

        Assert.Equal(1, founded.SessionsEnded);
        Assert.NotEqual(node.Cluster.Id, founded.Id);
        Assert.Equal(founded.AppliedIndex, chat.State.AppliedIndex);
        Assert.Equal((founded.AppliedIndex, founded.AppliedIndex), (log.Base.Index.Value, log.LastIndex.Value));
        Assert.Equal(chat.State.AppliedTerm, log.HardState.Term.Value);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
        Assert.Empty(chat.State.Directory.LiveSessions);
        var stamp = node.StampOf("new");
        var only = Assert.Single(log.Base.Membership.Members);
        Assert.Equal((stamp.Self, stamp.Incarnation, true), (only.Id, only.Incarnation, only.IsVoter));
        Assert.Equal((founded.Id, BackedUpNode.Self.Address), (stamp.ClusterId, only.Address));

        chat.Pass(TimeSpan.FromDays(2));
        var (alice, bob) = (BackedUpNode.Login(chat, 1), BackedUpNode.Login(chat, 2));
        Assert.Equal(4, chat.Stored(alice, bob, "we are back").Sequence);
        Assert.Equal(
            ["the tide is in", "and \"out\" again\nsoon", "naïve café ☕", "we are back"], chat.Texts(bob, "alice"));
        Assert.Equal(["naïve café ☕", "we are back"], chat.Undelivered(bob));
    }

    [Fact]
    public void Each_restore_is_a_cluster_of_its_own()
    {
        node.Write();
        var (first, second) = (Restore("first"), Restore("second"));

        Assert.Equal(3, new[] { node.Cluster.Id, first.Id, second.Id }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(3, new[] { "data", "first", "second" }.Select(name => node.StampOf(name).Incarnation)
            .Distinct().Count());
    }

    [Fact]
    public void A_directory_that_is_not_empty_is_refused_and_not_touched()
    {
        node.Write();
        Restore("taken");
        Directory.CreateDirectory(
            node.PathOf("remains"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(node.PathOf("remains/state.db"), "of a lost stamp");
        var before = File.ReadAllBytes(node.PathOf("taken/stamp"));

        var taken = Assert.Throws<DataDirectoryRefusedException>(() => Restore("taken"));
        var remains = Assert.Throws<DataDirectoryRefusedException>(() => Restore("remains"));

        Assert.Contains("an empty directory expected", taken.Message, StringComparison.Ordinal);
        Assert.Contains("it is not empty (state.db)", remains.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(node.PathOf("taken/stamp")));
        Assert.Equal("of a lost stamp", File.ReadAllText(node.PathOf("remains/state.db")));
    }

    /// <summary>Without its stamp no node begins with it; what fails by itself leaves nothing.</summary>
    [Fact]
    public void A_restore_that_did_not_end_is_no_data_directory()
    {
        node.Write();
        Restore("cut");
        File.Delete(node.PathOf("cut/stamp"));
        Assert.Throws<IOException>(() => new ClusterOfOne(node.PathOf("failed"), BackedUpNode.Self).Found(path =>
        {
            File.WriteAllText(path, "half of it");
            throw new IOException("no space left");
        }));

        var refused = Assert.Throws<DataDirectoryRefusedException>(
            () => PosixDataDirectory.Open(node.PathOf("cut"), new NodeId(1), () => 7));
        Assert.Contains("it has no stamp, but it is not empty", refused.Message, StringComparison.Ordinal);
        Assert.True(node.IsEmpty("failed"));
        using var again = PosixDataDirectory.Open(node.PathOf("failed"), new NodeId(1), () => 7);
        Assert.Equal(FormationStage.Empty, again.Stamp.Stage);
    }

    [Fact]
    public void A_rehearsal_leaves_nothing_behind()
    {
        node.Write();

        BackupRestore.Rehearse(
            BackupFile.Open(node.File1), node.PathOf(""), TestContext.Current.CancellationToken);

        Assert.Equal(["chat.backup", "data"], node.Names());
    }

    [Fact]
    public void What_a_killed_process_left_goes_and_what_another_one_uses_stays()
    {
        node.Write();
        var left = Directory.CreateDirectory(node.PathOf(".parley-left")).FullName;
        File.WriteAllText(Path.Combine(left, "lock"), "");
        File.WriteAllText(Path.Combine(left, "state.db"), "messages");
        using var used = ScratchFolder.In(node.PathOf(""), 1);

        BackupRestore.Rehearse(
            BackupFile.Open(node.File1), node.PathOf(""), TestContext.Current.CancellationToken);

        Assert.Equal([Path.GetFileName(used.Path), "chat.backup", "data"], node.Names());
    }

    [Fact]
    public void What_is_given_up_leaves_nothing_behind()
    {
        node.Write();
        using var source = new CancellationTokenSource();
        source.Cancel();
        var backup = BackupFile.Open(node.File1);

        Assert.ThrowsAny<OperationCanceledException>(
            () => BackupRestore.Rehearse(backup, node.PathOf(""), source.Token));
        Assert.ThrowsAny<OperationCanceledException>(
            () => BackupRestore.Run(backup, node.PathOf("new"), BackedUpNode.Self, source.Token));
        Assert.ThrowsAny<OperationCanceledException>(
            () => Survivor.Open(node.DataDirectory, node.PathOf(""), source.Token));
        File.Delete(node.File1);
        Assert.ThrowsAny<OperationCanceledException>(
            () => new BackupMaker(node.DataDirectory, TimeProvider.System).Write(node.File1, false, source.Token));

        Assert.Equal(["data"], node.Names());
    }

    /// <summary>A survivor's state is behind its log: what was acknowledged may be in the log alone.</summary>
    [Fact]
    [Trait("Promise", "1")]
    public void A_survivor_goes_on_with_its_state_and_all_of_its_log()
    {
        using var chat = new TestChat();
        BackedUpNode.Talk(chat);
        chat.State.WriteSnapshot(node.PathOf("seed.db"));
        var lost = new ClusterOfOne(node.PathOf("lost"), BackedUpNode.Self).Found(
            path => File.Move(node.PathOf("seed.db"), path));
        using var beside = new TestChat(ChatState.Open(CopyOf("lost/state.db")));
        beside.Pass(TimeSpan.FromDays(1));
        var (alice, bob) = (BackedUpNode.Login(beside, 1), BackedUpNode.Login(beside, 2));
        beside.Stored(alice, bob, "in the log alone");
        using (var log = OpenLog("lost"))
        {
            log.Append(null, [.. beside.Log.Select(BackedUpNode.ToEntry)]);
            log.Sync();
        }

        using var survivor = Survivor.Open(
            node.PathOf("lost"), node.PathOf(""), TestContext.Current.CancellationToken);
        var founded = survivor.Found(node.PathOf("found"), BackedUpNode.Self);

        Assert.Equal((lost.AppliedIndex, beside.State.AppliedIndex), (survivor.AppliedIndex, survivor.LastIndex));
        Assert.Equal(1, survivor.Voters);
        Assert.NotEqual(lost.Id, founded.Id);
        using var found = new TestChat(ChatState.Open(node.PathOf("found/state.db")));
        Assert.Equal("in the log alone", found.Texts(bob, "alice")[^1]);
        Assert.Equal(lost.AppliedIndex, ChatState.ReadAppliedIndex(node.PathOf("lost/state.db")));
        Assert.Throws<DataDirectoryRefusedException>(
            () => Survivor.Open(node.PathOf("lost"), node.PathOf(""), TestContext.Current.CancellationToken));
    }

    private string CopyOf(string name)
    {
        var copy = node.PathOf("beside.db");
        File.Copy(node.PathOf(name), copy);
        return copy;
    }

    private FoundedCluster Restore(string name) =>
        BackupRestore.Run(
            BackupFile.Open(node.File1), node.PathOf(name), BackedUpNode.Self, CancellationToken.None);

    private DurableLog OpenLog(string name)
    {
        using var opened = PosixDataDirectory.Open(node.PathOf(name), new NodeId(1), () => 7);
        return opened.OpenLog(new DurableLogOptions());
    }
}
