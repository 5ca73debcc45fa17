using System.Globalization;
using Parley.Client;
using Parley.CommandLine;
using Parley.Local;
using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Verbs.Demo;

/// <summary>
/// The demo without a person: alice sends to bob without a pause while servers are killed, all is brought back, and
/// every server is asked for what it holds. Exit code 0 means that everything held.
/// </summary>
internal sealed class AutoDemo
{
    private const int CalmMessages = 100;
    private static readonly TimeSpan WholeMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TalkMax = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ToldMax = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CarolGivesUp = TimeSpan.FromSeconds(2);
    private readonly LocalCluster cluster;
    private readonly TextWriter output;
    private readonly List<string> broken = [];

    private AutoDemo(LocalCluster cluster, TextWriter output)
    {
        this.cluster = cluster;
        this.output = output;
    }

    public static async Task<int> RunAsync(
        LocalClusterOptions options, TextWriter output, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(WholeMax);
        try
        {
            await using var started = await LocalCluster.StartAsync(
                options with { Arguments = [.. options.Arguments, "--send-rate", "-1"] }, limit.Token);
            return await new AutoDemo(started, output).PlayAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new VerbFailedException(
                ExitCodes.Refused, $"the demo was not through within {WholeMax.TotalSeconds} s");
        }
    }

    private async Task<int> PlayAsync(CancellationToken cancellationToken)
    {
        var settings = new ParleyClientOptions
        {
            Nodes = cluster.Addresses,
            CaFingerprint = cluster.CaFingerprint,
            GiveUpAfter = TimeSpan.Zero,
        };
        var leader = await cluster.LeaderAsync(cancellationToken);
        Tell($"{cluster.Size} servers run as processes of their own; server {leader} leads");
        await using var client = new ParleyClient(settings);
        var names = await DemoAccounts.CreateNewAsync(
            client, [DemoAccounts.Alice, DemoAccounts.Bob, DemoAccounts.Carol], cancellationToken);
        Tell($"accounts {string.Join(", ", names)} are created");
        await using var alice = await LoginAsync(names[0], settings, cancellationToken);
        await using var bob = await LoginAsync(names[1], settings, cancellationToken);
        await using var carol = await LoginAsync(
            names[2], settings with { GiveUpAfter = CarolGivesUp }, cancellationToken);
        bob.StartReceiving();
        var talker = new DemoTalker(alice, bob.Account);
        talker.Start();
        await HurtMinorityAsync(talker, leader, cancellationToken);
        await HurtOneMoreAsync(talker, carol, bob.Account, cancellationToken);
        await HealAsync(talker, cancellationToken);
        await talker.StopAsync();
        return await JudgeAsync(talker, alice, bob, carol, cancellationToken);
    }

    private async Task HurtMinorityAsync(DemoTalker talker, int leader, CancellationToken cancellationToken)
    {
        await talker.WaitForStoredAsync(CalmMessages, TalkMax, cancellationToken);
        Tell($"alice talks to bob: {talker.StoredCount} messages stored");
        var others = cluster.RunningIds.Where(id => id != leader).Take(((cluster.Size - 1) / 2) - 1).ToList();
        await cluster.KillAsync([leader, .. others]);
        var too = others.Count == 0 ? "" : $" and server {string.Join(", ", others)},";
        Tell($"SIGKILL to server {leader}, which leads,{too} while she talks");
        var before = talker.StoredCount;
        await talker.WaitForStoredAsync(before + CalmMessages, TalkMax, cancellationToken);
        var next = await cluster.LeaderAsync(cancellationToken);
        Tell($"server {next} leads now; {talker.StoredCount - before} more messages stored by "
            + $"{cluster.Majority} of {cluster.Size}, after a gap of {Ms(talker.LongestGap)} ms");
    }

