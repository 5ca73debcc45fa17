using Google.Protobuf;
using Grpc.Core;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Api;

/// <summary>Guessing, passwords and device tokens at a real node.</summary>
[Trait("Promise", "8")]
public sealed class CredentialCallTests(NodeFixture node) : IClassFixture<NodeFixture>
{
    private const string Wrong = "wrong horse";
    private const string New = "another horse";
    private const string Elsewhere = "127.0.0.2";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Who_guesses_waits_whether_the_account_is_there_or_not_and_alice_does_not()
    {
        var alice = await node.LogInNewAsync("alice");
        await node.Sessions.LogoutAsync(new(), alice.Metadata);
        using var channel = NodeFixture.ChannelFrom(Elsewhere, node.Address);
        var stranger = new SessionService.SessionServiceClient(channel);

        var known = await GuessAsync(stranger, alice.Name, attempts: 6);
        var unknown = await GuessAsync(stranger, "nobody-at-all", attempts: 6);

        Assert.Equal(known.Take(5), unknown.Take(5));
        Assert.Equal(known[^1], unknown[^1]);
        Assert.Equal(Enumerable.Repeat("WRONG_CREDENTIALS", 5), known.Take(5).Select(each => each.Reason));
        Assert.Equal("LOGIN_DELAYED", known[^1].Reason);
        Assert.Equal((StatusCode.Unauthenticated, StatusCode.ResourceExhausted), (known[0].Code, known[^1].Code));

        // From where she has logged in before nothing holds her back, and a wrong key is just that.
        await NodeFixture.AssertRefusedAsync(
            StatusCode.Unauthenticated, "WRONG_CREDENTIALS", () => LogInAsync(node.Sessions, alice.Name, Wrong));
        await LogInAsync(node.Sessions, alice.Name, NodeFixture.Password);
    }

    [Fact]
    public async Task A_right_password_is_held_back_too_until_the_time_that_was_told_is_over()
    {
        var bob = await node.LogInNewAsync("bob");
        await node.Sessions.LogoutAsync(new(), bob.Metadata);
        using var channel = NodeFixture.ChannelFrom(Elsewhere, node.Address);
        var elsewhere = new SessionService.SessionServiceClient(channel);
        await GuessAsync(elsewhere, bob.Name, attempts: 6);

        var refused = await Assert.ThrowsAsync<RpcException>(
            () => LogInAsync(elsewhere, bob.Name, NodeFixture.Password));
        var wait = refused.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>()!.RetryDelay.ToTimeSpan();
        Assert.InRange(wait, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(30));

        await LogInWhenLetAsync(elsewhere, bob.Name);
        await NodeFixture.AssertRefusedAsync(
            StatusCode.Unauthenticated, "WRONG_CREDENTIALS", () => LogInAsync(elsewhere, bob.Name, Wrong));
    }

    [Fact]
    public async Task A_password_that_is_guessed_first_is_taken_nowhere()
    {
        var carol = await node.LogInNewAsync("carol");
        const string Common = "Passw0rd2024";

        await AssertTooCommonAsync(() => node.Accounts.CreateAccountAsync(
            new() { RequestId = NodeFixture.RandomBytes(16), Name = "dave", Password = Common }).ResponseAsync);
        await AssertTooCommonAsync(() => node.Credentials.ChangePasswordAsync(
            new() { OldPassword = NodeFixture.Password, NewPassword = Common }, carol.Metadata).ResponseAsync);
        await AssertTooCommonAsync(() => node.Administration.ChangeAccountAsync(
            new() { Name = carol.Name, Change = AccountChange.ResetPassword, Password = $"{carol.Name}2024" },
            node.Administrator.Metadata).ResponseAsync);
    }

    [Fact]
    public async Task The_own_password_is_changed_with_the_old_one_and_a_repeat_is_answered_alike()
    {
        var dave = await node.LogInNewAsync("dave");
        var secret = await MakeTokenAsync(dave);
        async Task ChangeAsync(string old) => await node.Credentials.ChangePasswordAsync(
            new() { OldPassword = old, NewPassword = New }, dave.Metadata);

        await NodeFixture.AssertRefusedAsync(
            StatusCode.Unauthenticated, "WRONG_CREDENTIALS", () => ChangeAsync(Wrong));
        await ChangeAsync(NodeFixture.Password);
        await ChangeAsync(NodeFixture.Password);

        Assert.Empty((await node.Credentials.ListTokensAsync(new(), dave.Metadata)).Tokens);
        await AssertWrongAsync(new() { DeviceToken = secret });
        await AssertWrongAsync(new() { Name = dave.Name, Password = NodeFixture.Password });
        await node.Sessions.LogoutAsync(new(), dave.Metadata);
        await LogInAsync(node.Sessions, dave.Name, New);
    }

