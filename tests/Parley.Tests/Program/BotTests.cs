using System.Diagnostics;
using System.Globalization;
using Parley.Client;
using Parley.Tests.Cluster;
using Parley.Tests.Repository;
using Arrived = Parley.Client.Delivery.Arrived;

namespace Parley.Tests.Program;

/// <summary>The bot of <c>examples/bot</c>, as a process of its own.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "2")]
public sealed class BotTests
{
    private const int Questions = 12;

    /// <summary>After these answers the bot is killed at once: it had no time to acknowledge the question.</summary>
    private static readonly int[] BotDies = [2, 4, 10];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_question_is_answered_once_though_the_bot_and_its_leader_are_killed()
    {
        await using var cluster = await TestCluster.StartAsync(
            TestCluster.Options with { Size = 3, Certificates = true });
        await cluster.CreateAccountsAsync("alice", "bot");
        var token = await MakeTokenAsync(cluster);
        await using var client = cluster.NewClient(TestCluster.Patience);
        await using var alice = await client.LoginAsync("alice", TestCluster.Password, new LoginOptions(), Stop);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TestCluster.Patience * 2);
        var bot = Start(cluster, token);
        try
        {
            var answered = 0;
            await alice.SendAsync("bot", "!ping", Stop);
            await foreach (var delivery in alice.ReceiveAsync(limit.Token))
            {
                if (delivery is not Arrived { Own: false, Message: var answer })
                {
                    continue;
                }

                Assert.StartsWith("pong ", answer.Text, StringComparison.Ordinal);
                if (++answered == Questions)
                {
                    break;
                }

                if (BotDies.Contains(answered))
                {
                    Kill(bot);
                    bot = Start(cluster, token);
                }

                await alice.SendAsync("bot", "!ping", Stop);
                if (answered == Questions / 2)
                {
                    await cluster.Nodes.KillAsync(await cluster.Nodes.LeaderAsync(Stop));
                }
            }

            // What came twice would be there now: the last question is asked when all others are answered.
            await alice.SendAsync("bot", "no question", Stop);
            await OnceEachAsync(alice);
        }
        finally
        {
            Kill(bot);
        }
    }

    private static async Task OnceEachAsync(ParleySession alice)
    {
        var page = await alice.ListMessagesAsync("bot", 0, pageToken: null, local: false, Stop);
        var asked = page.Messages.Where(message => message.Text == "!ping").Select(message => message.Sequence);
        var answered = page.Messages.Where(message => message.From == "bot").Select(message => message.Text);

        Assert.Equal(
            asked.Select(sequence => string.Create(CultureInfo.InvariantCulture, $"pong (to alice, {sequence})")),
            answered);
    }

    private static async Task<string> MakeTokenAsync(TestCluster cluster)
    {
        await using var client = cluster.NewClient(TestCluster.Patience);
        await using var session = await client.LoginAsync("bot", TestCluster.Password, new LoginOptions(), Stop);
        var (_, token) = await session.CreateTokenAsync(TestCluster.Password, "bot", Stop);
        await session.LogoutAsync(Stop);
        return token;
    }

    private static Process Start(TestCluster cluster, string token)
    {
        var link = new ClusterLink(cluster.Nodes.Addresses, cluster.Nodes.CaFingerprint!, "test");

        // Where it was built: beside the tests it would be without what tests have of the shared frameworks.
        var built = Path.GetRelativePath(
            Path.Combine(RepositoryRoot.Path, "tests", "Parley.Tests"), AppContext.BaseDirectory);
        var bot = Path.Combine(RepositoryRoot.Path, "examples", "bot", built, "parley-bot.dll");
        return Process.Start(new ProcessStartInfo("dotnet", [bot])
        {
            UseShellExecute = false,
            Environment = { ["PARLEY_LINK"] = link.ToString(), ["PARLEY_TOKEN"] = token },
        })!;
    }

    private static void Kill(Process bot)
    {
        bot.Kill();
        bot.WaitForExit();
        bot.Dispose();
    }
}
