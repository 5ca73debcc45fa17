using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>Login, logout, clients, streams and leases.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void One_account_has_one_live_session()
    {
        var alice = chat.Person("alice");

        var second = chat.Apply(Commands.Login(alice.Account, TestChat.Token(99)));

        TestChat.Rejects(Rejection.AlreadyLoggedIn, second);
        Assert.Equal(alice.Session, chat.State.Directory.FindAccount("alice")!.LiveSession);
    }

    [Fact]
    public void Taking_over_ends_the_other_session_everywhere()
    {
        var before = chat.Person("alice");

        var after = chat.Login(before.Account, takeOver: true);

        Assert.Equal([before.Session], chat.Last.EndedSessions);
        Assert.Null(chat.State.Directory.FindSession(before.Session));
        Assert.Equal(after.Session, Assert.Single(chat.State.Directory.LiveSessions).Number);
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.OpenStream(before.Session, 1)));
    }

    [Fact]
    public void A_repeated_login_with_its_token_says_the_same_while_the_session_lives()
    {
        var alice = chat.Account("alice");
        var first = (Outcome.LoggedIn)chat.Apply(Commands.Login(alice, TestChat.Token(5)));
        chat.Apply(Commands.Send(new Person("alice", alice, first.Session, first.Client), 1, alice, "one"));
        chat.Apply(Commands.OpenStream(first.Session, 3));

        var repeat = chat.Apply(Commands.Login(alice, TestChat.Token(5)));

        Assert.Equal(first with { LastCounter = 1, LastStream = 3 }, repeat);
        Assert.Equal(first.Session, chat.State.Directory.FindSession(TestChat.Token(5))!.Number);
    }

    [Fact]
    public void An_ended_token_never_logs_in_again_for_a_day()
    {
        var alice = chat.Account("alice");
        var first = (Outcome.LoggedIn)chat.Apply(Commands.Login(alice, TestChat.Token(5)));
        chat.Apply(Commands.Logout(first.Session, outboxEmpty: true));

        TestChat.Rejects(Rejection.TokenEnded, chat.Apply(Commands.Login(alice, TestChat.Token(5))));
        chat.Pass(TimeSpan.FromDays(1));
        chat.Apply(Commands.Purge(forgetExpired: true));
        Assert.IsType<Outcome.LoggedIn>(chat.Apply(Commands.Login(alice, TestChat.Token(5))));
    }

    [Fact]
    public void A_live_token_of_another_account_is_no_token_to_log_in_with()
    {
        var alice = chat.Account("alice");
        var bob = chat.Account("bob");
        chat.Apply(Commands.Login(alice, TestChat.Token(5)));

        TestChat.Rejects(Rejection.TokenEnded, chat.Apply(Commands.Login(bob, TestChat.Token(5))));
    }

    [Fact]
    public void A_password_that_changed_since_it_was_checked_is_refused_but_a_repeat_is_not()
    {
        var alice = chat.Account("alice");
        var rehash = Commands.Login(alice, TestChat.Token(5));
        rehash.Login.NewPasswordHash = "$argon2id$v=19$m=65536,t=3,p=1$c2FsdA$bmV3";

        var first = chat.Apply(rehash.Clone());
        var repeat = chat.Apply(rehash.Clone());
        var stale = chat.Apply(Commands.Login(alice, TestChat.Token(6), takeOver: true));

        Assert.Equal(first, repeat);
        TestChat.Rejects(Rejection.PasswordChanged, stale);
        Assert.Equal(rehash.Login.NewPasswordHash, chat.State.Directory.FindAccount(alice)!.PasswordHash);
    }

    [Fact]
    public void Of_two_reasons_against_a_login_the_first_in_the_list_is_the_answer()
    {
        var alice = chat.Person("alice");
        var wrong = Commands.Login(alice.Account, TestChat.Token(9));
        wrong.Login.PasswordHash = "another";
        var gone = Commands.Login(99, TestChat.Token(9));
        gone.Login.PasswordHash = "another";

        TestChat.Rejects(Rejection.PasswordChanged, chat.Apply(wrong));
        TestChat.Rejects(Rejection.NotFound, chat.Apply(gone));
    }

    [Fact]
    public void Logging_in_and_out_for_ever_runs_into_no_bound()
    {
        var alice = chat.Account("alice");
        for (var times = 0; times < Limits.ClientsPerAccountMax * 2; times++)
        {
            var person = chat.Login(alice);
            chat.Stored(person, person, "a line");
            chat.Apply(Commands.Logout(person.Session, outboxEmpty: true));
        }

        Assert.IsType<Outcome.LoggedIn>(chat.Apply(Commands.Login(alice, TestChat.Token(-1))));
    }

    [Fact]
    public void Sessions_that_end_without_a_logout_for_ever_run_into_no_bound()
    {
        chat.Apply(Commands.RaiseVersion(StateVersions.ClientRoom));
        var first = chat.Person("alice");
        chat.Stored(first, first, "one");
        var second = chat.Login(first.Account, takeOver: true);
        chat.Stored(second, second, "two");

        for (var times = 2; times < Limits.ClientsPerAccountMax; times++)
        {
            chat.Login(first.Account, takeOver: true);
        }

        // Two have sent: of the others, which never have, the first goes; and so on.
        var last = chat.Login(first.Account, takeOver: true);
        Assert.IsType<Outcome.MessageStored>(Repeat(last, first, "one"));
        foreach (var line in Enumerable.Range(1, Limits.ClientsPerAccountMax))
        {
            chat.Stored(last, last, $"line {line}");
            last = chat.Login(first.Account, takeOver: true);
        }

        TestChat.Rejects(Rejection.ClientForgotten, Repeat(last, first, "one"));
        TestChat.Rejects(Rejection.ClientForgotten, Repeat(last, second, "two"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_session_has_as_many_clients_as_are_remembered_and_none_goes_while_it_lives()
    {
        chat.Apply(Commands.RaiseVersion(StateVersions.ClientRoom));
        var alice = chat.Person("alice");
        for (var times = 1; times < Limits.ClientsPerAccountMax; times++)
        {
            var opened = chat.Apply(Commands.OpenClient(alice.Session, TestChat.RequestId($"client {times}")));
            Assert.IsType<Outcome.ClientOpened>(opened);
        }

        TestChat.Rejects(
            Rejection.TooManyClients,
            chat.Apply(Commands.OpenClient(alice.Session, TestChat.RequestId("one more"))));
        Assert.NotEqual(alice.Session, chat.Login(alice.Account, takeOver: true).Session);
    }

    [Fact]
    public void Before_state_version_3_an_account_forgets_only_clients_whose_memory_ran_out()
    {
        var alice = chat.Account("alice");
        for (var times = 0; times < Limits.ClientsPerAccountMax; times++)
        {
            chat.Apply(Commands.Logout(chat.Login(alice).Session, outboxEmpty: false));
        }

        TestChat.Rejects(Rejection.TooManyClients, chat.Apply(Commands.Login(alice, TestChat.Token(-1))));
        chat.Pass(TimeSpan.FromDays(7));
        Assert.IsType<Outcome.LoggedIn>(chat.Apply(Commands.Login(alice, TestChat.Token(-2))));
    }

    [Fact]
    public void A_client_is_forgotten_at_once_after_an_empty_outbox_and_else_after_seven_days()
    {
        var first = chat.Person("alice");
        chat.Stored(first, first, "one");
        chat.Apply(Commands.Logout(first.Session, outboxEmpty: false));
        var second = chat.Login(first.Account);
        chat.Stored(second, second, "two");
        chat.Apply(Commands.Logout(second.Session, outboxEmpty: true));
        var third = chat.Login(first.Account);

        Assert.IsType<Outcome.MessageStored>(Repeat(third, first, "one"));
        TestChat.Rejects(Rejection.ClientForgotten, Repeat(third, second, "two"));
        chat.Pass(TimeSpan.FromDays(7));
        chat.Apply(Commands.Purge(forgetExpired: true));
        TestChat.Rejects(Rejection.ClientForgotten, Repeat(third, first, "one"));
    }

    [Fact]
    public void A_further_client_is_opened_once_per_request()
    {
        var alice = chat.Person("alice");

        var opened = chat.Apply(Commands.OpenClient(alice.Session, TestChat.RequestId("second window")));
        var repeat = chat.Apply(Commands.OpenClient(alice.Session, TestChat.RequestId("second window")));
        var another = chat.Apply(Commands.OpenClient(alice.Session, TestChat.RequestId("third window")));

        Assert.Equal(opened, repeat);
        Assert.NotEqual(opened, another);
        TestChat.Rejects(
            Rejection.SessionEnded, chat.Apply(Commands.OpenClient(99, TestChat.RequestId("no session"))));
    }

    [Fact]
    public void Only_a_larger_stream_number_opens_a_stream()
    {
        var alice = chat.Person("alice");

        var opened = chat.Apply(Commands.OpenStream(alice.Session, 2));
        Assert.Equal([new OpenedStream(alice.Session, 2)], chat.Last.OpenedStreams);

        Assert.IsType<Outcome.Done>(opened);
        TestChat.Rejects(Rejection.StreamReplaced, chat.Apply(Commands.OpenStream(alice.Session, 2)));
        TestChat.Rejects(Rejection.StreamReplaced, chat.Apply(Commands.OpenStream(alice.Session, 1)));
        Assert.Equal(2, chat.State.Directory.FindSession(alice.Session)!.StreamNumber);
    }

    [Fact]
    public void A_second_copy_of_an_opening_is_no_other_stream_unless_one_was_opened_since()
    {
        var alice = chat.Person("alice");

        chat.Apply(Commands.OpenStream(alice.Session, 1, nonce: 71));
        var copy = chat.Apply(Commands.OpenStream(alice.Session, 1, nonce: 71));
        var other = chat.Apply(Commands.OpenStream(alice.Session, 1, nonce: 72));
        chat.Apply(Commands.OpenStream(alice.Session, 2, nonce: 73));
        var late = chat.Apply(Commands.OpenStream(alice.Session, 1, nonce: 71));

        Assert.IsType<Outcome.Done>(copy);
        TestChat.Rejects(Rejection.StreamReplaced, other);
        TestChat.Rejects(Rejection.StreamReplaced, late);
        Assert.Equal(2, chat.State.Directory.FindSession(alice.Session)!.StreamNumber);
    }

    [Fact]
    public void A_silent_session_expires_unless_it_was_touched_meanwhile()
    {
        var alice = chat.Person("alice");
        var touched = chat.State.Directory.FindSession(alice.Session)!.TouchedAtUs;
        chat.Pass(TimeSpan.FromSeconds(10));
        chat.Apply(Commands.Touch(alice.Session, chat.NowUs));

        chat.Apply(Commands.Expire(alice.Session, touched));
        var survivor = chat.State.Directory.FindSession(alice.Session);
        chat.Apply(Commands.Expire(alice.Session, survivor!.TouchedAtUs));

        Assert.Null(chat.State.Directory.FindSession(alice.Session));
        Assert.Equal([alice.Session], chat.Last.EndedSessions);
    }

    [Fact]
    public void A_touch_moves_forward_only_and_never_into_the_future()
    {
        var alice = chat.Person("alice");
        var before = chat.State.Directory.FindSession(alice.Session)!.TouchedAtUs;

        chat.Apply(Commands.Touch(alice.Session, before - 1));
        Assert.Equal(before, chat.State.Directory.FindSession(alice.Session)!.TouchedAtUs);

        chat.Apply(Commands.Touch(alice.Session, long.MaxValue));
        Assert.Equal(chat.NowUs, chat.State.Directory.FindSession(alice.Session)!.TouchedAtUs);
    }

    private Outcome Repeat(Person now, Person before, string text) =>
        chat.Apply(Commands.Send(now.Session, before.Client, 1, before.Account, text));
}
