using Google.Protobuf;
using Parley.Client;
using Parley.Client.Sending;
using Parley.Client.Storage;

namespace Parley.Tests.Client;

/// <summary>Logins that outlive their process.</summary>
public sealed class SessionStoreTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-store-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_login_is_kept_for_its_owner_alone()
    {
        var store = NewStore();
        store.Save(Alice(session: 1));

        var read = Assert.Single(store.List());
        Assert.Equal(("alice", 1L, "token"), (read.Account, read.Session, read.Token));
        var path = Directory.GetFiles(folder.FullName, "session.json", SearchOption.AllDirectories).Single();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(path)!));
    }

    [Theory]
    [InlineData("../../somewhere", "alice")]
    [InlineData("/tmp", "alice")]
    [InlineData("c1", "..")]
    [InlineData("c1", "a/b")]
    [InlineData("c1", "")]
    public void What_a_server_says_leads_nowhere_else(string cluster, string account)
    {
        var stray = Alice(session: 1) with { Cluster = cluster, Account = account };

        Assert.Equal("ANSWER_INVALID", Assert.Throws<RefusedException>(() => NewStore().Save(stray)).Reason);
        Assert.Empty(folder.EnumerateFileSystemInfos("*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Stream_numbers_are_counted_once_however_many_count()
    {
        var store = NewStore();
        var alice = Alice(session: 1);
        store.Save(alice);

        var numbers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() =>
            NewStore().Update(alice, now => now with { LastStream = now.LastStream + 1 })!.LastStream)));

        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), numbers.Order());
    }

    [Fact]
    public void An_older_login_changes_and_removes_nothing_of_a_newer_one()
    {
        var store = NewStore();
        store.Save(Alice(session: 1));
        store.Save(Alice(session: 2));

        Assert.Null(store.Update(Alice(session: 1), now => now with { SeenIndex = 99 }));
        store.Remove(Alice(session: 1));

        Assert.Equal(2, Assert.Single(store.List()).Session);
    }

    [Fact]
    public void What_is_new_of_a_cluster_is_kept_with_its_logins_and_its_link()
    {
        var store = NewStore();
        var (old, both) = (new string('a', 64), $"{new string('b', 64)},{new string('a', 64)}");
        store.SaveLink(new ClusterLink(["chat1:7401"], old, "ours"));
        var given = store.FindLink()!.StoredAt;
        var alice = Alice(session: 1) with { Ca = old };
        var bob = alice with { Account = "bob", Ca = new string('9', 64) };
        store.Save(alice);
        store.Save(bob);

        store.KeepCluster(alice.Cluster, knownAs: old, ["chat2:7401"], both);

        var (login, link) = (store.List().Single(login => login.Account is "alice"), store.FindLink()!);
        Assert.Equal((both, "chat2:7401"), (login.Ca, Assert.Single(login.Nodes)));
        Assert.Equal((both, "chat2:7401"), (link.Link.CaFingerprint, Assert.Single(link.Link.Nodes)));
        Assert.Equal(given, link.StoredAt);
        Assert.Equal(bob.Nodes, store.List().Single(login => login.Account is "bob").Nodes);
    }

    [Fact]
    public void A_demo_is_found_while_it_lives()
    {
        var link = new ClusterLink(["127.0.0.1:7401"], new string('a', 64), "demo");

        using (Assert.IsType<IDisposable>(NewStore().ShowDemo(link), exactMatch: false))
        {
            Assert.Equal(link.ToString(), NewStore().FindDemo()?.ToString());
            Assert.Null(NewStore().ShowDemo(link));
        }

        Assert.Null(NewStore().FindDemo());
    }

    [Fact]
    public void A_line_that_any_process_left_keeps_the_outbox_from_being_empty()
    {
        var (store, alice) = (NewStore(), Alice(session: 1));
        store.Save(alice);
        using var own = store.FindOutbox(alice, slot: 1)!;
        using (var other = store.FindOutbox(alice, slot: 2)!)
        {
            other.MoveTo(7, 0, []);
            Assert.True(store.FindOutbox(alice, slot: 2) is null && !store.IsOutboxEmpty(alice, own: 1));

            other.Add([new Send(new MessageId(7, 1), "bob", "left", ByteString.CopyFrom(new byte[16]))]);
        }

        Assert.False(store.IsOutboxEmpty(alice, own: 1));
        using (var other = store.FindOutbox(alice, slot: 2)!)
        {
            other.Settle(1);
        }

        Assert.True(store.IsOutboxEmpty(alice, own: 1));
        Assert.False(store.IsOutboxEmpty(alice, own: null));
    }

    [Fact]
    public void A_cluster_is_followed_by_its_authority_whatever_id_a_node_shows()
    {
        var store = NewStore();
        var (ours, theirs) = (new string('a', 64), new string('b', 64));
        var (known, plain) = (Alice(session: 1) with { Ca = ours }, Alice(session: 2) with { Account = "bob" });
        store.Save(known);
        store.Save(plain);

        store.KeepCluster(known.Cluster, knownAs: theirs, ["127.0.0.1:1"], ca: theirs);
        var before = store.List();
        store.KeepCluster(cluster: null, knownAs: ours, ["127.0.0.1:2"], ca: $"{theirs},{ours}");
        store.KeepCluster(plain.Cluster, knownAs: null, ["127.0.0.1:3"], ca: null);

        Assert.Equal([ours, null], before.Select(login => login.Ca));
        Assert.Equal(["127.0.0.1:7401", "127.0.0.1:7401"], before.SelectMany(login => login.Nodes));
        Assert.Equal([$"{theirs},{ours}", null], store.List().Select(login => login.Ca));
        Assert.Equal(["127.0.0.1:2", "127.0.0.1:3"], store.List().SelectMany(login => login.Nodes));
    }

    private static StoredSession Alice(long session) => new()
    {
        Account = "alice",
        Cluster = "c1",
        Nodes = ["127.0.0.1:7401"],
        Token = "token",
        Session = session,
        SeenIndex = 0,
        LastStream = 0,
        LoggedInAt = DateTimeOffset.UnixEpoch,
    };

    private SessionStore NewStore() => new(Path.Combine(folder.FullName, "parley"));
}
