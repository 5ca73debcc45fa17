using System.Collections.Concurrent;
using System.Text.Json;
using Parley.Client;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>
/// An older program and this one in one cluster of five, in use by clients of both, node by node: nobody is told an
/// error, nothing is lost or doubled. Skipped where no older program is named; <c>.ci/upgrade</c> builds one.
/// </summary>
[Collection(ClusterCollection.Name)]
public sealed class UpgradeTests
{
    private const string Variable = "PARLEY_TEST_OLDER";
    private const int Size = 5;

    /// <summary>Between two lines of the older program's client.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<int> upgraded = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("leader first")]
    [InlineData("leader last")]
    [InlineData("leader third")]
    [Trait("Promise", "1")]
    [Trait("Promise", "2")]
    [Trait("Promise", "3")]
    public async Task Nodes_go_over_to_this_program_one_by_one_and_nobody_notices(string order)
    {
        var older = FindOlder();
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with
        {
            Size = Size,
            ProgramOf = id => upgraded.Contains(id) ? ParleyExecutable.Find() : older,
        });
        await cluster.CreateAccountsAsync("alice", "bob");
        await CreateAsync(cluster, "carol", "dave", "erin"); // What these say, the judge has no book of.
        await using var load = await Load.StartAsync(cluster, inFlight: 4);
        using var reader = ParleyProcess.Start(older, cluster.Nodes, "dave", "tail", "-o", "json");
        using var writer = ParleyProcess.Start(
            older, cluster.Nodes, "carol", "send", "dave", "-", "--lines", "--in-flight", "4", "-o", "json");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var read = new ConcurrentQueue<string>();
        var answered = new ConcurrentQueue<string>();
        var reading = ReadAsync(reader, "text", read);
        var answering = ReadAsync(writer, "message_id", answered);
        var writing = WriteAsync(writer, enough.Token);
        await load.AnswersAsync(more: 50);

        var leader = await cluster.Nodes.LeaderAsync(Stop);
        var others = Enumerable.Range(1, Size).Where(id => id != leader).ToList();
        others.Insert(order switch { "leader first" => 0, "leader last" => Size - 1, _ => 2 }, leader);
        foreach (var id in others)
        {
            Assert.Equal(0, await cluster.Nodes.TerminateAsync(id, Stop));
            upgraded.Add(id);
            cluster.Nodes.Start(id);
            await cluster.Nodes.WaitUntilServingAsync([id], TestCluster.Patience, Stop);
            await load.AnswersAsync(more: 50);
            load.PrintGap($"{order}: node {id} has this program");
        }

        await NewThingsWorkAsync(cluster);
        await load.StopAsync();
        await enough.CancelAsync();
        var lines = await writing;
        writer.EndInput();
        Assert.Equal(0, await writer.WaitForExitAsync());
        await answering;
        Assert.Equal(lines.Count, answered.Distinct(StringComparer.Ordinal).Count());
        await Until.TrueAsync(
            _ => Task.FromResult(read.Count >= lines.Count),
            TestCluster.Patience,
            () => $"{read.Count} of {lines.Count} lines were read",
            Stop);
        await reader.KillAsync();
        await reading;
        Assert.Equal(lines, read); // In order, each once.
        TestCluster.Print($"{order}: {lines.Count} lines of the older program's client, each answered and read once");
        await cluster.JudgeAsync(everythingDelivered: true);
    }

    private static (string File, string[] Arguments) FindOlder()
    {
        var path = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipUnless(path is not null, $"{Variable} names no older program: see .ci/upgrade");
        Assert.True(File.Exists(path), $"{Variable}: a file expected, none found at '{path}'");
        return path.EndsWith(".dll", StringComparison.Ordinal) ? ("dotnet", [path]) : (path, []);
    }

    private static async Task CreateAsync(TestCluster cluster, params string[] names)
    {
        await using var client = cluster.NewClient();
        foreach (var name in names)
        {
            await client.CreateAccountAsync(name, TestCluster.Password, Stop);
        }
    }

    /// <summary>The lines that were written, in order; one after the other until told to stop.</summary>
    private static async Task<List<string>> WriteAsync(ParleyProcess writer, CancellationToken stop)
    {
        var lines = new List<string>();
        using var pace = new PeriodicTimer(Pace);
        while (!stop.IsCancellationRequested)
        {
            lines.Add($"carol to dave, line {lines.Count + 1}");
            await writer.WriteLineAsync(lines[^1]);
            await pace.WaitForNextTickAsync(Stop);
        }

        return lines;
    }

    /// <summary>One text of each JSON line, until the output ends; none may tell an error.</summary>
    private static async Task ReadAsync(ParleyProcess process, string key, ConcurrentQueue<string> texts)
    {
        while (await process.FindLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            Assert.False(json.RootElement.TryGetProperty("error", out _), line);
            texts.Enqueue(json.RootElement.GetProperty(key).GetString()!);
        }
    }

    /// <summary>What came with later state versions: refused until every node's program knows it, then done.</summary>
    private static async Task NewThingsWorkAsync(TestCluster cluster)
    {
        await using var client = cluster.NewClient();
        await using var erin = await client.LoginAsync("erin", TestCluster.Password, new LoginOptions(), Stop);
        var receipt = await erin.SendAsync("carol", "tea?", Stop);
        await erin.EditMessageAsync(receipt.Conversation, receipt.Sequence, "coffee?", Stop);
        await erin.LogoutAsync(Stop);
    }
}
