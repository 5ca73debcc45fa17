using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>What Purge may drop, and what stays although the leader asks.</summary>
public sealed class RetentionTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public RetentionTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void Nothing_undelivered_is_dropped_however_old()
    {
        var message = chat.Stored(alice, bob, "still waiting");
        chat.Pass(TimeSpan.FromDays(3_650));

        Assert.Null(chat.Reader.FindPurge(chat.NowUs, 1_000)?.Cuts.FirstOrDefault());
        chat.Apply(Commands.Purge(forgetExpired: false, (message.Conversation, 1)));

        Assert.Equal(["still waiting"], chat.Undelivered(bob));
    }

    [Fact]
    public void Days_begin_when_the_recipient_has_acknowledged()
    {
        var conversation = chat.Stored(alice, bob, "one").Conversation;
        chat.Pass(TimeSpan.FromDays(40));
        chat.Acknowledge(bob, conversation, 1);
        chat.Stored(alice, bob, "two");
        chat.Pass(TimeSpan.FromDays(20));
        chat.Acknowledge(bob, conversation, 2);
        Purge();
        Assert.Equal(["one", "two"], chat.Texts(bob, "alice"));

        chat.Pass(TimeSpan.FromDays(11));
        Purge();
        Assert.Equal(["two"], chat.Texts(bob, "alice"));

        chat.Pass(TimeSpan.FromDays(20));
        Purge();
        var page = chat.Reader.ReadHistory(alice.Account, "bob", 0, 10, 1_000);
        Assert.Empty(page.Messages);
        Assert.Equal(3, page.FirstSequenceKept);
    }

    [Fact]
    public void The_sequence_goes_on_after_everything_was_dropped()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var conversation = chat.Stored(alice, bob, "one").Conversation;
        chat.Acknowledge(bob, conversation, 1);
        Purge();

        Assert.Empty(chat.Texts(alice, "bob"));
        Assert.Equal(2, chat.Stored(bob, alice, "two").Sequence);
        Assert.Equal(["two"], chat.Texts(alice, "bob"));
        Assert.Equal(["two"], chat.Undelivered(alice));
    }

    [Fact]
    public void For_ever_means_for_ever()
    {
        chat.Apply(Commands.ChangeSettings(0, new Settings { Retention = RetentionKind.Forever }));
        var conversation = chat.Stored(alice, bob, "one").Conversation;
        chat.Acknowledge(bob, conversation, 1);
        chat.Pass(TimeSpan.FromDays(3_650));

        chat.Apply(Commands.Purge(forgetExpired: false, (conversation, 1)));

        Assert.Equal(["one"], chat.Texts(alice, "bob"));
    }

    [Fact]
    public void A_dropped_message_is_still_answered_with_its_first_outcome()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var first = chat.Stored(alice, bob, "one");
        chat.Send(alice, 99, "nobody");
        var third = chat.Stored(alice, bob, "three");
        chat.Acknowledge(bob, first.Conversation, 1);
        Purge();

        Assert.Equal(first, chat.Apply(Commands.Send(alice, 1, bob.Account, "one")));
        TestChat.Rejects(Rejection.NotFound, chat.Apply(Commands.Send(alice, 2, 99, "nobody")));
        Assert.Equal(third, chat.Apply(Commands.Send(alice, 3, bob.Account, "three")));
        TestChat.Rejects(Rejection.MessageIdReused, chat.Apply(Commands.Send(alice, 1, bob.Account, "other")));
    }

    [Fact]
    public void A_purge_drops_a_thousand_rows_at_most_and_the_next_goes_on()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var conversation = 0L;
        for (var number = 1; number <= Limits.PurgeRowsMax + 10; number++)
        {
            conversation = chat.Stored(alice, bob, $"{number}").Conversation;
        }

        chat.Acknowledge(bob, conversation, Limits.PurgeRowsMax + 10);
        chat.Apply(Commands.Purge(forgetExpired: false, (conversation, long.MaxValue)));
        Assert.Equal(10, chat.Texts(bob, "alice").Count);

        Purge();
        Assert.Empty(chat.Texts(bob, "alice"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Only_remembered_outcomes_outlive_their_messages()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        for (var round = 1; round <= 3; round++)
        {
            for (var number = 1; number <= Limits.ClientOutcomesMax; number++)
            {
                chat.Stored(alice, bob, $"{round}, {number}");
            }

            chat.Acknowledge(bob, 1, round * Limits.ClientOutcomesMax);
            Purge();

            Assert.InRange(CountOutcomes(), 1, Limits.ClientOutcomesMax);
        }

        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_sender_that_never_acknowledges_its_own_messages_holds_nothing_up()
    {
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        var conversation = chat.Stored(alice, bob, "from a robot").Conversation;
        chat.Acknowledge(bob, conversation, 1);

        Purge();

        Assert.Empty(chat.Texts(bob, "alice"));
        Assert.Empty(chat.Undelivered(alice));
    }

    [Fact]
    public void What_log_time_outlived_is_found_and_forgotten()
    {
        chat.Apply(Commands.Logout(alice.Session, outboxEmpty: false));
        chat.Pass(TimeSpan.FromDays(8));

        Assert.True(chat.Reader.FindPurge(chat.NowUs, 1_000)!.ForgetExpired);
        Purge();

        Assert.Null(chat.Reader.FindPurge(chat.NowUs, 1_000));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    private long CountOutcomes()
    {
        using var copy = Database.OpenInMemory();
        copy.LoadBytes(chat.State.CopyBytes());
        return copy.ReadInt64("SELECT COUNT(*) FROM outcomes");
    }

    /// <summary>Proposes what the leader would, until it finds nothing.</summary>
    private void Purge()
    {
        while (chat.Reader.FindPurge(chat.NowUs + 1_000_000, 1_000) is { } found)
        {
            chat.Apply(new LoggedCommand { Purge = found });
        }
    }
}
