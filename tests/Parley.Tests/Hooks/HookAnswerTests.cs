using System.Net;
using System.Text.Json;
using Parley.Client;
using Parley.Local;
using Parley.Tests.Cluster;
using Parley.Tests.Program;

namespace Parley.Tests.Hooks;

/// <summary>The verbs of hooks as people type them, and what a post is answered whose owner may not, whose recipient is
/// gone, or that comes too fast.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "8")]
public sealed class HookAnswerTests
{
    /// <summary>At once, where one a second is allowed: some are too many on any machine.</summary>
    private const int Crowd = 40;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hooks_are_made_listed_and_revoked_and_say_why_a_post_is_no_message()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Options with { Size = 1, Certificates = true, Hooks = true });
        await cluster.CreateAccountsAsync("alice", "bob", "carol");
        using var poster = new HookPoster(cluster.Nodes.CaFingerprint!);
        await using var client = cluster.NewClient();
        await using var alice = await client.LoginAsync("alice", TestCluster.Password, new(), Stop);
        await alice.CreateRoomAsync("ops", byInvitation: false, "", Stop);
        await using (var bob = await client.LoginAsync("bob", TestCluster.Password, new(), Stop))
        {
            await bob.ChangeRoomMemberAsync("#ops", RoomAct.Join, account: null, Stop);
            await bob.LogoutAsync(Stop);
        }

        var hook = await MakeAsync(cluster, "--room", "ops", "--label", "alerts of db3");
        var (_, listed) = await RunAsync(cluster, "hook", "list");
        Assert.Matches($"^{hook.Number} +#ops +alerts of db3$", listed);
        Assert.Equal((5, ""), await RunAsync(cluster, "hook", "create", "--to", "nobody"));
        Assert.Equal(2, (await ProgramRun.RunAsync("hook", "create", "--label", "to nobody")).Code);

        await MutedAsync(cluster, poster, alice, hook);
        await TooFastAsync(cluster, poster, alice, hook);
        await GoneAsync(cluster, poster, alice);
        await RemovedAsync(cluster, poster, alice, hook);
        await RevokedAsync(cluster, poster, hook);
    }

    /// <summary>403: bob may not say it, as long as he may not.</summary>
    private static async Task MutedAsync(TestCluster cluster, HookPoster poster, ParleySession alice, Hook hook)
    {
        await alice.ChangeRoomMemberAsync("#ops", RoomAct.Mute, "bob", Stop);
        var muted = await PostAsync(cluster, poster, hook, "db3-1");
        Assert.Equal((HttpStatusCode.Forbidden, "MUTED"), (muted.Status, muted.Title));
        Assert.Null(muted.RetryAfter);

        await alice.ChangeRoomMemberAsync("#ops", RoomAct.Unmute, "bob", Stop);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(cluster, poster, hook, "db3-2")).Status);
    }

    /// <summary>429: who waits as it is told gets each stored, once.</summary>
    private static async Task TooFastAsync(TestCluster cluster, HookPoster poster, ParleySession alice, Hook hook)
    {
        await SetAsync(alice, "send-burst", "1");
        await SetAsync(alice, "send-rate", "1");

        var replies = await Task.WhenAll(Enumerable.Range(1, Crowd)
            .Select(post => PostAsync(cluster, poster, hook, $"fast-{post}")));

        var refused = replies.Index().Where(each => each.Item.Status != HttpStatusCode.OK).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, each => Assert.Equal(
            (HttpStatusCode.TooManyRequests, "RATE_LIMITED"), (each.Item.Status, each.Item.Title)));
        Assert.All(refused, each => Assert.InRange(
            each.Item.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)));
        await SetAsync(alice, "send-rate", "-1");
        var again = await PostAsync(cluster, poster, hook, $"fast-{refused[0].Index + 1}");
        var once = await PostAsync(cluster, poster, hook, $"fast-{refused[0].Index + 1}");
        Assert.Equal((HttpStatusCode.OK, again), (again.Status, once));
    }

    /// <summary>410: whom it is for is gone for ever.</summary>
    private static async Task GoneAsync(TestCluster cluster, HookPoster poster, ParleySession alice)
    {
        var toCarol = await MakeAsync(cluster, "--to", "carol");
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(cluster, poster, toCarol, "db3-1")).Status);
        await alice.ChangeAccountAsync("carol", AccountAct.Delete, password: null, Stop);

        var gone = await PostAsync(cluster, poster, toCarol, "db3-2");

        Assert.Equal((HttpStatusCode.Gone, "NOT_FOUND"), (gone.Status, gone.Title));
        Assert.Null(gone.RetryAfter);
        var (_, listed) = await RunAsync(cluster, "hook", "list", "-o", "json");
        Assert.Contains(
            listed.Split('\n'), each => each.StartsWith(
                $$"""{"number":{{toCarol.Number}},"to":"","label":"hook",""", StringComparison.Ordinal));
    }

    /// <summary>403: bob is not there any more.</summary>
    private static async Task RemovedAsync(TestCluster cluster, HookPoster poster, ParleySession alice, Hook hook)
    {
        await alice.ChangeRoomMemberAsync("#ops", RoomAct.Remove, "bob", Stop);

        var outside = await PostAsync(cluster, poster, hook, "db3-3");

        Assert.Equal((HttpStatusCode.Forbidden, "NOT_MEMBER"), (outside.Status, outside.Title));
    }

    /// <summary>404: as a token that nobody made.</summary>
    private static async Task RevokedAsync(TestCluster cluster, HookPoster poster, Hook hook)
    {
        Assert.Equal((5, ""), await RunAsync(cluster, "hook", "revoke", "999999"));
        Assert.Equal((0, $"revoked {hook.Number}"), await RunAsync(cluster, "hook", "revoke", $"{hook.Number}"));

        var late = await PostAsync(cluster, poster, hook, "db3-9");

        Assert.Equal((HttpStatusCode.NotFound, "HOOK_UNKNOWN"), (late.Status, late.Title));
    }

    private static async Task SetAsync(ParleySession alice, string setting, string value)
    {
        var now = await alice.GetSettingsAsync(Stop);
        await alice.ChangeSettingAsync(now.Revision, setting, value, Stop);
    }

    private static Task<HookReply> PostAsync(TestCluster cluster, HookPoster poster, Hook hook, string key) =>
        Until.FoundAsync(
            async _ => await poster.PostAsync(cluster.Nodes.Node(1), hook.Token, key, HookPoster.Plain($"alert {key}"))
                is { Status: not HttpStatusCode.ServiceUnavailable } reply ? reply : null,
            TestCluster.Patience,
            () => $"the post {key} was not answered",
            Stop);

    /// <summary>bob does, by the verb.</summary>
    private static async Task<Hook> MakeAsync(TestCluster cluster, params string[] target)
    {
        var (code, output) = await RunAsync(cluster, ["hook", "create", .. target, "-o", "json"]);
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        return new Hook(
            json.RootElement.GetProperty("number").GetInt64(), json.RootElement.GetProperty("token").GetString()!);
    }

    private static async Task<(int Code, string Output)> RunAsync(TestCluster cluster, params string[] arguments)
    {
        using var process = ParleyProcess.Start(cluster.Nodes, "bob", arguments);
        return await process.ReadToEndAsync();
    }

    private sealed record Hook(long Number, string Token);
}
