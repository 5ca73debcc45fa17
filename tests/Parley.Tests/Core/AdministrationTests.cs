using Google.Protobuf.Reflection;
using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>What administrators do, that nobody else can, and that it is kept.</summary>
public sealed class AdministrationTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public AdministrationTests()
    {
        alice = chat.Person("alice");
        bob = chat.Person("bob");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void A_disabled_account_loses_its_session_and_logs_in_again_only_when_enabled()
    {
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));
        var ended = chat.Last.EndedSessions;

        var login = chat.Apply(Commands.Login(bob.Account, TestChat.Token(50)));
        var wrong = chat.Apply(Commands.Login(bob.Account, TestChat.Token(50), password: TestChat.OtherPassword));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Enable));

        Assert.Equal([bob.Session], ended);
        TestChat.Rejects(Rejection.AccountDisabled, login);
        TestChat.Rejects(Rejection.PasswordChanged, wrong);
        Assert.IsType<Outcome.LoggedIn>(chat.Apply(Commands.Login(bob.Account, TestChat.Token(50))));
    }

    [Fact]
    public void What_is_sent_to_a_disabled_account_waits()
    {
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));

        chat.Stored(alice, bob, "later");
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Enable));

        Assert.Equal(["later"], chat.Undelivered(chat.Login(bob.Account)));
    }

    [Fact]
    public void A_reset_password_ends_the_session_and_the_old_password()
    {
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.ResetPassword));

        TestChat.Rejects(Rejection.SessionEnded, chat.Send(bob, alice, "still here"));
        TestChat.Rejects(Rejection.PasswordChanged, chat.Apply(Commands.Login(bob.Account, TestChat.Token(50))));
        Assert.IsType<Outcome.LoggedIn>(
            chat.Apply(Commands.Login(bob.Account, TestChat.Token(50), password: TestChat.OtherPassword)));
    }

    [Fact]
    public void A_deleted_account_frees_its_name_and_loses_what_was_undelivered_to_it()
    {
        chat.Stored(alice, bob, "lost");

        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Delete));
        var again = chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Delete));
        var newBob = chat.Person("bob");

        TestChat.Rejects(Rejection.NotFound, again);
        Assert.Empty(chat.Undelivered(newBob));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Nobody_changes_the_own_account_so_and_so_an_administrator_remains()
    {
        foreach (var change in Enum.GetValues<AccountChange>().Where(each => each != AccountChange.Unspecified))
        {
            TestChat.Rejects(
                Rejection.OwnAccount, chat.Apply(Commands.ChangeAccount(alice.Session, alice.Account, change)));
        }
    }

    [Fact]
    public void The_last_administrator_that_may_log_in_leaves_last()
    {
        var refused = chat.Apply(Commands.DeleteAccount(alice));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.MakeAdministrator));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));
        var besideADisabledOne = chat.Apply(Commands.DeleteAccount(alice));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Enable));
        var allowed = chat.Apply(Commands.DeleteAccount(alice));

        TestChat.Rejects(Rejection.LastAdministrator, refused);
        TestChat.Rejects(Rejection.LastAdministrator, besideADisabledOne);
        Assert.IsType<Outcome.Done>(allowed);
        Assert.True(chat.State.Directory.FindAccount("bob")!.IsAdministrator);
    }

    [Fact]
    public void A_role_is_taken_back_at_once()
    {
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.MakeAdministrator));
        chat.Apply(Commands.ChangeAccount(bob.Session, alice.Account, AccountChange.MakeMember));

        TestChat.Rejects(
            Rejection.NotAllowed,
            chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.MakeMember)));
    }

    [Fact]
    public void Every_act_that_changes_something_is_kept_the_newest_read_first_a_page_at_a_time()
    {
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));
        chat.Apply(Commands.ChangeAccount(bob.Session, alice.Account, AccountChange.Disable));
        chat.Apply(Commands.CreateInvite(alice.Session, TestChat.Token(9), 3, TimeSpan.FromDays(1)));
        chat.Apply(Commands.ChangeSettings(0, new(), alice.Session));

        var first = chat.Reader.ReadAudit(long.MaxValue, 2);
        var second = chat.Reader.ReadAudit(first[^1].LogIndex, 2);

        Assert.Equal(
            [("alice", AuditAct.SettingsChanged, "", "by hand"), ("alice", AuditAct.InviteCreated, "", "uses=3")],
            first.Select(row => (row.Actor, row.Act, row.Subject, row.Detail)));
        var disabled = Assert.Single(second);
        Assert.Equal((AuditAct.Disabled, "bob"), (disabled.Act, disabled.Subject));
        Assert.InRange(disabled.AtUs, 1, chat.NowUs);
    }

    [Theory]
    [InlineData("Disable", "Disabled")]
    [InlineData("Enable", "Enabled")]
    [InlineData("Delete", "Deleted")]
    [InlineData("ResetPassword", "PasswordReset")]
    [InlineData("EndSession", "SessionEnded")]
    [InlineData("MakeAdministrator", "MadeAdministrator")]
    [InlineData("MakeMember", "MadeMember")]
    public void Each_act_on_an_account_is_kept_once(string asked, string kept)
    {
        var (change, expected) = (Enum.Parse<AccountChange>(asked), Enum.Parse<AuditAct>(kept));

        // What makes it a change: bob is what he is to become the opposite of.
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, change switch
        {
            AccountChange.Enable => AccountChange.Disable,
            AccountChange.MakeMember => AccountChange.MakeAdministrator,
            _ => AccountChange.Enable,
        }));
        var before = chat.Reader.ReadAudit(long.MaxValue, 10).Count;

        chat.Apply(Commands.ChangeAccount(chat.Person("carol").Session, bob.Account, change));
        var outcome = chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, change));

        Assert.IsType<Outcome.Done>(outcome);
        var acts = chat.Reader.ReadAudit(long.MaxValue, 10);
        Assert.Equal(before + 1, acts.Count);
        Assert.Equal(("alice", expected, "bob"), (acts[0].Actor, acts[0].Act, acts[0].Subject));
    }

    [Fact]
    public void Every_act_that_there_is_stands_in_a_test()
    {
        var method = typeof(AdministrationTests).GetMethod(nameof(Each_act_on_an_account_is_kept_once))!;
        var tested = method.GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Select(row => Enum.Parse<AuditAct>((string)((InlineDataAttribute)row).Data[1]!));

        // The others: the test above, and RegistrationTests.
        Assert.Equal(
            Enum.GetValues<AuditAct>().Order(),
            tested.Concat([AuditAct.InviteCreated, AuditAct.InviteRevoked, AuditAct.SettingsChanged, default])
                .Order());
    }

    /// <summary>Generated from the log's own descriptors: a command without a row here fails.</summary>
    [Fact]
    public void No_command_of_a_client_is_done_without_the_session_it_needs()
    {
        var (nobody, ended) = (999L, chat.Person("carol"));
        chat.Apply(Commands.Logout(ended.Session, outboxEmpty: true));
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        var digestOfAccounts = Accounts();
        foreach (var (name, make, needsAdministrator) in Rows())
        {
            TestChat.Rejects(Rejection.SessionEnded, chat.Apply(make(nobody)));
            TestChat.Rejects(Rejection.SessionEnded, chat.Apply(make(ended.Session)));
            if (needsAdministrator)
            {
                TestChat.Rejects(Rejection.NotAllowed, chat.Apply(make(bob.Session)));
            }

            Assert.True(digestOfAccounts == Accounts(), name);
        }

        var fields = LoggedCommand.Descriptor.Oneofs.Single(each => each.Name == "command").Fields;
        Assert.Equal(
            fields.Select(Name).Except(WithoutSession).Order(StringComparer.Ordinal),
            Rows().Select(row => row.Name).Order(StringComparer.Ordinal));
    }

    /// <summary>Open calls, what a hook stands for, and what nodes propose by themselves; no client's bytes get in
    /// there.</summary>
    private static readonly string[] WithoutSession =
    [
        "create_account", "login", "expire_sessions", "touch_sessions", "purge", "raise_version",
        "record_login_failures", "post_to_hook",
    ];

    private static string Name(FieldDescriptor field) => field.Name;

    private (string Name, Func<long, LoggedCommand> Make, bool NeedsAdministrator)[] Rows() =>
    [
        ("delete_account", session => Commands.DeleteAccount(bob with { Session = session }), false),
        ("logout", session => Commands.Logout(session, outboxEmpty: true), false),
        ("open_client", session => Commands.OpenClient(session, TestChat.RequestId("x")), false),
        ("send_message", session => Commands.Send(session, bob.Client, 1, alice.Account, "hello"), false),
        ("acknowledge_messages", session => Commands.Acknowledge(session, (1, 1)), false),
        ("open_stream", session => Commands.OpenStream(session, 1), false),
        ("change_password", session =>
            Commands.ChangePassword(session, TestChat.Password, TestChat.OtherPassword), false),
        ("create_token", session => Commands.CreateToken(session, TestChat.Token(8)), false),
        ("revoke_token", session => Commands.RevokeToken(session, 1), false),
        ("change_settings", session => Commands.ChangeSettings(0, new(), session), true),
        ("create_invite", session =>
            Commands.CreateInvite(session, TestChat.Token(9), 1, TimeSpan.FromDays(1)), true),
        ("revoke_invite", session => Commands.RevokeInvite(session, 1), true),
        ("create_room", session => Commands.CreateRoom(session, TestChat.RequestId("x"), "ops"), false),
        ("change_room", session => Commands.ChangeRoom(session, TestChat.RequestId("x"), 1, topic: "x"), false),
        ("change_room_member", session =>
            Commands.ChangeRoomMember(session, TestChat.RequestId("x"), 1, RoomMemberChange.Join), false),
        ("mark_read", session => Commands.MarkRead(session, quiet: false, (1, 1)), false),
        ("change_message", session => Commands.Delete(session, TestChat.RequestId("x"), 1, 1), false),
        ("change_account", session => Commands.ChangeAccount(session, bob.Account, AccountChange.Delete), true),
    ];

    private string Accounts() => string.Join(
        ' ', chat.Reader.ListAccounts("*", "", 9).Select(each => $"{each.Name} {each.Role} {each.LiveSession}"));
}
