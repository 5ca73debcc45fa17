using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Net.Client;
using Parley.Protocol.Chat.V1;
using Parley.Tests.Api;

namespace Parley.Tests.Guarding;

/// <summary>Who guesses holds back nobody else: not at its address, not at the account, not at the node.</summary>
[Collection(GuardedNodeCollection.Name)]
[Trait("Promise", "8")]
public sealed class LockoutTests(GuardedNode node)
{
    private const string Wrong = "wrong horse";
    private const string New = "another horse";
    private const int GuessBurst = 60;

    [Fact]
    public async Task Guesses_at_other_names_do_not_hold_back_alice_at_an_address_she_knows()
    {
        var alice = await node.LogInNewAsync("alice");
        using var channel = NodeFixture.ChannelFrom("127.0.0.20", node.Address);
        Assert.Equal("OK", await LogInAsync(channel, alice.Name, NodeFixture.Password));

        Assert.Equal("LOGIN_DELAYED", await LastOfAsync(number => LogInAsync(channel, $"nobody-{number}", Wrong)));

        Assert.Equal("OK", await LogInAsync(channel, alice.Name, NodeFixture.Password));
        Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, alice.Name, Wrong));
    }

    [Fact]
    public async Task Guesses_at_alice_at_an_address_she_knows_are_held_back_in_the_end()
    {
        var alice = await node.LogInNewAsync("alice");
        using var channel = NodeFixture.ChannelFrom("127.0.0.21", node.Address);
        Assert.Equal("OK", await LogInAsync(channel, alice.Name, NodeFixture.Password));

        Assert.Equal("LOGIN_DELAYED", await LastOfAsync(_ => LogInAsync(channel, alice.Name, Wrong)));

        Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, "nobody", Wrong));
    }

    [Fact]
    public async Task An_attempt_that_is_told_to_wait_costs_its_address_nothing()
    {
        using var channel = NodeFixture.ChannelFrom("127.0.0.22", node.Address);
        var answers = new List<string>();
        for (var attempt = 0; attempt < 2 * GuessBurst; attempt++)
        {
            answers.Add(await LogInAsync(channel, "somebody", Wrong));
        }

        Assert.InRange(answers.Count(answer => answer is "LOGIN_DELAYED"), GuessBurst, 2 * GuessBurst);
        Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, "somebody-else", Wrong));
    }

    [Fact]
    public async Task An_account_that_is_not_made_costs_its_address_what_a_wrong_password_does()
    {
        var alice = await node.LogInNewAsync("alice");
        using var channel = NodeFixture.ChannelFrom("127.0.0.23", node.Address);
        for (var number = 0; number < GuessBurst + 5; number++)
        {
            Assert.Equal("OK", await CreateAsync(channel, $"guest-{number}"));
        }

        Assert.Equal("TOO_MANY_CALLS", await LastOfAsync(_ => CreateAsync(channel, alice.Name)));

        Assert.StartsWith("guest", (await node.LogInNewAsync("guest")).Name, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_old_password_counts_once()
    {
        var bob = await node.LogInNewAsync("bob");
        for (var attempt = 0; attempt < 3; attempt++)
        {
            Assert.Equal("WRONG_CREDENTIALS", await ChangeAsync(bob, Wrong, New));
        }

        using var channel = NodeFixture.ChannelFrom("127.0.0.24", node.Address);
        Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, bob.Name, Wrong));
        Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, bob.Name, Wrong));
        Assert.Equal("LOGIN_DELAYED", await HeldBackAsync(() => LogInAsync(channel, bob.Name, Wrong)));
    }

    [Fact]
    public async Task Whoever_is_told_the_password_is_changed_has_no_device_token_from_before()
    {
        var carol = await node.LogInNewAsync("carol");
        await MakeTokenAsync(carol);

        Assert.Equal("OK", await ChangeAsync(carol, Wrong, NodeFixture.Password));

        Assert.Empty((await node.Credentials.ListTokensAsync(new(), carol.Metadata)).Tokens);
    }

    [Fact]
    public async Task A_login_by_device_token_forgives_no_wrong_passwords()
    {
        var bot = await node.LogInNewAsync("bot");
        var secret = await MakeTokenAsync(bot);
        using var channel = NodeFixture.ChannelFrom("127.0.0.25", node.Address);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            Assert.Equal("WRONG_CREDENTIALS", await LogInAsync(channel, bot.Name, Wrong));
        }

        await node.Sessions.LoginAsync(
            new() { DeviceToken = secret, Token = NodeFixture.RandomBytes(32), TakeOver = true });

        Assert.Equal("LOGIN_DELAYED", await HeldBackAsync(() => LogInAsync(channel, bot.Name, Wrong)));
    }

    /// <summary>The first wait is a second, which a machine short of time may let pass; each wrong guess doubles it.
    /// </summary>
    private static async Task<string> HeldBackAsync(Func<Task<string>> callAsync)
    {
        var answer = await callAsync();
        for (var more = 0; more < 3 && answer == "WRONG_CREDENTIALS"; more++)
        {
            answer = await callAsync();
        }

        return answer;
    }

    /// <summary>The first other answer than at first, once the burst is used up; a second gives one more.</summary>
    private static async Task<string> LastOfAsync(Func<int, Task<string>> callAsync)
    {
        var first = await callAsync(0);
        for (var number = 1; number < 3 * GuessBurst; number++)
        {
            var answer = await callAsync(number);
            if (answer != first)
            {
                Assert.True(number >= GuessBurst, $"held back at {number} already: {answer}");
                return answer;
            }
        }

        return first;
    }

    private static Task<string> LogInAsync(
        GrpcChannel channel, string name, string password) => NodeFixture.ReasonAsync(
        () => new SessionService.SessionServiceClient(channel).LoginAsync(
            new() { Name = name, Password = password, Token = NodeFixture.RandomBytes(32), TakeOver = true })
            .ResponseAsync);

    private static Task<string> CreateAsync(GrpcChannel channel, string name) => NodeFixture.ReasonAsync(
        () => new AccountService.AccountServiceClient(channel).CreateAccountAsync(
            new() { RequestId = NodeFixture.RandomBytes(16), Name = name, Password = NodeFixture.Password })
            .ResponseAsync);

    private Task<string> ChangeAsync(TestUser user, string from, string to) => NodeFixture.ReasonAsync(
        () => node.Credentials.ChangePasswordAsync(
            new() { OldPassword = from, NewPassword = to }, user.Metadata).ResponseAsync);

    private async Task<ByteString> MakeTokenAsync(TestUser user)
    {
        var secret = NodeFixture.RandomBytes(32);
        var hash = ByteString.CopyFrom(SHA256.HashData(secret.Span));
        await node.Credentials.CreateTokenAsync(
            new() { Password = NodeFixture.Password, TokenHash = hash, Label = "backup" }, user.Metadata);
        return secret;
    }
}
