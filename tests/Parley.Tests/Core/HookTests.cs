using Parley.Core;
using Parley.Core.Commands;
using Parley.Core.Facts;
using Parley.Core.Log.V1;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>Hooks: one message a key, as whom and to where the hook was made for.</summary>
[Trait("Promise", "2")]
public sealed class HookTests : IDisposable
{
    private readonly TestChat chat = new();
    private readonly Person alice;
    private readonly Person bob;

    public HookTests()
    {
        chat.Apply(Commands.RaiseVersion(StateVersions.Newest));
        alice = chat.Person("alice");
        bob = chat.Person("bob");
    }

    public void Dispose() => chat.Dispose();

    [Fact]
    public void A_key_is_stored_once_also_when_the_session_that_made_the_hook_has_ended()
    {
        var hook = Make();
        chat.Apply(Commands.Logout(alice.Session, outboxEmpty: true));

        var first = Post(hook, "one", "disk full");
        var repeat = Post(hook, "one", "disk full");
        var second = Post(hook, "two", "disk full");

        Assert.Equal((1, first), (Assert.IsType<Outcome.MessageStored>(first).Sequence, repeat));
        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(second).Sequence);
        Assert.Equal(["disk full", "disk full"], chat.Undelivered(bob));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void Another_text_under_a_key_is_refused_and_keys_of_two_hooks_are_two()
    {
        var (one, other) = (Make(token: 1), Make(token: 2));
        Post(one, "key", "disk full");

        TestChat.Rejects(Rejection.MessageIdReused, Post(one, "key", "disk empty"));
        Assert.IsType<Outcome.MessageStored>(Post(other, "key", "disk empty"));
    }

    [Fact]
    public void A_key_is_remembered_for_seven_days_and_longer_than_its_message()
    {
        chat.Apply(Commands.ChangeSettings(0, new Settings { Retention = RetentionKind.Delivered }));
        var hook = Make();
        var first = Assert.IsType<Outcome.MessageStored>(Post(hook, "key", "disk full"));
        chat.Acknowledge(bob, first.Conversation, 1);
        chat.Apply(Commands.Purge(forgetExpired: true, (first.Conversation, 1)));
        Assert.Empty(chat.Texts(bob, "alice"));

        chat.Pass(Limits.ClientMemory - TimeSpan.FromMinutes(1));
        chat.Apply(Commands.Purge(forgetExpired: true));
        Assert.Equal(first, Post(hook, "key", "disk full"));

        chat.Pass(TimeSpan.FromMinutes(1));
        chat.Apply(Commands.Purge(forgetExpired: true));
        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(Post(hook, "key", "disk full")).Sequence);
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_refusal_is_not_remembered()
    {
        chat.Apply(Commands.ChangeSettings(0, new Settings { UndeliveredMessagesMax = 1 }));
        var hook = Make();
        var first = Assert.IsType<Outcome.MessageStored>(Post(hook, "one", "disk full"));

        TestChat.Rejects(Rejection.InboxFull, Post(hook, "two", "disk full"));
        chat.Acknowledge(bob, first.Conversation, 1);

        Assert.Equal(2, Assert.IsType<Outcome.MessageStored>(Post(hook, "two", "disk full")).Sequence);
    }

    [Fact]
    public void A_hook_to_a_room_says_what_its_owner_may_say()
    {
        var room = Assert.IsType<Outcome.ConversationChanged>(
            chat.Apply(Commands.CreateRoom(bob.Session, TestChat.RequestId("room"), "ops"))).Conversation;
        var make = Commands.CreateHook(alice.Session, TestChat.Token(70), TestChat.Password, recipient: 0, room);
        TestChat.Rejects(Rejection.NotMember, chat.Apply(make));
        chat.Join(room, alice);
        var hook = Assert.IsType<Outcome.TokenCreated>(chat.Apply(make)).Token;

        Assert.IsType<Outcome.MessageStored>(Post(hook, "one", "disk full"));
        chat.InRoom(bob, room, RoomMemberChange.Mute, alice);
        TestChat.Rejects(Rejection.Muted, Post(hook, "two", "disk full"));
        chat.InRoom(alice, room, RoomMemberChange.Leave);
        TestChat.Rejects(Rejection.NotMember, Post(hook, "two", "disk full"));
        Assert.IsType<Outcome.MessageStored>(Post(hook, "one", "disk full"));
    }

