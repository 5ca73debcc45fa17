using Parley.Core;
using Parley.Core.Delivery;

namespace Parley.Tests.Core;

/// <summary>Acknowledging, and what a delivery stream sends until then.</summary>
public sealed class AcknowledgeMessagesTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public AcknowledgeMessagesTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void A_message_is_delivered_again_until_it_is_acknowledged()
    {
        var first = chat.Stored(alice, bob, "one");
        chat.Stored(alice, bob, "two");
        Assert.Equal(["one", "two"], chat.Undelivered(bob));

        Assert.IsType<Outcome.Done>(chat.Acknowledge(bob, first.Conversation, 1));

        Assert.Equal(["two"], chat.Undelivered(bob));
        Assert.Equal(["one", "two"], chat.Undelivered(alice));
    }

    [Fact]
    public void Going_back_is_done_and_ignored()
    {
        var first = chat.Stored(alice, bob, "one");
        chat.Stored(alice, bob, "two");
        chat.Acknowledge(bob, first.Conversation, 2);

        Assert.IsType<Outcome.Done>(chat.Acknowledge(bob, first.Conversation, 1));

        Assert.Empty(chat.Undelivered(bob));
        Assert.Empty(chat.Last.AccountsToRing);
    }

    [Fact]
    public void A_command_moves_all_its_marks_or_none()
    {
        var carol = chat.Person("carol");
        var own = chat.Stored(alice, bob, "for bob").Conversation;
        var others = chat.Stored(alice, carol, "for carol").Conversation;

        TestChat.Rejects(
            Rejection.BeyondHead, chat.Apply(Commands.Acknowledge(bob.Session, (own, 1), (own, 2))));
        TestChat.Rejects(
            Rejection.NotFound, chat.Apply(Commands.Acknowledge(bob.Session, (own, 2), (others, 1))));
        TestChat.Rejects(Rejection.NotFound, chat.Apply(Commands.Acknowledge(bob.Session, (own, 1), (99, 1))));
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.Acknowledge(99, (own, 1))));

        Assert.Equal(["for bob"], chat.Undelivered(bob));
    }

    [Fact]
    public void The_sender_is_rung_and_told_how_far_the_recipient_is()
    {
        var cursor = new DeliveryCursor();
        var message = chat.Stored(alice, bob, "one");
        chat.Reader.ReadDelivery(alice.Account, cursor, 10, 1_000);

        chat.Acknowledge(bob, message.Conversation, 1);

        Assert.Equal([alice.Account], chat.Last.AccountsToRing);
        var page = chat.Reader.ReadDelivery(alice.Account, cursor, 10, 1_000);
        Assert.Equal([new ReceiptFacts(message.Conversation, "bob", 1, 0)], page.Receipts);
        Assert.Empty(page.Messages);
        Assert.Empty(chat.Reader.ReadDelivery(alice.Account, cursor, 10, 1_000).Receipts);
    }

    [Fact]
    public void A_new_stream_is_told_the_receipts_that_it_missed()
    {
        var message = chat.Stored(alice, bob, "one");
        chat.Acknowledge(bob, message.Conversation, 1);

        var page = chat.Reader.ReadDelivery(alice.Account, new DeliveryCursor(), 10, 1_000);

        Assert.Equal([new ReceiptFacts(message.Conversation, "bob", 1, 0)], page.Receipts);
    }

    [Fact]
    public void A_stream_sends_each_message_once_oldest_first_in_pages()
    {
        var carol = chat.Person("carol");
        for (var number = 0; number < 100; number++)
        {
            chat.Stored(number % 3 == 0 ? carol : alice, bob, $"{number}");
        }

        var cursor = new DeliveryCursor();
        var texts = new List<string>();
        DeliveryPage page;
        do
        {
            page = chat.Reader.ReadDelivery(bob.Account, cursor, 7, 1 << 20);
            Assert.Equal(chat.State.AppliedIndex, page.AppliedIndex);
            texts.AddRange(page.Messages.Select(message => message.Text));
        }
        while (page.HasMore);

        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"{number}"), texts);
    }

    [Fact]
    public void A_page_ends_at_its_bytes_but_one_message_always_fits()
    {
        chat.Stored(alice, bob, new string('a', 50));
        chat.Stored(alice, bob, new string('b', 50));
        chat.Stored(alice, bob, new string('c', 500));
        var cursor = new DeliveryCursor();

        var lengths = new List<int>();
        DeliveryPage page;
        do
        {
            page = chat.Reader.ReadDelivery(bob.Account, cursor, 10, 120);
            lengths.Add(page.Messages.Count);
        }
        while (page.HasMore);

        Assert.Equal([2, 1], lengths);
    }

    [Fact]
    public void A_stream_that_many_conversations_wait_for_misses_none()
    {
        var people = Enumerable.Range(0, 50).Select(number => chat.Person($"p{number}")).ToArray();
        var cursor = new DeliveryCursor();
        chat.Reader.ReadDelivery(bob.Account, cursor, 10, 1_000);
        foreach (var person in people)
        {
            chat.Stored(person, bob, person.Name);
        }

        var texts = new List<string>();
        DeliveryPage page;
        do
        {
            page = chat.Reader.ReadDelivery(bob.Account, cursor, 10, 1_000);
            texts.AddRange(page.Messages.Select(message => message.Text));
        }
        while (page.HasMore);

        Assert.Equal(people.Select(person => person.Name).Order(), texts.Order());
    }
}