    private async Task HurtOneMoreAsync(
        DemoTalker talker, RecordedClient carol, string recipient, CancellationToken cancellationToken)
    {
        var next = await cluster.LeaderAsync(cancellationToken);
        talker.StopMeasuring();
        await cluster.KillAsync(next);
        Tell($"SIGKILL to server {next}: {cluster.RunningIds.Count} of {cluster.Size} are left, no majority");
        var before = talker.StoredCount;
        var begin = TimeProvider.System.GetTimestamp();
        try
        {
            await carol.SendAsync(recipient, "is anybody there?", cancellationToken);
            broken.Add("a message was accepted without a majority");
        }
        catch (ParleyException refused) when (refused is NoMajorityException or OutcomeUnknownException)
        {
            var took = TimeProvider.System.GetElapsedTime(begin);
            Tell($"carol is told after {Ms(took)} ms: {refused.Reason}: {refused.Message}");
            if (took > ToldMax)
            {
                broken.Add($"carol was told only after {Ms(took)} ms, {Ms(ToldMax)} were expected");
            }
        }

        // One answer that was on its way when the third was killed may have counted.
        var accepted = talker.StoredCount - before;
        Tell($"nothing is accepted: {accepted} of alice's messages were stored meanwhile; her next one waits");
        if (accepted > 1)
        {
            broken.Add($"{accepted} messages were accepted without a majority");
        }
    }

    private async Task HealAsync(DemoTalker talker, CancellationToken cancellationToken)
    {
        var dead = cluster.Nodes.Where(node => !node.IsRunning).Select(node => node.Id).ToList();
        foreach (var id in dead)
        {
            cluster.Start(id);
        }

        await cluster.WaitUntilServingAsync(dead, TalkMax, cancellationToken);
        var before = talker.StoredCount;
        await talker.WaitForStoredAsync(before + CalmMessages, TalkMax, cancellationToken);
        Tell($"servers {string.Join(", ", dead)} run again from their own disks; alice goes on without a word lost");
    }

    private async Task<int> JudgeAsync(
        DemoTalker talker,
        RecordedClient alice,
        RecordedClient bob,
        RecordedClient carol,
        CancellationToken cancellationToken)
    {
        var deliveredInTime = await DeliveredAsync(talker, bob, cancellationToken);
        await alice.ReadAsync(bob.Account, cancellationToken);
        var digests = await FinalReads.ConvergedAsync(cluster, FinalReads.ConvergeMax, cancellationToken);
        var reads = await FinalReads.OfAsync(cluster, bob.Session, alice.Account, cancellationToken);
        var fromCarol = await FinalReads.OfAsync(cluster, bob.Session, carol.Account, cancellationToken);
        var history = new History
        {
            Events = [.. alice.Events, .. bob.Events, .. carol.Events],
            Reads = [.. reads, .. fromCarol],
            Digests = digests,
        };
        Tell($"every server was asked for what it has: {string.Join(", ", reads.Select(Describe))}");
        var verdicts = AllCheckers.Judge(history, deliveredInTime);
        foreach (var verdict in verdicts)
        {
            Tell(verdict.ToString());
        }

        broken.AddRange(verdicts.Where(verdict => !verdict.Holds || verdict.Judged == 0)
            .Select(verdict => $"{verdict.Property.Number} {verdict.Property.Sentence}"));
        var tally = DemoTally.Of(history);
        output.WriteLine();
        foreach (var reason in broken)
        {
            output.WriteLine($"BROKEN: {reason}");
        }

        output.WriteLine(
            $"sent {tally.Sent}, stored {tally.Stored}, delivered {tally.Delivered}, lost {tally.Lost}, "
            + $"doubled {tally.Doubled}, longest gap {Ms(talker.LongestGap)} ms");
        return broken.Count == 0 && tally.IsWhole ? ExitCodes.Ok : ExitCodes.Refused;
    }

    private async Task<bool> DeliveredAsync(DemoTalker talker, RecordedClient bob, CancellationToken cancellationToken)
    {
        try
        {
            await bob.WaitForReceivedAsync(talker.StoredCount, TalkMax, cancellationToken);
            Tell($"bob has received {bob.ReceivedCount} messages");
            return true;
        }
        catch (TimeoutException late)
        {
            broken.Add(late.Message);
            return false;
        }
    }

    private static Task<RecordedClient> LoginAsync(
        string account, ParleyClientOptions settings, CancellationToken cancellationToken) =>
        RecordedClient.LoginAsync(
            new($"{account}#1", account, settings.TimeProvider),
            DemoAccounts.Password,
            settings,
            new() { TakeOver = true },
            onReceived: null,
            cancellationToken);

    private static string Describe(FinalRead read) =>
        string.Create(CultureInfo.InvariantCulture, $"{read.Messages.Count} on {read.Node}");

    private static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);

    private void Tell(string line)
    {
        output.WriteLine(line);
        output.Flush();
    }
}
