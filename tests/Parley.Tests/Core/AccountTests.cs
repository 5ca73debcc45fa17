using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>Creating and deleting accounts.</summary>
public sealed class AccountTests : IDisposable
{
    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void One_name_is_one_account()
    {
        var alice = chat.Account("alice");

        var second = chat.Apply(Commands.CreateAccount("alice", TestChat.RequestId("another")));

        TestChat.Rejects(Rejection.NameTaken, second);
        Assert.Equal(alice, chat.State.Directory.FindAccount("alice")!.Number);
    }

    [Fact]
    public void A_repeated_creation_gets_the_first_answer_also_a_refusal_and_after_the_name_is_free()
    {
        var request = TestChat.RequestId("first");
        var refused = TestChat.RequestId("second");
        var created = chat.Apply(Commands.CreateAccount("alice", request));
        chat.Apply(Commands.CreateAccount("alice", refused));
        chat.Apply(Commands.DeleteAccount(chat.Login(1)));

        Assert.Equal(created, chat.Apply(Commands.CreateAccount("alice", request)));
        TestChat.Rejects(Rejection.NameTaken, chat.Apply(Commands.CreateAccount("alice", refused)));
        Assert.Null(chat.State.Directory.FindAccount("alice"));
    }

    [Fact]
    public void A_request_id_stands_for_one_name()
    {
        var request = TestChat.RequestId("first");
        chat.Apply(Commands.CreateAccount("alice", request));

        var other = chat.Apply(Commands.CreateAccount("bob", request));
        chat.Account("bob");
        var otherAndTaken = chat.Apply(Commands.CreateAccount("bob", request));

        TestChat.Rejects(Rejection.RequestIdReused, other);
        TestChat.Rejects(Rejection.NameTaken, otherAndTaken);
    }

    [Fact]
    public void A_request_id_is_forgotten_after_a_day()
    {
        var request = TestChat.RequestId("first");
        chat.Apply(Commands.CreateAccount("alice", request));
        chat.Pass(TimeSpan.FromDays(1));
        chat.Apply(Commands.Purge(forgetExpired: true));

        var later = chat.Apply(Commands.CreateAccount("bob", request));

        Assert.IsType<Outcome.AccountCreated>(later);
    }

    [Fact]
    public void A_name_created_again_is_another_account_that_sees_nothing_of_the_old_one()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Stored(alice, bob, "for the old bob");
        chat.Stored(bob, alice, "from the old bob");
        chat.Apply(Commands.DeleteAccount(bob));

        var again = chat.Person("bob");

        Assert.NotEqual(bob.Account, again.Account);
        Assert.Empty(chat.Undelivered(again));
        Assert.Empty(chat.Texts(again, "alice"));
        Assert.Equal(1, chat.Stored(alice, again, "welcome").Sequence);
        Assert.Equal(["welcome"], chat.Undelivered(again));
    }

    [Fact]
    public void What_a_deleted_account_sent_stays_and_is_still_delivered()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Stored(bob, alice, "so long");

        chat.Apply(Commands.DeleteAccount(bob));

        Assert.Equal(["so long"], chat.Undelivered(alice));
        Assert.Equal(["so long"], chat.Texts(alice, "bob"));
        Assert.Equal([bob.Session], chat.Last.EndedSessions);
        TestChat.Rejects(Rejection.NotFound, chat.Send(alice, bob, "too late"));
    }

    [Fact]
    public void What_was_undelivered_to_a_deleted_account_may_go_at_once()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        var message = chat.Stored(alice, bob, "never read");
        chat.Apply(Commands.ChangeSettings(0, TestChat.DeliveredOnly));
        chat.Apply(Commands.Purge(forgetExpired: false, (message.Conversation, 1)));
        Assert.Equal(["never read"], chat.Texts(alice, "bob"));

        chat.Apply(Commands.DeleteAccount(bob));
        chat.Apply(Commands.Purge(forgetExpired: false, (message.Conversation, 1)));

        Assert.Empty(chat.Texts(alice, "bob"));
    }

    [Fact]
    public void Only_the_accounts_own_live_session_deletes_it()
    {
        var alice = chat.Person("alice");
        var bob = chat.Person("bob");
        chat.Apply(Commands.Logout(bob.Session, outboxEmpty: true));

        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.DeleteAccount(bob)));
        TestChat.Rejects(
            Rejection.NotFound, chat.Apply(Commands.DeleteAccount(bob with { Session = alice.Session })));
        Assert.NotNull(chat.State.Directory.FindAccount("bob"));
    }

    [Fact]
    public void Accounts_are_listed_by_name_and_pattern_a_page_at_a_time()
    {
        foreach (var name in new[] { "dave", "alice", "carol", "bob", "al" })
        {
            chat.Account(name);
        }

        chat.Apply(Commands.DeleteAccount(chat.Login(chat.State.Directory.FindAccount("carol")!.Number)));

        Assert.Equal(["al", "alice"], Names("*", "", 2));
        Assert.Equal(["bob", "dave"], Names("*", "alice", 2));
        Assert.Equal(["alice", "dave"], Names("*e", "", 9));
        Assert.Equal(["bob"], Names("?o?", "", 9));
        Assert.Empty(Names("[a-z]*", "", 9));
    }

    private IEnumerable<string> Names(string pattern, string after, int most) =>
        chat.Reader.ListAccounts(pattern, after, most).Select(account => account.Name);
}
