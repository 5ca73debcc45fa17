using Parley.Core;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Tests.Core;

/// <summary>Who may create an account, and who becomes administrator.</summary>
public sealed class RegistrationTests : IDisposable
{
    private static readonly byte[] Code = TestChat.Token(1_000);

    private readonly TestChat chat = new();

    public void Dispose() => chat.Dispose();

    [Fact]
    public void The_first_account_is_administrator_and_the_next_is_member()
    {
        chat.Account("alice");
        chat.Account("bob");

        Assert.True(Find("alice").IsAdministrator);
        Assert.False(Find("bob").IsAdministrator);
    }

    [Fact]
    public void Where_no_account_lives_the_next_is_administrator_and_needs_no_invitation()
    {
        var alice = chat.Person("alice");
        chat.Apply(Commands.ChangeSettings(0, new Settings { Registration = Registration.Closed }, alice.Session));
        chat.Apply(Commands.DeleteAccount(alice));

        chat.Account("bob");

        Assert.True(Find("bob").IsAdministrator);
    }

    [Fact]
    public void Closed_lets_nobody_in_and_does_not_tell_which_names_there_are()
    {
        var alice = chat.Person("alice");
        Set(Registration.Closed, alice);

        TestChat.Rejects(Rejection.RegistrationClosed, Create("bob", null));
        TestChat.Rejects(Rejection.RegistrationClosed, Create("alice", null));
        TestChat.Rejects(Rejection.RegistrationClosed, Create("bob", Code));
    }

