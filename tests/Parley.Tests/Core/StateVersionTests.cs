using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Versions and settings: what this program does not know stops it before the entry.</summary>
public sealed class StateVersionTests : IDisposable
{
    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void An_entry_of_an_unknown_version_stops_before_it_with_everything_before_applied()
    {
        var known = Commands.CreateAccount("alice", TestChat.RequestId("1"));
        var unknown = Commands.CreateAccount("bob", TestChat.RequestId("2"));
        var entries = new[] { Entry(1, 1, known), Entry(2, ChatState.StateVersionMax + 1, unknown) };

        var thrown = Assert.Throws<UnknownStateVersionException>(() => chat.State.Apply(entries));

        Assert.Contains("entry 2", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(1, chat.State.AppliedIndex);
        Assert.NotNull(chat.State.Directory.FindAccount("alice"));
        Assert.Null(chat.State.Directory.FindAccount("bob"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_command_of_an_unknown_kind_stops_it_too()
    {
        var entry = Entry(1, 1, new LoggedCommand());

        Assert.Throws<UnknownStateVersionException>(() => chat.State.Apply([entry]));
        Assert.Equal(0, chat.State.AppliedIndex);
    }

    /// <summary>Protobuf's exception is an IOException: by that it would end the node as a failure of its disk.
    /// </summary>
    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0x0A, 0x05, 0x08 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })]
    public void Bytes_that_are_no_command_stop_it_with_everything_before_applied(byte[] bytes)
    {
        var known = Commands.CreateAccount("alice", TestChat.RequestId("1"));

        var thrown = Assert.Throws<UnknownStateVersionException>(
            () => chat.State.Apply([Entry(1, 1, known), new CommittedEntry(2, 1, 6, bytes)]));

        Assert.StartsWith("entry 2 holds bytes that are no command: ", thrown.Message, StringComparison.Ordinal);
        Assert.Equal(1, chat.State.AppliedIndex);
        Assert.NotNull(chat.State.Directory.FindAccount("alice"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void What_came_with_a_later_version_is_in_no_entry_before_it_is_raised()
    {
        var alice = chat.Person("alice");
        var room = Commands.CreateRoom(alice.Session, TestChat.RequestId("room"), "ops");

        Assert.Throws<InvariantBrokenException>(() => chat.Apply(room));
    }

    [Fact]
    public void Raising_to_an_unknown_version_stops_before_it()
    {
        var entry = Entry(1, 1, Commands.RaiseVersion((uint)ChatState.StateVersionMax + 1));

        Assert.Throws<UnknownStateVersionException>(() => chat.State.Apply([entry]));
        Assert.Equal(1, chat.State.StateVersion);
    }

    [Fact]
    public void An_entry_without_a_command_moves_the_applied_index_alone()
    {
        var result = chat.State.Apply([new CommittedEntry(1, 3, 5, ReadOnlyMemory<byte>.Empty)]);

        Assert.Empty(result.Commands);
        Assert.Equal((1, 3, 5), (chat.State.AppliedIndex, chat.State.AppliedTerm, chat.State.LastTimeUs));
    }

    [Fact]
    public void A_gap_in_the_log_breaks_an_invariant_and_the_state_is_not_used_again()
    {
        var entry = Entry(2, 1, Commands.CreateAccount("alice", TestChat.RequestId("1")));

        Assert.Throws<InvariantBrokenException>(() => chat.State.Apply([entry]));
        Assert.Throws<InvariantBrokenException>(() => chat.State.Apply([]));
    }

    [Fact]
    public void Settings_change_only_from_the_revision_that_was_seen()
    {
        var first = chat.Apply(Commands.ChangeSettings(0, new Settings { RetentionDays = 7 }));
        var second = chat.Apply(Commands.ChangeSettings(0, new Settings { RetentionDays = 1 }));

        Assert.IsType<Outcome.Done>(first);
        TestChat.Rejects(Rejection.RevisionChanged, second);
        Assert.Equal(7, chat.State.Directory.Settings.RetentionDays);
        Assert.Equal(1, chat.State.Directory.SettingsRevision);
    }

    [Fact]
    public void Without_a_session_only_the_first_settings_are_taken()
    {
        var alice = chat.Person("alice");
        chat.Apply(Commands.ChangeSettings(0, new Settings { RetentionDays = 7 }));

        var withoutSession = chat.Apply(Commands.ChangeSettings(1, new Settings { RetentionDays = 1 }));
        var administrator = chat.Apply(Commands.ChangeSettings(1, new Settings { RetentionDays = 2 }, alice.Session));

        TestChat.Rejects(Rejection.RevisionChanged, withoutSession);
        Assert.IsType<Outcome.Done>(administrator);
        Assert.Equal(2, chat.State.Directory.Settings.RetentionDays);
    }

    [Fact]
    public void The_outcome_goes_to_who_waits_for_it()
    {
        var command = Commands.CreateAccount("alice", TestChat.RequestId("1"));
        command.StateVersion = 1;
        command.Tag = new ProposalTag { Node = 3, StartNonce = 77, Number = 12 };

        var result = chat.State.Apply([new CommittedEntry(1, 1, 5, command.ToByteArray())]);

        var applied = Assert.Single(result.Commands);
        Assert.Equal((1L, 3, 77UL, 12UL), (applied.LogIndex, applied.Node, applied.StartNonce, applied.Number));
    }

    private static CommittedEntry Entry(long index, int version, LoggedCommand command)
    {
        command.StateVersion = (uint)version;
        return new CommittedEntry(index, 1, index, command.ToByteArray());
    }
}
