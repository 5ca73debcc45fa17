using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>Sending: once, in order, with the first answer for every repeat.</summary>
public sealed class SendMessageTests : IDisposable
{
    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void Messages_get_sequences_without_gaps_and_are_read_by_both()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");

        var first = chat.Stored(alice, bob, "hello bob");
        var second = chat.Stored(bob, alice, "hello alice");

        Assert.Equal((1, 2), (first.Sequence, second.Sequence));
        Assert.Equal(first.Conversation, second.Conversation);
        Assert.Equal(chat.State.AppliedIndex, second.LogIndex);
        Assert.Equal(["hello bob", "hello alice"], chat.Texts(alice, "bob"));
        Assert.Equal(["hello bob", "hello alice"], chat.Texts(bob, "alice"));
    }

    [Fact]
    public void A_repeated_id_gets_its_first_outcome_and_is_stored_once()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        var first = chat.Stored(alice, bob, "once");

        var repeat = chat.Apply(Commands.Send(alice, 1, bob.Account, "once"));

        Assert.Equal(first, repeat);
        Assert.Equal(["once"], chat.Texts(alice, "bob"));
        Assert.Empty(chat.Last.AccountsToRing);
    }

    [Fact]
    public void A_refusal_of_content_takes_the_counter_and_is_repeated_too()
    {
        var alice = chat.Person("alice");
        var refused = chat.Apply(Commands.Send(alice, 1, 99, "anyone?"));
        TestChat.Rejects(Rejection.NotFound, refused);

        var repeat = chat.Apply(Commands.Send(alice, 1, 99, "anyone?"));
        var next = chat.Apply(Commands.Send(alice, 2, alice.Account, "a note to myself"));

        TestChat.Rejects(Rejection.NotFound, repeat);
        Assert.IsType<Outcome.MessageStored>(next);
    }

    [Fact]
    public void The_same_id_for_other_content_is_refused()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Stored(alice, bob, "one");

        var reused = chat.Apply(Commands.Send(alice, 1, bob.Account, "two"));

        TestChat.Rejects(Rejection.MessageIdReused, reused);
        Assert.Equal(["one"], chat.Texts(bob, "alice"));
    }

    [Fact]
    public void A_counter_that_skips_is_out_of_order_and_remembers_nothing()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");

        var skipped = chat.Apply(Commands.Send(alice, 2, bob.Account, "second"));
        var first = chat.Apply(Commands.Send(alice, 1, bob.Account, "first"));
        var second = chat.Apply(Commands.Send(alice, 2, bob.Account, "second"));

        TestChat.Rejects(Rejection.OutOfOrder, skipped);
        Assert.IsType<Outcome.MessageStored>(first);
        Assert.IsType<Outcome.MessageStored>(second);
        Assert.Equal(["first", "second"], chat.Texts(bob, "alice"));
    }

    [Fact]
    public void Outcomes_of_the_last_1024_counters_are_remembered_and_no_more()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        for (var number = 1; number <= Limits.ClientOutcomesMax + 1; number++)
        {
            chat.Stored(alice, bob, $"line {number}");
        }

        var tooOld = chat.Apply(Commands.Send(alice, 1, bob.Account, "line 1"));
        var oldest = chat.Apply(Commands.Send(alice, 2, bob.Account, "line 2"));

        TestChat.Rejects(Rejection.AlreadyAnswered, tooOld);
        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(oldest).Sequence);
    }

    [Fact]
    public void Another_accounts_client_is_as_good_as_none()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");

        var stolen = chat.Apply(Commands.Send(alice.Session, bob.Client, 1, bob.Account, "from bob?"));
        var invented = chat.Apply(Commands.Send(alice.Session, 1_000, 1, bob.Account, "from nowhere"));

        TestChat.Rejects(Rejection.ClientForgotten, stolen);
        TestChat.Rejects(Rejection.ClientForgotten, invented);
    }

    [Fact]
    public void A_later_session_settles_what_an_earlier_ones_client_left()
    {
        var before = chat.Person("alice");
        var bob = chat.Person("bob");
        var first = chat.Stored(before, bob, "did this arrive?");
        var after = chat.Login(before.Account, takeOver: true);

        var repeat = chat.Apply(Commands.Send(after.Session, before.Client, 1, bob.Account, "did this arrive?"));
        var next = chat.Apply(Commands.Send(after.Session, before.Client, 2, bob.Account, "and this?"));

        Assert.Equal(first, repeat);
        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(next).Sequence);
    }

    [Fact]
    public void A_full_inbox_refuses_until_something_is_acknowledged()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Apply(Commands.ChangeSettings(0, new() { UndeliveredMessagesMax = 2 }));
        var first = chat.Stored(alice, bob, "1");
        chat.Stored(alice, bob, "2");

        var full = chat.Send(alice, bob, "3");
        chat.Acknowledge(bob, first.Conversation, 1);
        var again = chat.Send(alice, bob, "4");

        TestChat.Rejects(Rejection.InboxFull, full);
        Assert.IsType<Outcome.MessageStored>(again);
        Assert.Equal(["2", "4"], chat.Undelivered(bob));
    }

    [Fact]
    public void An_inbox_is_bounded_in_bytes_too()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Apply(Commands.ChangeSettings(0, new() { UndeliveredBytesMax = 10 }));

        var fits = chat.Send(alice, bob, "Grüße");
        var tooMuch = chat.Send(alice, bob, "1234");
        var exactly = chat.Send(alice, bob, "123");

        Assert.IsType<Outcome.MessageStored>(fits);
        TestChat.Rejects(Rejection.InboxFull, tooMuch);
        Assert.IsType<Outcome.MessageStored>(exactly);
    }

    [Fact]
    public void Of_two_reasons_the_first_in_the_list_is_the_answer()
    {
        var alice = chat.Person("alice");
        var gone = new Person("nobody", 9, 99, 999);
        var late = Commands.Send(gone, 5, 99, "late, no session, no client, out of order");
        late.NotAfterUs = chat.NowUs;

        TestChat.Rejects(Rejection.TooLate, chat.Apply(late));
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.Send(gone, 5, 99, "no session, no client")));
        TestChat.Rejects(
            Rejection.ClientForgotten, chat.Apply(Commands.Send(alice.Session, 999, 5, 99, "no client, no recipient")));
        TestChat.Rejects(Rejection.OutOfOrder, chat.Apply(Commands.Send(alice, 5, 99, "out of order, no recipient")));
    }

    [Fact]
    public void Sender_and_recipient_are_rung()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");

        chat.Stored(alice, bob, "ring");

        Assert.Equal([alice.Account, bob.Account], chat.Last.AccountsToRing.Order());
    }

    [Fact]
    public void A_note_to_oneself_is_delivered_once_and_fills_no_inbox()
    {
        var alice = chat.Person("alice");
        chat.Apply(Commands.ChangeSettings(0, new() { UndeliveredMessagesMax = 1 }));

        chat.Stored(alice, alice, "milk");
        var second = chat.Stored(alice, alice, "bread");

        Assert.Equal(2, second.Sequence);
        Assert.Equal(["milk", "bread"], chat.Undelivered(alice));
        Assert.Equal(["milk", "bread"], chat.Texts(alice, "alice"));
    }
}
