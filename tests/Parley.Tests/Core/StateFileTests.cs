using System.Globalization;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Delivery;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>The state as a file: opened again, copied, checkpointed, damaged.</summary>
public sealed class StateFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-state-").FullName;

    private string StatePath => Path.Combine(folder, "state.db");

    private string SnapshotPath => Path.Combine(folder, "snapshot.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_state_opened_again_goes_on_as_if_it_had_never_been_closed()
    {
        using var whole = new TestChat();
        var log = LongHistory(whole);
        using var straight = ChatState.OpenInMemory();
        var outcomes = straight.Apply(log).Commands;

        var found = new List<AppliedCommand>();
        for (var at = 0; at < log.Count; at += 5)
        {
            using var state = ChatState.Open(StatePath);
            found.AddRange(state.Apply(log.GetRange(at, Math.Min(5, log.Count - at))).Commands);
        }

        using var reopened = ChatState.Open(StatePath);
        Assert.Equal(outcomes, found);
        Assert.Equal(whole.State.Digest, reopened.Digest);
        Assert.Equal(Pages(whole.State), Pages(reopened));
        Assert.Equal(
            whole.State.Directory.LiveSessions.OrderBy(session => session.Number),
            reopened.Directory.LiveSessions.OrderBy(session => session.Number));
    }

    [Fact]
    public void A_file_of_the_program_before_rooms_is_read_and_goes_on()
    {
        using var whole = new TestChat();
        var log = LongHistory(whole);
        using (var state = ChatState.Open(StatePath))
        {
            state.Apply(log.GetRange(0, 20));
        }

        MakeFormat(3, StatePath);
        var verified = ChatState.VerifySnapshot(StatePath);
        using var upgraded = new TestChat(ChatState.Open(StatePath));
        upgraded.State.Apply(log);

        Assert.Equal(20, verified.AppliedIndex);
        Assert.Equal(whole.State.Digest, upgraded.State.Digest);
        upgraded.Pass(TimeSpan.FromMicroseconds(log[^1].TimeUs - upgraded.NowUs));
        var account = upgraded.Account("dave");
        var login = Assert.IsType<Outcome.LoggedIn>(upgraded.Apply(Commands.Login(account, TestChat.Token(-1))));
        var dave = new Person("dave", account, login.Session, login.Client);
        upgraded.Say(dave, upgraded.Room(dave, "ops"), "rooms at last");
        Assert.Equal(["rooms at last"], upgraded.Texts(dave, "#ops"));
        Assert.Equal(upgraded.State.ScanDigest(), upgraded.State.Digest);
    }

    [Fact]
    public void A_snapshot_holds_the_state_and_goes_on_from_there()
    {
        using var whole = new TestChat();
        var log = LongHistory(whole);
        using var state = ChatState.Open(StatePath);
        state.Apply(log.GetRange(0, 20));

        var written = state.WriteSnapshot(SnapshotPath);
        var verified = ChatState.VerifySnapshot(SnapshotPath);
        using var restored = ChatState.Open(SnapshotPath);
        restored.Apply(log);

        Assert.Equal(new SnapshotFacts(20, 1, log[19].TimeUs, 1, state.Digest), written);
        Assert.Equal(written, verified);
        Assert.Equal(whole.State.Digest, restored.Digest);
        Assert.Equal(Pages(whole.State), Pages(restored));
    }

    [Fact]
    public void A_damaged_snapshot_and_a_damaged_state_are_refused()
    {
        using (var chat = new TestChat(ChatState.Open(StatePath)))
        {
            LongHistory(chat);
            chat.State.WriteSnapshot(SnapshotPath);
            chat.State.Checkpoint();
        }

        Change(SnapshotPath, "a line of alice", "A line of alice");
        Change(StatePath, "a line of alice", "A line of alice");

        Assert.Throws<StateDamagedException>(() => ChatState.VerifySnapshot(SnapshotPath));
        Assert.Throws<StateDamagedException>(() => ChatState.Open(StatePath));
        File.WriteAllText(SnapshotPath, "no database at all");
        Assert.Throws<StateDamagedException>(() => ChatState.VerifySnapshot(SnapshotPath));
    }

    /// <summary>A disk lies in one bit, anywhere: in a row, an index, a page's own numbers, or where nothing is.
    /// </summary>
    [Fact]
    public void One_flipped_bit_is_refused_or_means_nothing()
    {
        const int Stride = 53;
        var (digest, pages) = ("", "");
        using (var chat = new TestChat(ChatState.Open(StatePath)))
        {
            LongHistory(chat);
            chat.State.Checkpoint();
            (digest, pages) = (chat.State.Digest.ToString(), Pages(chat.State));
        }

        var whole = File.ReadAllBytes(StatePath);
        var used = Enumerable.Range(0, whole.Length).Where(at => whole[at] != 0).ToArray();
        var (harmless, tried, lies) = (0, 0, new List<string>());
        foreach (var at in used.Where((_, number) => number % Stride == 0))
        {
            tried++;
            var spoiled = whole.ToArray();
            spoiled[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(StatePath, spoiled);
            try
            {
                using var state = ChatState.Open(StatePath);
                Assert.Equal((digest, pages), (state.Digest.ToString(), Pages(state)));
                lies.AddRange(IsWhole() ? [] : [$"byte {at} of {whole.Length}: not whole, and used"]);
                harmless++;
            }
            catch (Exception refusal) when (refusal is StateDamagedException or UnknownStateVersionException)
            {
                continue; // Refused, with what to do.
            }
        }

        Assert.Empty(lies);
        Assert.InRange(harmless, 0, tried / 2);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_state_and_a_snapshot_of_a_format_before_are_read_and_go_on(int format)
    {
        using var whole = new TestChat();
        var log = LongHistory(whole);
        using (var state = ChatState.Open(StatePath))
        {
            state.Apply(log.GetRange(0, 20));
            state.WriteSnapshot(SnapshotPath);
        }

        MakeFormat(format, StatePath);
        MakeFormat(format, SnapshotPath);

        Assert.Equal(20, ChatState.VerifySnapshot(SnapshotPath).AppliedIndex);
        foreach (var path in (string[])[StatePath, SnapshotPath])
        {
            using var state = ChatState.Open(path);
            state.Apply(log);
            state.Apply([new CommittedEntry(log.Count + 1, 1, whole.NowUs, Failure.Span.ToArray())]);
            Assert.Equal(state.ScanDigest(), state.Digest);
        }
    }

    [Fact]
    public void A_state_whose_rules_a_newer_program_knows_is_refused_and_not_as_damage()
    {
        using (var chat = new TestChat(ChatState.Open(StatePath)))
        {
            LongHistory(chat);
            chat.Apply(Commands.RaiseVersion(ChatState.StateVersionMax));
            chat.State.WriteSnapshot(SnapshotPath);
        }

        ChatState.VerifySnapshot(SnapshotPath);
        foreach (var path in (string[])[StatePath, SnapshotPath])
        {
            GiveVersion(path, ChatState.StateVersionMax + 1);
            AssertNewer(path, "version", ChatState.StateVersionMax);
            GiveVersion(path, ChatState.StateVersionMax);
            ChatState.Open(path).Dispose();
        }
    }

    [Fact]
    public void A_state_of_a_format_after_this_is_refused_and_not_as_damage()
    {
        ChatState.Open(StatePath).Dispose();

        MakeFormat(Schema.FormatVersion + 1, StatePath);

        AssertNewer(StatePath, "format", Schema.FormatVersion);
    }

    [Fact]
    public void A_checkpoint_with_a_reader_in_the_way_lets_no_more_of_the_log_be_cut()
    {
        using var chat = new TestChat(ChatState.Open(StatePath));
        var alice = chat.Person("alice");
        var first = chat.State.Checkpoint();
        Assert.Equal(chat.State.AppliedIndex, first);

        using (var reader = Parley.Core.Storage.Database.OpenForReading(StatePath))
        {
            reader.Execute("BEGIN; SELECT COUNT(*) FROM messages");
            chat.Stored(alice, alice, "meanwhile");
            Assert.Equal(first, chat.State.Checkpoint());
        }

        Assert.Equal(chat.State.AppliedIndex, chat.State.Checkpoint());
    }

    [Fact]
    public void Without_a_write_ahead_file_nothing_was_checkpointed()
    {
        using var file = Database.OpenForWriting(StatePath);
        file.Execute("CREATE TABLE lines (text TEXT); INSERT INTO lines VALUES ('hello')");
        Assert.False(file.TryCheckpoint(0));

        file.Execute("PRAGMA journal_mode = WAL; INSERT INTO lines VALUES ('again')");
        Assert.True(file.TryCheckpoint(0));
    }

    [Fact]
    public void A_write_ahead_file_that_readers_made_long_is_cut_and_counts_for_no_room()
    {
        using var chat = new TestChat(ChatState.Open(StatePath));
        var alice = chat.Person("alice");
        var line = new string('a', Limits.TextBytesMax);
        using (var reader = Parley.Core.Storage.Database.OpenForReading(StatePath))
        {
            reader.Execute("BEGIN; SELECT COUNT(*) FROM messages");
            while (new FileInfo($"{StatePath}-wal").Length < 80 << 20)
            {
                chat.Stored(alice, alice, line);
            }

            Assert.NotEqual(chat.State.AppliedIndex, chat.State.Checkpoint());
        }

        Assert.Equal(chat.State.AppliedIndex, chat.State.Checkpoint());
        chat.Stored(alice, alice, line);

        Assert.InRange(new FileInfo($"{StatePath}-wal").Length, 0, 64 << 20);
        Assert.Equal(chat.State.AppliedIndex, chat.State.Checkpoint());
        Assert.Equal(new FileInfo(StatePath).Length, chat.State.MeasureBytes());
    }

    [Fact]
    public void Readers_on_files_see_what_was_committed()
    {
        using var chat = new TestChat(ChatState.Open(StatePath));
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        using var reader = chat.State.OpenReader();
        var cursor = new DeliveryCursor();
        Assert.Empty(reader.ReadDelivery(bob.Account, cursor, 10, 1_000).Messages);

        chat.Stored(alice, bob, "hello");

        var message = Assert.Single(reader.ReadDelivery(bob.Account, cursor, 10, 1_000).Messages);
        Assert.Equal(("alice", "bob"), (message.Sender, message.Recipient));
        Assert.Equal(("hello", 1L), (message.Text, message.Sequence));
        Assert.Equal((alice.Client, 1UL), (message.Client, message.Counter));
    }

    [Fact]
    public void Culture_does_not_matter()
    {
        using var here = new TestChat();
        var log = LongHistory(here);
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");
        try
        {
            using var there = ChatState.OpenInMemory();
            there.Apply(log);
            Assert.Equal(here.State.Digest, there.Digest);
            Assert.Equal(Pages(here.State), Pages(there));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private bool IsWhole()
    {
        using var database = Database.OpenForChecking(StatePath);
        return database.ReadText("PRAGMA integrity_check(1)") == "ok";
    }

    private static ReadOnlyMemory<byte> Failure
    {
        get
        {
            var command = Commands.RecordFailures("alice", 1);
            command.StateVersion = 1;
            return command.ToByteArray();
        }
    }

    private static void AssertNewer(string path, string what, int known)
    {
        foreach (var read in (Action[])
            [
                () => ChatState.Open(path), () => ChatState.OpenVerified(path), () => ChatState.VerifySnapshot(path),
            ])
        {
            var said = Assert.Throws<UnknownStateVersionException>(read).Message;
            Assert.All(
                [path, $"{what} {known + 1}", $"up to {known}", "What to do: start this node with a newer program"],
                part => Assert.Contains(part, said, StringComparison.Ordinal));
        }
    }

    /// <summary>As a program that knows this version would have written it.</summary>
    private static void GiveVersion(string path, int version)
    {
        using var file = Database.OpenForWriting(path);
        file.Execute(string.Create(CultureInfo.InvariantCulture, $"UPDATE chat SET state_version = {version}"));
        var digest = StoredDigest.Scan(file).Value;
        using var write = file.PrepareOnce("UPDATE node SET digest_high = $high, digest_low = $low");
        write.Start().With((long)(ulong)(digest >> 64)).With((long)(ulong)digest).Run();
    }

    /// <summary>As a program that knew no later format would have written it.</summary>
    internal static void MakeFormat(int format, string path)
    {
        using var file = Database.OpenForWriting(path);
        foreach (var later in Schema.Replicated.Where(table => table.Since > format))
        {
            file.Execute($"DROP TABLE {later.Name}");
        }

        file.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {format}"));
    }

    private static List<CommittedEntry> LongHistory(TestChat chat)
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("indigo");
        for (var number = 0; number < 40; number++)
        {
            var message = chat.Stored(alice, bob, $"a line of alice {number}");
            if (number % 4 == 0)
            {
                chat.Acknowledge(bob, message.Conversation, message.Sequence - (number / 8));
            }

            chat.Apply(Commands.Send(alice, (ulong)number + 1, bob.Account, $"a line of alice {number}"));
            chat.Pass(TimeSpan.FromHours(20));
        }

        chat.Apply(Commands.Purge(forgetExpired: true, (1, 5)));
        chat.Apply(Commands.Send(alice, 2, bob.Account, "a line of alice 1"));
        chat.Login(alice.Account, takeOver: true);
        return chat.Log;
    }

    private static string Pages(ChatState state)
    {
        using var reader = state.OpenReader();
        var history = reader.ReadHistory(1, "indigo", 0, 1_000, 1 << 20);
        var delivery = reader.ReadDelivery(2, new DeliveryCursor(), 1_000, 1 << 20);
        return string.Join('\n', history.Messages.Concat(delivery.Messages))
            + string.Join('\n', delivery.Receipts) + string.Join('\n', reader.ListAccounts("*i*", "", 10));
    }

    private static void Change(string path, string from, string to)
    {
        var bytes = File.ReadAllBytes(path);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(from));
        Assert.True(at > 0, "the text is in the file");
        System.Text.Encoding.UTF8.GetBytes(to).CopyTo(bytes, at);
        File.WriteAllBytes(path, bytes);
    }
}