    [Fact]
    public void What_ends_a_device_token_ends_a_hook()
    {
        var (revoked, outlived) = (Make(token: 1), Make(token: 2));
        chat.Apply(Commands.RevokeToken(alice.Session, revoked));
        TestChat.Rejects(Rejection.HookEnded, Post(revoked, "key", "disk full"));
        TestChat.Rejects(Rejection.RequestIdReused, chat.Apply(MakeCommand(token: 1)));

        chat.Apply(Commands.ChangePassword(alice.Session, TestChat.Password, "another horse"));
        TestChat.Rejects(Rejection.HookEnded, Post(outlived, "key", "disk full"));
        Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
    }

    [Fact]
    public void A_disabled_account_s_hook_is_none_until_it_is_enabled()
    {
        var hook = Assert.IsType<Outcome.TokenCreated>(chat.Apply(
            Commands.CreateHook(bob.Session, TestChat.Token(3), TestChat.Password, alice.Account, room: 0))).Token;
        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Disable));
        TestChat.Rejects(Rejection.HookEnded, Post(hook, "key", "disk full"));

        chat.Apply(Commands.ChangeAccount(alice.Session, bob.Account, AccountChange.Enable));
        Assert.IsType<Outcome.MessageStored>(Post(hook, "key", "disk full"));
    }

    [Fact]
    public void A_hook_logs_nobody_in_and_a_device_token_is_no_hook()
    {
        Make(token: 5);
        var login = Commands.LoginWithToken(alice.Account, TestChat.Token(6), TestChat.Token(5), takeOver: true);
        TestChat.Rejects(Rejection.TokenRevoked, chat.Apply(login));

        var token = Assert.IsType<Outcome.TokenCreated>(
            chat.Apply(Commands.CreateToken(alice.Session, TestChat.Token(7)))).Token;
        TestChat.Rejects(Rejection.HookEnded, Post(token, "key", "disk full"));
    }

    [Fact]
    public void Who_is_not_there_gets_no_hook_and_the_password_is_asked_for()
    {
        TestChat.Rejects(
            Rejection.NotFound,
            chat.Apply(Commands.CreateHook(alice.Session, TestChat.Token(8), "wrong", recipient: 99, room: 0)));
        TestChat.Rejects(
            Rejection.PasswordChanged,
            chat.Apply(Commands.CreateHook(alice.Session, TestChat.Token(8), "wrong", bob.Account, room: 0)));
    }

    [Fact]
    public void A_state_file_keeps_hooks_and_their_keys()
    {
        var hook = Make();
        var first = Post(hook, "key", "disk full");

        using var after = new TestChat(ChatState.OpenInMemory(chat.State.CopyBytes()));

        after.Pass(TimeSpan.FromDays(1));
        Assert.Equal(first, after.Apply(Commands.Post(hook, "key", "disk full")));
    }

    [Fact]
    public void Beyond_as_many_keys_as_are_remembered_nothing_is_taken_until_one_is_outlived()
    {
        const long Hook = 7;
        using var database = Database.OpenInMemory();
        Schema.Create(database);
        var facts = new SqliteChatFacts(database);
        facts.Begin();
        var owner = facts.AddAccount("alice", "hash", AccountRole.Member, nowUs: 1);
        facts.AddDeviceToken(new DeviceTokenFacts(Hook, owner.Number, TokenHash.From(TestChat.Token(1)), "alerts", 1)
        {
            Hook = new MessageTarget(owner.Number, Room: 0),
        });
        for (var key = 1; key <= Limits.HookKeysMax; key++)
        {
            facts.AddHookKey(Hook, (UInt128)key, nowUs: key);
        }

        facts.Commit();
        facts.Begin();
        var post = Commands.Post(Hook, "new", "disk full").PostToHook;
        TestChat.Rejects(Rejection.TooManyKeys, PostToHookRule.Decide(post, new EntryStamp(2, 2), facts));
        facts.ForgetExpired(requestsUntilUs: 0, clientsUntilUs: 1, Limits.PurgeRowsMax);

        Assert.IsType<Outcome.MessageStored>(PostToHookRule.Decide(post, new EntryStamp(3, 3), facts));
        facts.Commit();
        Assert.Equal(StoredDigest.Scan(database), facts.Digest);
    }

    private long Make(int token = 1) => Assert.IsType<Outcome.TokenCreated>(chat.Apply(MakeCommand(token))).Token;

    private LoggedCommand MakeCommand(int token) =>
        Commands.CreateHook(alice.Session, TestChat.Token(token), TestChat.Password, bob.Account, room: 0);

    private Outcome Post(long hook, string key, string text) => chat.Apply(Commands.Post(hook, key, text));
}
