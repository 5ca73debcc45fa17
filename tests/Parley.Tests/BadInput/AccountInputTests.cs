using Parley.Protocol.Chat.V1;

namespace Parley.Tests.BadInput;

/// <summary>Accounts and sessions: what cannot be a name, a password, a token, a lease, an invitation.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class AccountInputTests(BadInputStage stage)
{
    private const string BadName = "INVALID_ARGUMENT NAME_INVALID";
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadRequestId = $"{BadArgument}: request_id: 16 bytes are expected";
    private const string BadToken = $"{BadArgument}: token: 32 bytes are expected";
    private const string BadLease = $"{BadArgument}: lease_ms: 0, or 1000 to 2592000000 is expected";
    private const string WrongCredentials = "UNAUTHENTICATED WRONG_CREDENTIALS";

    private static readonly string Right = BadInputStage.RightPassword;

    [Fact]
    public Task Names() => stage.RunAsync(
    [
        .. BadNames.All.Select(bad => Row.Anyone(
            $"a name {bad.What}", caller => caller.CreateAsync(bad.Name, Right), BadName)),
        Row.Anyone(
            "login with a name of SQL", caller => caller.LoginAsync("' OR 1=1;--", Right), BadName),
        Row.Session(
            "send to a name of SQL", caller => caller.SendAsync(send => send.Recipient = "'; DROP"), BadName),
        Row.Session(
            "history with a name that climbs", caller => caller.ListMessagesAsync(new() { With = "../bob" }), BadName),
    ]);

    [Fact]
    public Task Passwords() => stage.RunAsync(
    [
        Password("empty", "", "PASSWORD_TOO_SHORT"),
        Password("of 7 characters", "1234567", "PASSWORD_TOO_SHORT"),
        Password("of 7 letters in 14 characters (NFD)", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301",
            "PASSWORD_TOO_SHORT"),
        Password("of 257 bytes", new string('p', 257), "PASSWORD_TOO_LONG"),
        Password("of 129 two-byte letters", new string('\u00e9', 129), "PASSWORD_TOO_LONG"),
        Password("of 60,000 bytes", new string('p', 60_000), "PASSWORD_TOO_LONG"),
        Password("with what is no character", "\uFFFEcorrect horse",
            "ARGUMENT_INVALID: password: characters are expected, and U+FFFE is none"),
        Row.Anyone(
            "a password of 1 MB",
            caller => caller.CreateAsync("dave", new string('p', 1_000_000)),
            "RESOURCE_EXHAUSTED: Received message exceeds the maximum configured message size."),
        Row.Anyone(
            "login with a password of 257 bytes",
            caller => caller.LoginAsync("bob", new string('p', 257)),
            "INVALID_ARGUMENT PASSWORD_TOO_LONG"),
        Row.Session(
            "deletion of oneself without a password",
            async caller => await caller.Node.Accounts.DeleteAccountAsync(new(), caller.Options),
            "INVALID_ARGUMENT PASSWORD_TOO_SHORT"),
    ]);

    [Fact]
    public Task Logins() => stage.RunAsync(
    [
        Row.Anyone("a request id of 15 bytes",
            caller => caller.CreateAsync("erin", Right, requestIdBytes: 15), BadRequestId),
        Row.Anyone("a request id of 17 bytes",
            caller => caller.CreateAsync("erin", Right, requestIdBytes: 17), BadRequestId),
        Row.Anyone("a login without a token",
            caller => caller.LoginAsync("bob", Right, tokenBytes: 0), BadToken),
        Row.Anyone("a login with a token of 60,000 bytes",
            caller => caller.LoginAsync("bob", Right, tokenBytes: 60_000), BadToken),
        Row.Anyone("a lease of 999 ms",
            caller => caller.LoginAsync("bob", Right, leaseMs: 999),
            BadLease),
        Row.Anyone("a lease that is negative",
            caller => caller.LoginAsync("bob", Right, leaseMs: long.MinValue),
            BadLease),
        Row.Anyone("a lease for ever",
            caller => caller.LoginAsync("bob", Right, leaseMs: long.MaxValue),
            BadLease),
        Row.Anyone("a login to an account that lives elsewhere",
            caller => caller.LoginAsync("carol", Right), "FAILED_PRECONDITION ALREADY_LOGGED_IN"),
        Row.Session("a client with a request id of 15 bytes",
            async caller => await caller.Node.Sessions.OpenClientAsync(
                new OpenClientRequest { RequestId = Api.NodeFixture.RandomBytes(15) }, caller.Options),
            BadRequestId),
    ]);

    [Fact]
    public Task Who_is_there() => stage.RunAsync(
    [
        Presence("of nobody", 0, "bob", $"{BadArgument}: names: 1 to 20 are expected"),
        Presence("of 21 people", 21, "bob", $"{BadArgument}: names: 1 to 20 are expected"),
        .. BadNames.All.Select(bad => Presence($"of a name {bad.What}", 1, bad.Name, BadName)),
    ]);

    [Fact]
    public async Task What_is_remembered_though_refused()
    {
        await stage.RunAsync(
            [
                Row.Anyone("Alice beside alice",
                    caller => caller.CreateAsync("Alice", Right), "ALREADY_EXISTS NAME_TAKEN"),
                Row.Anyone("alice once more",
                    caller => caller.CreateAsync("alice", Right), "ALREADY_EXISTS NAME_TAKEN"),
                Row.Anyone("a login to no account", caller => caller.LoginAsync("nobody", Right), WrongCredentials),
                Row.Anyone("a wrong password",
                    caller => caller.LoginAsync("dave", $"{caller.Canary} wrong"), WrongCredentials),
                Row.Session("deletion of oneself with a wrong password",
                    async caller => await caller.Node.Accounts.DeleteAccountAsync(
                        new() { Password = $"{caller.Canary} wrong" }, caller.Options),
                    WrongCredentials),
            ],
            changesNothing: false);
    }

    private static Row Presence(string what, int count, string name, string answer) => Row.Session(
        $"presence {what}",
        async caller => await caller.Node.Accounts.GetPresenceAsync(
            new() { Names = { Enumerable.Repeat(name, count) } }, caller.Options),
        answer);

    private static Row Password(string what, string password, string reason) => Row.Anyone(
        $"a password {what}", caller => caller.CreateAsync("erin", password), $"INVALID_ARGUMENT {reason}");
}
