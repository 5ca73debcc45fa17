using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Wrong passwords, known addresses, the own password, device tokens: what the state decides.</summary>
[Trait("Promise", "8")]
public sealed class CredentialTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;

    public CredentialTests()
    {
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        alice = chat.Person("alice");
    }

    private CredentialDirectory Credentials => chat.State.Directory.Credentials;

    public void Dispose() => chat.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 0)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(9, 16)]
    [InlineData(10, 30)]
    [InlineData(1_000, 30)]
    public void After_five_wrong_passwords_the_wait_grows_to_thirty_seconds(int failures, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), LoginFailureFacts.DelayAfter(failures));
    }

    [Fact]
    public void Wrong_passwords_add_up_until_a_login_or_an_hour_without_one()
    {
        chat.Apply(Commands.RecordFailures("alice", 3));
        chat.Apply(Commands.RecordFailures("alice", 4));
        chat.Apply(Commands.RecordFailures("nobody", 2));
        Assert.Equal(7, FailuresOf("alice"));
        Assert.Equal(2, FailuresOf("nobody"));

        chat.Apply(Commands.Login(alice.Account, TestChat.Token(60), takeOver: true));
        Assert.Equal(0, FailuresOf("alice"));

        chat.Pass(Limits.LoginFailureMemory);
        chat.Apply(Commands.RecordFailures("alice", 1));
        Assert.Equal(1, FailuresOf("alice"));
        Assert.Equal(0, FailuresOf("nobody"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_flood_of_names_forgets_those_with_the_fewest_wrong_passwords_first()
    {
        chat.Apply(Commands.RecordFailures("once", 1));
        chat.Apply(Commands.RecordFailures("nobody", 9));
        Flood(chat, "name");

        Assert.Equal(9, FailuresOf("nobody"));
        Assert.Equal(0, FailuresOf("once"));
        Assert.Equal(Limits.LoginFailureNamesMax, Count("login_failures"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_flood_of_names_does_not_push_out_the_wrong_passwords_of_an_account()
    {
        Flood(chat, "name");
        for (var attempt = 0; attempt < Limits.LoginFailuresFree; attempt++)
        {
            chat.Apply(Commands.RecordFailures("alice", 1));
            chat.Apply(Commands.RecordFailures($"new{attempt}", 2));
        }

        Assert.Equal(Limits.LoginFailuresFree, FailuresOf("alice"));
        chat.Apply(Commands.DeleteAccount(alice));
        chat.Apply(Commands.RecordFailures("yet another", 3));
        Assert.Equal(3, FailuresOf("yet another"));
        Assert.Equal(Limits.LoginFailureNamesMax, Count("login_failures"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void An_address_that_is_used_is_not_the_first_to_be_forgotten()
    {
        for (var number = 0; number < Limits.AddressesPerAccountMax; number++)
        {
            chat.Apply(Commands.LoginFrom(alice.Account, TestChat.Token(60 + number), Commands.Address(number)));
        }

        chat.Pass(Limits.AddressRefresh);
        chat.Apply(Commands.LoginFrom(alice.Account, TestChat.Token(90), Commands.Address(0)));
        chat.Apply(Commands.LoginFrom(alice.Account, TestChat.Token(91), Commands.Address(99)));

        Assert.True(Knows(0));
        Assert.False(Knows(1));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void An_account_knows_the_sixteen_addresses_it_logged_in_from_last()
    {
        for (var number = 0; number <= Limits.AddressesPerAccountMax; number++)
        {
            chat.Apply(Commands.LoginFrom(alice.Account, TestChat.Token(60 + number), Commands.Address(number)));
        }

        Assert.False(Knows(0));
        Assert.True(Knows(1));
        Assert.True(Knows(Limits.AddressesPerAccountMax));
        chat.Apply(Commands.DeleteAccount(alice with { Session = SessionOf(alice) }));
        Assert.False(Knows(1));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void The_own_password_is_changed_from_the_current_one_and_revokes_device_tokens()
    {
        chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(70)));

        var changed = chat.Apply(
            Commands.ChangePassword(alice.Session, TestChat.Password, TestChat.OtherPassword));
        var made = chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(71), TestChat.OtherPassword));
        var copy = chat.Apply(
            Commands.ChangePassword(alice.Session, TestChat.Password, TestChat.OtherPassword));
        var stale = chat.Apply(Commands.ChangePassword(alice.Session, TestChat.Password, "another"));

        Assert.IsType<Outcome.Done>(changed);
        Assert.IsType<Outcome.Done>(copy);
        TestChat.Rejects(Rejection.PasswordChanged, stale);
        var left = Assert.Single(Credentials.ListTokens(alice.Account));
        Assert.Equal(Assert.IsType<Outcome.TokenCreated>(made).Token, left.Number);
        Assert.NotNull(chat.State.Directory.FindSession(alice.Session));
    }

    [Fact]
    public void A_device_token_opens_the_accounts_one_session_and_its_end_ends_that()
    {
        var token = MakeToken(70);

        var refused = chat.Apply(Commands.LoginWithToken(alice.Account, TestChat.Token(80), TestChat.Token(70)));
        var login = chat.Apply(
            Commands.LoginWithToken(alice.Account, TestChat.Token(80), TestChat.Token(70), takeOver: true));
        var ended = chat.Last.EndedSessions;
        var bot = alice with { Session = Assert.IsType<Outcome.LoggedIn>(login).Session };
        chat.Apply(Commands.RevokeToken(bot.Session, token));

        TestChat.Rejects(Rejection.AlreadyLoggedIn, refused);
        Assert.Equal([alice.Session], ended);
        Assert.Equal([bot.Session], chat.Last.EndedSessions);
        TestChat.Rejects(
            Rejection.TokenRevoked,
            chat.Apply(Commands.LoginWithToken(alice.Account, TestChat.Token(81), TestChat.Token(70))));
        TestChat.Rejects(Rejection.SessionEnded, chat.Apply(Commands.RevokeToken(bot.Session, token)));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_session_of_a_password_outlives_the_device_token_it_revokes()
    {
        var token = MakeToken(70);
        chat.Apply(Commands.LoginWithToken(alice.Account, TestChat.Token(80), TestChat.Token(70), takeOver: true));
        var again = chat.Login(alice.Account, takeOver: true);

        var revoked = chat.Apply(Commands.RevokeToken(again.Session, token));

        Assert.IsType<Outcome.Done>(revoked);
        Assert.NotNull(chat.State.Directory.FindSession(again.Session));
    }

    [Fact]
    public void A_device_token_is_its_accounts_alone_and_needs_the_password_to_be_made()
    {
        var bob = chat.Person("bob");
        var token = MakeToken(70);

        TestChat.Rejects(Rejection.NotFound, chat.Apply(Commands.RevokeToken(bob.Session, token)));
        TestChat.Rejects(
            Rejection.TokenRevoked,
            chat.Apply(Commands.LoginWithToken(bob.Account, TestChat.Token(80), TestChat.Token(70), takeOver: true)));
        TestChat.Rejects(
            Rejection.RequestIdReused, chat.Apply(Commands.CreateToken(bob.Session, TestChat.Token(70))));
        TestChat.Rejects(
            Rejection.PasswordChanged,
            chat.Apply(Commands.CreateToken(bob.Session, TestChat.Token(71), TestChat.OtherPassword)));
        Assert.Equal(
            new Outcome.TokenCreated(token), chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(70))));
    }

    [Fact]
    public void An_account_has_at_most_thirty_two_device_tokens_and_a_reset_password_ends_them()
    {
        var bob = chat.Person("bob");
        for (var number = 0; number < Limits.TokensPerAccountMax; number++)
        {
            chat.Apply(Commands.CreateToken(bob.Session, TestChat.Token(100 + number)));
        }

        var refused = chat.Apply(Commands.CreateToken(bob.Session, TestChat.Token(99)));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.ResetPassword));

        TestChat.Rejects(Rejection.TooManyTokens, refused);
        Assert.Empty(Credentials.ListTokens(bob.Account));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_revoked_device_token_does_not_come_back_for_a_day()
    {
        chat.Pass(Limits.RequestMemory);
        chat.Apply(Commands.Purge(forgetExpired: true));
        var token = MakeToken(70);
        MakeToken(71);
        chat.Apply(Commands.RevokeToken(alice.Session, token));

        TestChat.Rejects(
            Rejection.RequestIdReused, chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(70))));
        Assert.Null(Credentials.FindToken(TestChat.Token(70)));

        // Also one that went with the password.
        chat.Apply(Commands.ChangePassword(alice.Session, TestChat.Password, TestChat.OtherPassword));
        TestChat.Rejects(
            Rejection.RequestIdReused,
            chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(71), TestChat.OtherPassword)));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);

        Assert.Null(chat.Reader.FindPurge(chat.NowUs, Limits.PurgeRowsMax));
        chat.Pass(Limits.RequestMemory);
        Assert.True(chat.Reader.FindPurge(chat.NowUs, Limits.PurgeRowsMax) is { ForgetExpired: true });
        chat.Apply(Commands.Purge(forgetExpired: true));
        Assert.IsType<Outcome.TokenCreated>(
            chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(70), TestChat.OtherPassword)));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void An_account_revokes_at_most_a_thousand_device_tokens_a_day()
    {
        for (var number = 0; number < Limits.RevokedTokensPerAccountMax; number++)
        {
            chat.Apply(Commands.RevokeToken(alice.Session, MakeToken(1_000 + number)));
        }

        TestChat.Rejects(
            Rejection.TooManyTokens, chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(70))));
        chat.Pass(Limits.RequestMemory);
        MakeToken(70);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Wrong_passwords_of_accounts_alone_are_counted_beyond_the_bound()
    {
        chat.Apply(Commands.RecordFailures("bob", 1));

        // What was counted before there was such an account is its own from now on.
        chat.Account("bob");
        Flood(chat, "name");
        chat.Apply(Commands.RecordFailures("one too many", 2));
        using var restored = ChatState.OpenInMemory(chat.State.CopyBytes());
        var next = Commands.RecordFailures("one more", 2);
        chat.Apply(next);
        restored.Apply([chat.Log[^1]]);

        Assert.Equal(1, FailuresOf("bob"));
        Assert.Equal(Limits.LoginFailureNamesMax + 1, Count("login_failures"));
        Assert.Equal(chat.State.Digest, restored.Digest);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Before_the_version_is_raised_everything_is_decided_as_older_programs_do()
    {
        using var old = new TestChat();
        var bob = old.Person("bob");
        old.Apply(Commands.RaiseVersion(StateVersions.Rooms));
        var first = Assert.IsType<Outcome.TokenCreated>(
            old.Apply(Commands.CreateToken(bob.Session, TestChat.Token(70)))).Token;
        old.Apply(Commands.RevokeToken(bob.Session, first));
        var again = old.Apply(Commands.CreateToken(bob.Session, TestChat.Token(70)));
        old.Apply(Commands.RecordFailures("bob", 1));
        Flood(old, "name");
        var second = Assert.IsType<Outcome.TokenCreated>(again).Token;
        Assert.Equal(0, old.State.Directory.Credentials.FindFailures(LoginFailureFacts.HashOf("bob")).Count);
        Assert.Equal(0, Count("revoked_tokens", old));

        old.Apply(Commands.RecordFailures("bob", 3));
        old.Apply(Commands.RaiseVersion(StateVersions.Revocations));
        old.Apply(Commands.RevokeToken(bob.Session, second));
        old.Apply(Commands.RecordFailures("new", 3));
        Assert.Equal(3, old.State.Directory.Credentials.FindFailures(LoginFailureFacts.HashOf("bob")).Count);
        Assert.Equal(1, Count("revoked_tokens", old));
        Assert.Equal(old.State.ScanDigest(), old.State.Digest);
    }

    /// <summary>Two wrong passwords for as many names as are counted.</summary>
    private static void Flood(TestChat chat, string name)
    {
        var all = Enumerable.Range(0, Limits.LoginFailureNamesMax);
        foreach (var numbers in all.Chunk(Limits.LoginFailuresPerCommandMax))
        {
            var command = new RecordLoginFailures();
            command.Failures.Add(numbers.Select(
                number => new LoginFailures { NameHash = Commands.NameHash($"{name}{number}"), Count = 2 }));
            chat.Apply(new LoggedCommand { RecordLoginFailures = command });
        }
    }

    private long Count(string table, TestChat? of = null)
    {
        using var copy = Database.OpenInMemory();
        copy.LoadBytes((of ?? chat).State.CopyBytes());
        return copy.ReadInt64($"SELECT COUNT(*) FROM {table}");
    }

    private long MakeToken(int number) => Assert.IsType<Outcome.TokenCreated>(
        chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(number)))).Token;

    private int FailuresOf(string name) => Credentials.FindFailures(LoginFailureFacts.HashOf(name)).Count;

    private bool Knows(int address) =>
        Credentials.IsKnown(alice.Account, Bytes16.From(Commands.Address(address).Span));

    private long SessionOf(Person person) => chat.State.Directory.FindAccount(person.Account)!.LiveSession;
}
