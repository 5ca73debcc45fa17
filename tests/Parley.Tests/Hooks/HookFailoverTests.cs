using System.Diagnostics;
using System.Net;
using Parley.Client;
using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Hooks;

/// <summary>Posts to real nodes, some of which are killed meanwhile.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "2")]
public sealed class HookFailoverTests
{
    private const int Posts = 40;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_posted_to_two_nodes_while_the_leader_is_killed_is_one_message()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Options with { Size = 3, Certificates = true, Hooks = true });
        await cluster.CreateAccountsAsync("alice", "bob");
        using var poster = new HookPoster(cluster.Nodes.CaFingerprint!);
        var (hook, token) = await MakeHookAsync(cluster);

        var leader = await cluster.Nodes.LeaderAsync(Stop);
        var others = cluster.Nodes.Nodes.Where(node => node.Id != leader).ToArray();
        for (var post = 1; post <= Posts; post++)
        {
            // While the leader dies, the same key goes to it and to another node.
            var dies = post == Posts / 2 ? cluster.Nodes.KillAsync(leader) : Task.CompletedTask;
            var replies = await Task.WhenAll(
                UntilStoredAsync(poster, [cluster.Nodes.Node(leader), .. others], token, post),
                UntilStoredAsync(poster, [others[post % 2], .. others], token, post));
            await dies;
            Assert.Equal(replies[0], replies[1]);
            Assert.Equal(post, replies[0].Sequence);
        }

        var other = await DecidedAsync(poster, others[0], token, "post-1", "another");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "MESSAGE_ID_REUSED"), (other.Status, other.Title));

        using var plain = HookPoster.LikeCurl(cluster.Nodes.BundleOf(1));
        var again = await DecidedAsync(plain, others[0], token, "\"post-2\"", "alert 2");
        Assert.Equal((HttpStatusCode.OK, 2), (again.Status, again.Sequence));

        await WithoutMajorityAsync(cluster, poster, others, token);
        await JudgeAsync(cluster, Posts + 1);
        await ShareAsync(cluster, poster, others[0], token);
        await RevokeAsync(cluster, hook);
        foreach (var node in cluster.Nodes.Nodes)
        {
            var gone = await DecidedAsync(poster, node, token, "late", "too late");
            Assert.Equal((HttpStatusCode.NotFound, "HOOK_UNKNOWN"), (gone.Status, gone.Title));
            var said = cluster.Nodes.StderrOf(node.Id);
            Assert.DoesNotContain(token["parley_".Length..], said, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("alert ", said, StringComparison.Ordinal);
        }
    }

    /// <summary>Asked again while it is not answered, or an election is in the way.</summary>
    private static Task<HookReply> DecidedAsync(
        HookPoster poster, LocalNode node, string token, string key, string text) => Until.FoundAsync(
            async _ => await poster.PostAsync(node, token, key, HookPoster.Plain(text)) is { } reply
                && reply.Status != HttpStatusCode.ServiceUnavailable ? reply : null,
            TestCluster.Patience,
            () => $"'{text}' was not decided by node {node.Id}",
            Stop);

    /// <summary>As a program does that repeats at the next node until it is told that the message is there.</summary>
    private static async Task<HookReply> UntilStoredAsync(
        HookPoster poster, IReadOnlyList<LocalNode> nodes, string token, int post)
    {
        var at = 0;
        return await Until.FoundAsync(
            async _ =>
            {
                var reply = await poster.PostAsync(
                    nodes[at++ % nodes.Count],
                    token,
                    $"\"post-{post}\"",
                    post % 2 == 0
                        ? HookPoster.Plain($"alert {post}")
                        : HookPoster.Json($$"""{"text":"alert {{post}}"}"""));
                Assert.True(
                    reply is null or { Status: HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable }, $"{reply}");
                return reply is { Status: HttpStatusCode.OK } ? reply : null;
            },
            TestCluster.Patience,
            () => $"post {post} was not stored",
            Stop);
    }

    /// <summary>Given that one of three is dead already: the second dies too, and what was refused meanwhile is stored
    /// once when it is back.</summary>
    private static async Task WithoutMajorityAsync(
        TestCluster cluster, HookPoster poster, LocalNode[] others, string token)
    {
        await cluster.Nodes.KillAsync(others[1].Id);
        var refused = await Until.FoundAsync(
            async _ => await poster.PostAsync(others[0], token, $"post-{Posts + 1}", HookPoster.Plain("alert last")),
            TestCluster.Patience,
            () => "the last node did not answer",
            Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.True(refused.RetryAfter >= TimeSpan.FromSeconds(1), $"{refused}");
        await cluster.HealAsync();
        var stored = await Until.FoundAsync(
            async _ =>
            {
                var reply = await poster.PostAsync(
                    others[1], token, $"post-{Posts + 1}", HookPoster.Plain("alert last"));
                return reply is { Status: HttpStatusCode.OK } ? reply : null;
            },
            TestCluster.Patience,
            () => "the last post was not stored",
            Stop);
        Assert.Equal(Posts + 1, stored.Sequence);
    }

    /// <summary>Every node has each post once, in order, from alice.</summary>
    private static async Task JudgeAsync(TestCluster cluster, int count)
    {
        await cluster.ConvergeAsync();
        using var any = cluster.Raw(1);
        var token = RawNode.NewToken();
        await any.LoginAsync("bob", TestCluster.Password, token);
        await cluster.ConvergeAsync();
        foreach (var node in cluster.Nodes.Nodes)
        {
            using var raw = cluster.Raw(node.Id);
            var (_, _, messages) = await raw.ReadAllAsync(token, "alice");
            Assert.Equal(
                Enumerable.Range(1, count).Select(post => post == count ? "alert last" : $"alert {post}"),
                messages.Select(message => message.Text));
            Assert.All(messages, message => Assert.Equal("alice", message.Sender));
        }
    }

    /// <summary>Two hooks of alice's are stored no more than one would be: a burst of ten, and one a second.</summary>
    private static async Task ShareAsync(TestCluster cluster, HookPoster poster, LocalNode node, string token)
    {
        const int Copies = 20;
        var other = await MakeHookAsync(cluster);
        await using var client = cluster.NewClient(TestCluster.Patience);
        await using var session = await client.LoginAsync("alice", TestCluster.Password, new LoginOptions(), Stop);
        foreach (var (name, value) in new[] { ("send-rate", "1"), ("send-burst", "10") })
        {
            var settings = await session.GetSettingsAsync(Stop);
            await session.ChangeSettingAsync(settings.Revision, name, value, Stop);
        }

        await cluster.ConvergeAsync();
        var started = Stopwatch.GetTimestamp();
        var replies = await Task.WhenAll(Enumerable.Range(0, 2 * Copies).Select(copy => poster.PostAsync(
            node, copy % 2 == 0 ? token : other.Token, $"shared-{copy}", HookPoster.Plain("alert"))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

        Assert.InRange(replies.Count(reply => reply?.Status == HttpStatusCode.OK), 1, 11 + seconds);
        Assert.Contains(replies, reply => reply?.Title == "RATE_LIMITED");
        await session.RevokeTokenAsync(other.Number, Stop);
        await session.LogoutAsync(Stop);
    }

    private static async Task<(long Number, string Token)> MakeHookAsync(TestCluster cluster)
    {
        await using var client = cluster.NewClient(TestCluster.Patience);
        await using var session = await client.LoginAsync("alice", TestCluster.Password, new LoginOptions(), Stop);
        var made = await session.CreateHookAsync(TestCluster.Password, "alerts of db3", "bob", Stop);
        await session.LogoutAsync(Stop);
        return made;
    }

    private static async Task RevokeAsync(TestCluster cluster, long hook)
    {
        await using var client = cluster.NewClient(TestCluster.Patience);
        await using var session = await client.LoginAsync("alice", TestCluster.Password, new LoginOptions(), Stop);
        var listed = Assert.Single(await session.ListTokensAsync(Stop));
        Assert.Equal((hook, "bob", "alerts of db3"), (listed.Number, listed.HookTarget, listed.Label));
        await session.RevokeTokenAsync(hook, Stop);
        await session.LogoutAsync(Stop);
        await cluster.ConvergeAsync();
    }
}