    [Fact]
    public async Task A_device_token_logs_in_without_name_and_its_revocation_ends_the_stream()
    {
        var bot = await node.LogInNewAsync("bot");
        var secret = await MakeTokenAsync(bot);
        await node.Sessions.LogoutAsync(new(), bot.Metadata);

        var token = NodeFixture.RandomBytes(32);
        var login = await node.Sessions.LoginAsync(new() { DeviceToken = secret, Token = token });
        var session = new TestUser(node, bot.Name, token, login);
        using var stream = session.Receive(1);
        Assert.Empty(await TestUser.ReadBacklogAsync(stream));
        var listed = Assert.Single((await node.Credentials.ListTokensAsync(new(), session.Metadata)).Tokens);
        await node.Credentials.RevokeTokenAsync(new() { Token = listed.Number }, session.Metadata);

        Assert.Equal(bot.Name, login.Name);
        Assert.True(listed is { Online: true, UsedAtUs: > 0, Label: "backup" });
        await NodeFixture.AssertRefusedAsync(
            StatusCode.Unauthenticated, "SESSION_ENDED",
            () => stream.ResponseStream.MoveNext(TestContext.Current.CancellationToken)
                .WaitAsync(Patience, TestContext.Current.CancellationToken));
        await AssertWrongAsync(new() { DeviceToken = secret });
    }

    [Fact]
    public async Task A_device_token_that_is_none_or_anothers_is_refused_like_a_wrong_password()
    {
        var bot = await node.LogInNewAsync("bot");
        var secret = await MakeTokenAsync(bot);

        await AssertWrongAsync(new() { DeviceToken = NodeFixture.RandomBytes(32) });
        await AssertWrongAsync(new() { DeviceToken = secret, Name = node.Administrator.Name });
        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, "ARGUMENT_INVALID",
            () => LoginAsync(new() { DeviceToken = NodeFixture.RandomBytes(31) }));
        await NodeFixture.AssertRefusedAsync(
            StatusCode.InvalidArgument, "LABEL_INVALID",
            () => node.Credentials.CreateTokenAsync(
                new()
                {
                    Password = NodeFixture.Password,
                    TokenHash = NodeFixture.RandomBytes(32),
                    Label = new string('x', 65),
                },
                bot.Metadata).ResponseAsync);
    }

    private static async Task AssertTooCommonAsync(Func<Task> call) => await NodeFixture.AssertRefusedAsync(
        StatusCode.InvalidArgument, "PASSWORD_TOO_COMMON", call);

    private async Task AssertWrongAsync(LoginRequest request) => await NodeFixture.AssertRefusedAsync(
        StatusCode.Unauthenticated, "WRONG_CREDENTIALS", () => LoginAsync(request));

    private async Task LoginAsync(LoginRequest request)
    {
        request.Token = NodeFixture.RandomBytes(32);
        await node.Sessions.LoginAsync(request);
    }

    private async Task<ByteString> MakeTokenAsync(TestUser user)
    {
        var secret = NodeFixture.RandomBytes(32);
        var hash = System.Security.Cryptography.SHA256.HashData(secret.Span);
        await node.Credentials.CreateTokenAsync(
            new() { Password = NodeFixture.Password, TokenHash = ByteString.CopyFrom(hash), Label = "backup" },
            user.Metadata);
        return secret;
    }

    private static async Task<IReadOnlyList<Refusal>> GuessAsync(
        SessionService.SessionServiceClient sessions, string name, int attempts)
    {
        // The first wait is a second, which a machine short of time may let pass; each guess doubles it.
        var refusals = new List<Refusal>();
        while (refusals.Count < attempts || (refusals.Count < attempts + 3 && refusals[^1].Reason != "LOGIN_DELAYED"))
        {
            refusals.Add(await NodeFixture.RefusalAsync(() => LogInAsync(sessions, name, Wrong)));
        }

        return refusals;
    }

    private static async Task<byte[]> LogInAsync(
        SessionService.SessionServiceClient sessions, string name, string password)
    {
        var token = NodeFixture.RandomBytes(32);
        await sessions.LoginAsync(new() { Name = name, Password = password, Token = token });
        return token.ToByteArray();
    }

    private static async Task LogInWhenLetAsync(SessionService.SessionServiceClient sessions, string name)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                await LogInAsync(sessions, name, NodeFixture.Password);
                return;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
            {
                var wait = refused.GetRpcStatus()!.GetDetail<Google.Rpc.RetryInfo>()!.RetryDelay.ToTimeSpan();
                await Task.Delay(wait, deadline.Token);
            }
        }
    }
}
