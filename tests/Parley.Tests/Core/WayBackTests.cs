using Google.Protobuf;
using Parley.Core;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Until what is new is in force, a program from before can go on with a file that this one had.</summary>
public sealed class WayBackTests : IDisposable
{
    private const int FormatBeforeRooms = 3;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-way-back-");

    private string StatePath => Path.Combine(folder.FullName, "state.db");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>The first of each pair is the state version, the second the oldest format that has tables for it.
    /// </summary>
    [Fact]
    public void A_file_says_the_format_that_its_state_version_needs_and_no_later_one()
    {
        using (var chat = new TestChat(ChatState.Open(StatePath)))
        {
            chat.Person("alice");
        }

        StateFileTests.MakeFormat(FormatBeforeRooms, StatePath);
        foreach (var (version, format) in (IEnumerable<(uint, int)>)
            [(1, 3), (2, 4), (3, 5), (4, 5), (5, 5), (6, 6), (7, 7), (8, 8), (9, 8)])
        {
            var snapshot = Path.Combine(folder.FullName, $"snapshot-{version}.db");
            using (var state = ChatState.Open(StatePath))
            {
                state.Apply([Raise(state, version)]);
                state.WriteSnapshot(snapshot);
                Assert.Equal(state.ScanDigest(), state.Digest);
            }

            Assert.Equal(format, FormatOf(StatePath));
            Assert.Equal(format, FormatOf(snapshot));
            Assert.Equal(version, (uint)ChatState.VerifySnapshot(snapshot).StateVersion);
        }
    }

    /// <summary>It may have been a newer one's before, and be so again.</summary>
    [Fact]
    public void A_file_that_was_another_programs_meanwhile_is_read_again()
    {
        using (var chat = new TestChat(ChatState.Open(StatePath)))
        {
            chat.Person("alice");
        }

        StateFileTests.MakeFormat(FormatBeforeRooms, StatePath);
        ChatState.Open(StatePath).Dispose(); // All tables, and says that of before.

        using var again = new TestChat(ChatState.Open(StatePath));

        Assert.Equal(FormatBeforeRooms, FormatOf(StatePath));
        Assert.NotNull(again.State.Directory.FindAccount("alice"));
        Assert.Equal(again.State.ScanDigest(), again.State.Digest);
    }

    /// <summary>A list of what needs which format must not be forgotten when either grows.</summary>
    [Fact]
    public void What_is_newest_needs_the_newest_format()
    {
        using (var state = ChatState.Open(StatePath))
        {
            state.Apply([Raise(state, 1)]);
        }

        StateFileTests.MakeFormat(FormatBeforeRooms, StatePath);
        using (var state = ChatState.Open(StatePath))
        {
            state.Apply([Raise(state, StateVersions.Newest)]);
        }

        Assert.Equal(Schema.FormatVersion, FormatOf(StatePath));
    }

    private static CommittedEntry Raise(ChatState state, uint version)
    {
        var command = Commands.RaiseVersion(version);
        command.StateVersion = 1;
        return new CommittedEntry(state.AppliedIndex + 1, 100, long.MaxValue / 2, command.ToByteArray());
    }

    private static long FormatOf(string path)
    {
        using var file = Database.OpenForChecking(path);
        return file.ReadInt64("PRAGMA user_version");
    }
}