    [Fact]
    public void An_invitation_is_used_up_exactly_once_for_each_account()
    {
        var alice = chat.Person("alice");
        Set(Registration.Invitation, alice);
        TestChat.Rejects(Rejection.InviteInvalid, Create("bob", null));
        TestChat.Rejects(Rejection.InviteInvalid, Create("bob", Code));
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 2, TimeSpan.FromDays(7)));
        var request = TestChat.RequestId("bob's");

        var bob = chat.Apply(Commands.CreateAccount("bob", request, Code));
        var again = chat.Apply(Commands.CreateAccount("bob", request, Code));
        var taken = Create("bob", Code);
        var carol = Create("carol", Code);
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 2, TimeSpan.FromDays(7)));
        var dave = Create("dave", Code);

        Assert.IsType<Outcome.AccountCreated>(bob);
        Assert.Equal(bob, again);
        TestChat.Rejects(Rejection.NameTaken, taken);
        Assert.IsType<Outcome.AccountCreated>(carol);
        TestChat.Rejects(Rejection.InviteInvalid, dave);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_refused_creation_stays_refused_when_it_comes_late_again()
    {
        var alice = chat.Person("alice");
        Set(Registration.Invitation, alice);
        var request = TestChat.RequestId("bob's");
        chat.Apply(Commands.CreateAccount("bob", request, Code));
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 1, TimeSpan.FromDays(7)));

        TestChat.Rejects(Rejection.InviteInvalid, chat.Apply(Commands.CreateAccount("bob", request, Code)));
        Assert.IsType<Outcome.AccountCreated>(Create("bob", Code));
    }

    [Fact]
    public void An_invitation_expires_by_log_time_and_is_forgotten()
    {
        var alice = chat.Person("alice");
        Set(Registration.Invitation, alice);
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 1, TimeSpan.FromHours(1)));
        chat.Pass(TimeSpan.FromHours(1));

        TestChat.Rejects(Rejection.InviteInvalid, Create("bob", Code));
        chat.Pass(TimeSpan.FromDays(1));
        chat.Apply(Commands.Purge(forgetExpired: true));
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 1, TimeSpan.FromHours(1)));

        Assert.IsType<Outcome.AccountCreated>(Create("bob", Code));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_revoked_invitation_lets_nobody_in_and_no_late_copy_brings_it_back()
    {
        var alice = chat.Person("alice");
        Set(Registration.Invitation, alice);
        chat.Apply(Commands.RaiseVersion(StateVersions.RevokedInvites));
        var invite = Invite(alice, Code, uses: 3);
        var other = Invite(alice, TestChat.Token(1_001), uses: 1);
        Create("bob", Code);
        var bob = chat.Login(chat.State.Directory.FindAccount("bob")!.Number);

        TestChat.Rejects(Rejection.NotAllowed, chat.Apply(Commands.RevokeInvite(bob.Session, invite)));
        TestChat.Rejects(Rejection.NotFound, chat.Apply(Commands.RevokeInvite(alice.Session, invite + 999)));
        TestChat.Rejects(Rejection.NotFound, chat.Apply(Commands.RevokeInvite(alice.Session, -1)));
        var before = List();
        Assert.IsType<Outcome.Done>(chat.Apply(Commands.RevokeInvite(alice.Session, invite)));
        Assert.IsType<Outcome.Done>(chat.Apply(Commands.RevokeInvite(alice.Session, invite)));
        Assert.IsType<Outcome.Done>(chat.Apply(
            Commands.CreateInvite(alice.Session, Code, 3, TimeSpan.FromDays(7))));

        TestChat.Rejects(Rejection.InviteInvalid, Create("carol", Code));
        Assert.Equal([(invite, 2), (other, 1)], before);
        Assert.Equal([(other, 1)], List());
        var kept = Assert.Single(
            chat.Reader.ReadAudit(long.MaxValue, 10), act => act.Act == AuditAct.InviteRevoked);
        Assert.Equal(("alice", "", $"invite={invite}"), (kept.Actor, kept.Subject, kept.Detail));
        Assert.IsType<Outcome.AccountCreated>(Create("carol", TestChat.Token(1_001)));
        Assert.Empty(List());
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void What_no_longer_lets_anybody_in_is_not_listed_and_not_revoked()
    {
        var alice = chat.Person("alice");
        chat.Apply(Commands.RaiseVersion(StateVersions.RevokedInvites));
        var invite = Invite(alice, Code, uses: 1);

        chat.Pass(TimeSpan.FromDays(7));
        var expired = chat.Apply(Commands.RevokeInvite(alice.Session, invite));
        var listed = List();
        chat.Pass(TimeSpan.FromDays(1));
        var forgotten = chat.Apply(Commands.RevokeInvite(alice.Session, invite));

        Assert.IsType<Outcome.Done>(expired);
        Assert.Empty(listed);
        TestChat.Rejects(Rejection.NotFound, forgotten);
        Assert.DoesNotContain(
            AuditAct.InviteRevoked, chat.Reader.ReadAudit(long.MaxValue, 10).Select(act => act.Act));
    }

    [Fact]
    public void Open_invitations_are_bounded()
    {
        var alice = chat.Person("alice");
        for (var number = 0; number < Limits.InvitesMax; number++)
        {
            Assert.IsType<Outcome.Done>(chat.Apply(Commands.CreateInvite(
                alice.Session, TestChat.Token(number), 1, TimeSpan.FromHours(number == 0 ? 1 : 999))));
        }

        TestChat.Rejects(Rejection.TooManyInvites, chat.Apply(Commands.CreateInvite(
            alice.Session, TestChat.Token(-1), 1, TimeSpan.FromDays(1))));
        Assert.IsType<Outcome.Done>(chat.Apply(Commands.CreateInvite(
            alice.Session, TestChat.Token(5), 1, TimeSpan.FromDays(1))));
        chat.Pass(TimeSpan.FromHours(25));
        Assert.IsType<Outcome.Done>(chat.Apply(Commands.CreateInvite(
            alice.Session, TestChat.Token(-1), 1, TimeSpan.FromDays(1))));
    }

    [Fact]
    public void Invitations_survive_a_restart()
    {
        var alice = chat.Person("alice");
        Set(Registration.Invitation, alice);
        chat.Apply(Commands.CreateInvite(alice.Session, Code, 1, TimeSpan.FromDays(7)));

        using var restored = new TestChat(ChatState.OpenInMemory(chat.State.CopyBytes()));
        restored.Pass(TimeSpan.FromHours(1));

        Assert.IsType<Outcome.AccountCreated>(
            restored.Apply(Commands.CreateAccount("bob", TestChat.RequestId("bob's"), Code)));
        TestChat.Rejects(
            Rejection.InviteInvalid,
            restored.Apply(Commands.CreateAccount("carol", TestChat.RequestId("carol's"), Code)));
    }

    /// <summary>Good for seven days; its number.</summary>
    private long Invite(Person administrator, byte[] code, int uses)
    {
        chat.Apply(Commands.CreateInvite(administrator.Session, code, uses, TimeSpan.FromDays(7)));
        return chat.State.AppliedIndex;
    }

    /// <summary>Number and uses left, a page of one at a time.</summary>
    private List<(long Number, int UsesLeft)> List()
    {
        var all = new List<(long Number, int UsesLeft)>();
        while (chat.Reader.ListInvites(all.Count == 0 ? 0 : all[^1].Number, chat.NowUs, 1) is [var next])
        {
            all.Add((next.Number, next.UsesLeft));
        }

        return all;
    }

    private AccountFacts Find(string name) => chat.State.Directory.FindAccount(name)!;

    private void Set(Registration registration, Person administrator) => chat.Apply(Commands.ChangeSettings(
        chat.State.Directory.SettingsRevision, new Settings { Registration = registration }, administrator.Session));

    private Outcome Create(string name, byte[]? code) =>
        chat.Apply(Commands.CreateAccount(name, TestChat.RequestId($"{name} at {chat.NowUs}"), code));
}
