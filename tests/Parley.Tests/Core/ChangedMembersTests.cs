using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>The version with which members of the cluster change.</summary>
public sealed class ChangedMembersTests
{
    /// <summary>Version 9 changes nothing in the state: what a program of version 8 left is read, its log
    /// too.</summary>
    [Fact]
    public void A_state_and_a_log_of_version_8_go_on_as_9()
    {
        using var old = new TestChat();
        var (alice, bob) = (old.Person("alice"), old.Person("bob"));
        old.Apply(Commands.RaiseVersion(StateVersions.ChangedMessages));
        old.Stored(alice, bob, "before");
        using var copy = ChatState.OpenInMemory(old.State.CopyBytes());
        var raise = Commands.RaiseVersion(StateVersions.ChangedMembers);
        old.Apply(raise);
        old.Stored(alice, bob, "after");
        var late = Commands.Send(alice, 3, bob.Account, "made before, applied after");
        late.StateVersion = StateVersions.ChangedMessages;
        Assert.IsType<Outcome.MessageStored>(old.Apply(late));

        using var replayed = ChatState.OpenInMemory();
        replayed.Apply(old.Log);
        copy.Apply(old.Log.Skip((int)copy.AppliedIndex).ToList());

        Assert.Equal(StateVersions.ChangedMembers, old.State.StateVersion);
        Assert.Equal([old.State.Digest, old.State.Digest], [replayed.Digest, copy.Digest]);
        Assert.Equal(["before", "after", "made before, applied after"], old.Texts(bob, "alice"));
    }
}
