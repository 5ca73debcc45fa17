using Parley.Client;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>Nodes die, hang and are restarted while people write.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "3")]
[Trait("Promise", "6")]
public sealed class FailoverTests
{
    private const int InFlight = 16;

    /// <summary>What each person gets answered before and after a fault, at least.</summary>
    private const int AnswersMin = 200;

    [Fact]
    public async Task A_killed_leader_loses_and_doubles_nothing()
    {
        await using var cluster = await StartWithPeopleAsync();
        await using var load = await Load.StartAsync(cluster, InFlight);

        await load.AnswersAsync(AnswersMin);
        var leader = await cluster.Nodes.LeaderAsync(Stop);
        await cluster.Nodes.KillAsync(leader);
        await load.AnswersAsync(AnswersMin);

        await load.StopAsync();
        load.PrintGap($"leader {leader} killed");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    [Fact]
    public async Task A_killed_leader_and_a_killed_follower_lose_and_double_nothing()
    {
        await using var cluster = await StartWithPeopleAsync();
        await using var load = await Load.StartAsync(cluster, InFlight);

        await load.AnswersAsync(AnswersMin);
        var leader = await cluster.Nodes.LeaderAsync(Stop);
        var follower = (leader % cluster.Nodes.Size) + 1;
        await cluster.Nodes.KillAsync([leader, follower]);
        await load.AnswersAsync(AnswersMin);

        await load.StopAsync();
        load.PrintGap($"leader {leader} and follower {follower} killed");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    [Fact]
    public async Task Each_node_hangs_for_five_seconds_and_sends_go_on()
    {
        await using var cluster = await StartWithPeopleAsync();
        await using var load = await Load.StartAsync(cluster, InFlight);

        for (var id = 1; id <= cluster.Nodes.Size; id++)
        {
            cluster.Nodes.Pause(id);
            using (var hanging = new PeriodicTimer(TimeSpan.FromSeconds(5)))
            {
                await load.AnswersAsync(AnswersMin);
                await hanging.WaitForNextTickAsync(Stop);
            }

            await cluster.ResumeAsync(id);
        }

        await load.StopAsync();
        load.PrintGap("each node hung for 5 s");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    [Fact]
    public async Task A_graceful_restart_of_each_node_shows_nobody_an_error()
    {
        await using var cluster = await StartWithPeopleAsync();
        await using var load = await Load.StartAsync(cluster, InFlight);

        for (var id = 1; id <= cluster.Nodes.Size; id++)
        {
            await load.AnswersAsync(AnswersMin);
            Assert.Equal(0, await cluster.Nodes.TerminateAsync(id, Stop));
            cluster.Nodes.Start(id);
            await cluster.Nodes.WaitUntilServingAsync([id], TestCluster.Patience, Stop);
        }

        await load.StopAsync();
        load.PrintGap("each node restarted gracefully");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    [Fact]
    [Trait("Promise", "7")]
    public async Task With_three_of_five_dead_nothing_is_accepted_everyone_is_told_and_what_is_there_is_readable()
    {
        await using var cluster = await StartWithPeopleAsync();
        var alice = await cluster.LoginAsync("alice");
        var bob = await cluster.LoginAsync("bob", giveUpAfter: TimeSpan.FromSeconds(10));
        alice.StartReceiving();
        await alice.SendAsync("bob", "before the night");
        await cluster.ConvergeAsync();

        await cluster.Nodes.KillAsync([1, 2, 3]);
        var refused = await Record.ExceptionAsync(() => bob.SendAsync("alice", "anyone there?"));
        var status = await Until.FoundAsync(
            stop => cluster.Nodes.StatusOfAsync(4, stop), TestCluster.Patience, () => "node 4 does not answer", Stop);

        Assert.True(refused is NoMajorityException or OutcomeUnknownException, $"{refused}");
        Assert.Equal(-1, status.FaultsTolerated);
        Assert.True(status.ReachableVoters <= 2, $"{status.ReachableVoters} voters reachable");
        await CheckReadsAsync(cluster, alice.Session, isStale: true);

        await cluster.HealAsync();
        await alice.SendAsync("bob", "good morning");
        await CheckReadsAsync(cluster, alice.Session, isStale: false);
        await cluster.JudgeAsync();
    }

    /// <summary>Node 4 alone tells what it has, and whether that may be of before; asked for its own, it does not ask
    /// others.</summary>
    private static async Task CheckReadsAsync(TestCluster cluster, ParleySession session, bool isStale)
    {
        await using var client = new ParleyClient(new()
        {
            Nodes = [cluster.Nodes.Node(4).ClientAddress],
            CaFingerprint = cluster.Nodes.CaFingerprint,
            OnlyTheseNodes = true,
            AttemptDeadline = TestCluster.Patience,
            GiveUpAfter = TestCluster.Patience,
        });
        await using var here = session.Through(client);

        await Until.TrueAsync(
            async stop =>
            {
                var page = await here.ListMessagesAsync("bob", 0, pageToken: null, local: false, stop);
                Assert.Contains("before the night", page.Messages.Select(message => message.Text));
                return page.Stale == isStale;
            },
            TestCluster.Patience,
            () => isStale ? "node 4 did not mark what it told as stale" : "node 4 marked as stale what it told",
            Stop);
        var own = await here.ListMessagesAsync("bob", 0, pageToken: null, local: true, Stop);

        Assert.Contains("before the night", own.Messages.Select(message => message.Text));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static async Task<TestCluster> StartWithPeopleAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.CreateAccountsAsync("alice", "bob");
        return cluster;
    }
}
