using Google.Protobuf;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.BadInput;

/// <summary>What logs into an account: changes of the password, and device tokens.</summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class CredentialInputTests(BadInputStage stage)
{
    private const string BadArgument = "INVALID_ARGUMENT ARGUMENT_INVALID";
    private const string BadHash = $"{BadArgument}: token_hash: 32 bytes are expected";
    private const string BadLabel = "INVALID_ARGUMENT LABEL_INVALID";
    private const string TooShort = "INVALID_ARGUMENT PASSWORD_TOO_SHORT";
    private const string TooLong = "INVALID_ARGUMENT PASSWORD_TOO_LONG";
    private const string WrongCredentials = "UNAUTHENTICATED WRONG_CREDENTIALS";
    private const string NotFound = "NOT_FOUND NOT_FOUND";

    private static readonly string Right = BadInputStage.RightPassword;

    [Fact]
    public async Task Device_tokens()
    {
        var carol = stage.As(stage.Carol);
        var carols = await carol.Node.Credentials.CreateTokenAsync(Whole, carol.Options);

        await stage.RunAsync(
        [
            Create("no hash of a device token", token => token.TokenHash = ByteString.Empty, BadHash),
            Create("a hash of 31 bytes", token => token.TokenHash = NodeFixture.RandomBytes(31), BadHash),
            Create("a hash of 33 bytes", token => token.TokenHash = NodeFixture.RandomBytes(33), BadHash),
            Create("a hash of 60,000 bytes", token => token.TokenHash = NodeFixture.RandomBytes(60_000), BadHash),
            Create("no label", token => token.Label = "", BadLabel),
            Create("a blank label", token => token.Label = " \t\r\n\u2003", BadLabel),
            Create("a label of 65 bytes", token => token.Label = new string('x', 65), BadLabel),
            Create("a label of 33 two-byte letters", token => token.Label = new string('\u00e9', 33), BadLabel),
            Create("a label of 17 emojis", token => token.Label = string.Concat(Enumerable.Repeat("\U0001F600", 17)),
                BadLabel),
            Create("a device token without the password", token => token.Password = "", TooShort),
            Create("a device token for a password of 257 bytes", token => token.Password = new string('p', 257),
                TooLong),
            Create("a device token for a wrong password", token => token.Password = $"{BadInputStage.Canary} wrong",
                WrongCredentials),
            Revoke("revoking no device token", 0, NotFound),
            Revoke("revoking a negative device token", -1, NotFound),
            Revoke("revoking the last device token there could be", long.MaxValue, NotFound),
            Revoke("revoking carol's device token", carols.Token, NotFound),
            Login("a device token of 31 bytes", login => login.DeviceToken = NodeFixture.RandomBytes(31),
                $"{BadArgument}: device_token: 32 bytes are expected"),
            Login("a device token of 60,000 bytes", login => login.DeviceToken = NodeFixture.RandomBytes(60_000),
                $"{BadArgument}: device_token: 32 bytes are expected"),
            Login("a device token that nobody made", login => login.DeviceToken = NodeFixture.RandomBytes(32),
                WrongCredentials),
            Login("a hash of a device token for the token", login => login.DeviceToken = Whole.TokenHash,
                WrongCredentials),
            Login("a device token with a name of SQL", login =>
            {
                login.DeviceToken = NodeFixture.RandomBytes(32);
                login.Name = "' OR 1=1;--";
            }, "INVALID_ARGUMENT NAME_INVALID"),
        ]);
    }

    [Fact]
    public Task Changes_of_the_own_password() => stage.RunAsync(
    [
        Change("to none", Right, "", TooShort),
        Change("to 7 characters", Right, "1234567", TooShort),
        Change("to 7 letters in 14 characters (NFD)", Right, string.Concat(Enumerable.Repeat("e\u0301", 7)), TooShort),
        Change("to 257 bytes", Right, new string('p', 257), TooLong),
        Change("to 60,000 bytes", Right, new string('p', 60_000), TooLong),
        Change("to what is no character", Right, "\uFFFEcorrect horse",
            $"{BadArgument}: password: characters are expected, and U+FFFE is none"),
        Change("to one that is guessed first", Right, "Passw0rd2024", "INVALID_ARGUMENT PASSWORD_TOO_COMMON"),
        Change("from none", "", $"{BadInputStage.Canary} donkey", TooShort),
        Change("from 257 bytes", new string('p', 257), $"{BadInputStage.Canary} donkey", TooLong),
        Change("from a wrong one", $"{BadInputStage.Canary} wrong", $"{BadInputStage.Canary} donkey",
            WrongCredentials),
    ]);

    /// <summary>Other text than anybody expects is kept as it came, on every node.</summary>
    [Fact]
    public async Task A_label_of_control_characters_is_stored_as_it_came()
    {
        const string Odd = "a\0b\u001b[2J\r\n\u202e\uFFFE[red]";
        var dave = stage.As(stage.Dave);
        var request = new CreateTokenRequest(Whole) { TokenHash = NodeFixture.RandomBytes(32), Label = Odd };
        var made = await dave.Node.Credentials.CreateTokenAsync(request, dave.Options);
        await stage.CheckAsync();

        foreach (var node in stage.Cluster.Nodes.Nodes)
        {
            var listed = await stage.Node(node.Id).Credentials.ListTokensAsync(new(), dave.Options);
            Assert.Equal((made.Token, Odd), listed.Tokens.Select(token => (token.Number, token.Label)).Single());
        }

        await dave.Node.Credentials.RevokeTokenAsync(new() { Token = made.Token }, dave.Options);
    }

    /// <summary>A request with which nothing is wrong.</summary>
    private static CreateTokenRequest Whole => new()
    {
        Password = Right,
        TokenHash = ByteString.CopyFrom(System.Security.Cryptography.SHA256.HashData("carol's secret"u8)),
        Label = "backup",
    };

    private static Row Create(string input, Action<CreateTokenRequest> spoil, string answer) => Row.Session(
        input,
        async caller =>
        {
            var request = new CreateTokenRequest(Whole) { TokenHash = NodeFixture.RandomBytes(32) };
            spoil(request);
            await caller.Node.Credentials.CreateTokenAsync(request, caller.Options);
        },
        answer);

    private static Row Revoke(string input, long token, string answer) => Row.Session(
        input,
        async caller => await caller.Node.Credentials.RevokeTokenAsync(new() { Token = token }, caller.Options),
        answer);

    private static Row Login(string input, Action<LoginRequest> spoil, string answer) => Row.Anyone(
        input,
        async caller =>
        {
            var request = new LoginRequest { Token = NodeFixture.RandomBytes(32) };
            spoil(request);
            await caller.Node.Sessions.LoginAsync(request, caller.Options);
        },
        answer);

    private static Row Change(string what, string from, string to, string answer) => Row.Session(
        $"a change of password {what}",
        async caller => await caller.Node.Credentials.ChangePasswordAsync(
            new() { OldPassword = from, NewPassword = to }, caller.Options),
        answer);
}
