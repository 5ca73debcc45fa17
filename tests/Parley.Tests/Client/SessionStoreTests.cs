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
