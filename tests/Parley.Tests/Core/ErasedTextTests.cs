using System.Text;
using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>What was deleted, or edited away, is not in the state's file any more, nor in a snapshot.</summary>
public sealed class ErasedTextTests : IDisposable
{
    private const string Canary = "the-canary-of-alice";

    private readonly string folder = Directory.CreateTempSubdirectory("parley-erased-").FullName;

    private string StatePath => Path.Combine(folder, "state.db");

    private string SnapshotPath => Path.Combine(folder, "snapshot.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>One on the page of its row, one that needs pages of its own.</summary>
    [Theory]
    [Trait("Promise", "9")]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(800, true)]
    [InlineData(800, false)]
    public void A_text_that_is_deleted_or_replaced_is_overwritten(int times, bool isDeleted)
    {
        using var chat = new TestChat(ChatState.Open(StatePath));
        var (alice, bob) = (chat.Person("alice"), chat.Person("bob"));
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        var before = chat.Stored(alice, bob, "before");
        var stored = chat.Stored(alice, bob, string.Concat(Enumerable.Repeat(Canary, times)));
        chat.Stored(alice, bob, "after");
        chat.State.Checkpoint();
        Assert.True(Holds(StatePath));

        chat.Apply(isDeleted
            ? Commands.Delete(alice.Session, TestChat.RequestId("1"), stored.Conversation, stored.Sequence)
            : Commands.Edit(alice.Session, TestChat.RequestId("1"), stored.Conversation, stored.Sequence, "edited"));
        Assert.Equal(chat.State.AppliedIndex, chat.State.Checkpoint());
        chat.State.WriteSnapshot(SnapshotPath);

        Assert.False(Holds(StatePath));
        Assert.False(Holds(SnapshotPath));
        using var restored = new TestChat(ChatState.Open(SnapshotPath));
        Assert.Equal(["before", isDeleted ? "" : "edited", "after"], restored.Texts(bob, "alice"));
        Assert.Equal(1, before.Sequence);
        Assert.Equal(chat.State.ScanDigest(), restored.State.Digest);
    }

    private static bool Holds(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Canary)) >= 0;
    }
}
