using Parley.Tests.Cluster;
using Parley.Tests.Program;

namespace Parley.Tests.Inspection;

/// <summary>Looking into a node's log and state, while it runs and after it stopped.</summary>
[Collection(ClusterCollection.Name)]
public sealed class InspectionVerbTests
{
    private const string Words = "meet-me-at-nine";

    [Fact]
    public async Task Log_and_state_are_shown_without_texts_tokens_and_hashes()
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });
        await cluster.CreateAccountsAsync("alice", "bob");
        var alice = await cluster.LoginAsync("alice");
        await alice.SendAsync("bob", Words);
        var data = cluster.Nodes.DataDirectoryOf(1);

        await LookAsync(data);
        await alice.SendAsync("bob", "and again");
        await LookAsync(data);
        var running = await ProgramRun.RunAsync("log", "replay", "--data", data);
        await cluster.Nodes.TerminateAsync(1, TestContext.Current.CancellationToken);
        await LookAsync(data);
        var stopped = await ProgramRun.RunAsync("log", "replay", "--data", data, "--every", "3");

        Assert.Equal((10, 0), (running.Code, stopped.Code));
        Assert.Contains("locked by pid", running.Error, StringComparison.Ordinal);
        Assert.Contains("it has the digest of the node's own state", stopped.Error, StringComparison.Ordinal);

        await cluster.HealAsync();
        await cluster.JudgeAsync();
    }

    [Theory]
    [InlineData("DELETE FROM accounts", "not authorized")]
    [InlineData("PRAGMA user_version = 7", "not authorized")]
    [InlineData("ATTACH 'x' AS y", "not authorized")]
    [InlineData("SELECT 1; SELECT 2", "one statement expected")]
    [InlineData("SELECT nonsense", "no such column")]
    public async Task A_question_can_only_read(string sql, string why)
    {
        await using var cluster = await TestCluster.StartAsync(TestCluster.Options with { Size = 1 });

        var (code, _, error) = await ProgramRun.RunAsync(
            "state", "query", "--data", cluster.Nodes.DataDirectoryOf(1), sql);

        Assert.Equal(1, code);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_no_data_directory_is_refused()
    {
        var (logCode, _, logError) = await ProgramRun.RunAsync("log", "dump", "--data", "/usr");
        var (stateCode, _, stateError) = await ProgramRun.RunAsync("state", "query", "--data", "/usr", "SELECT 1");

        Assert.Equal((10, 10), (logCode, stateCode));
        Assert.Contains("a node's data directory expected", logError, StringComparison.Ordinal);
        Assert.Contains("a node's data directory expected", stateError, StringComparison.Ordinal);
    }

    private static async Task LookAsync(string data)
    {
        var log = await ProgramRun.RunAsync("log", "dump", "--data", data);
        var late = await ProgramRun.RunAsync("log", "dump", "--data", data, "--from", "1000000");
        var texts = await ProgramRun.RunAsync("log", "dump", "--data", data, "--show-texts");
        var names = await ProgramRun.RunAsync("state", "query", "--data", data, "SELECT name FROM accounts ORDER BY 1");
        var secrets = await ProgramRun.RunAsync(
            "state", "query", "--data", data,
            "SELECT DISTINCT a.password_hash, s.token_hash, m.text, hex(m.text) "
            + "FROM accounts a, sessions s, messages m");
        var shown = await ProgramRun.RunAsync(
            "state", "query", "--data", data, "--show-texts", "SELECT min(position), text FROM messages");

        Assert.Equal((0, 0, 0, 0), (log.Code, names.Code, secrets.Code, shown.Code));
        Assert.Contains("\"create_account\":{", log.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("argon2", log.Output + texts.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Words, log.Output, StringComparison.Ordinal);
        Assert.Contains(Words, texts.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("create_account", late.Output, StringComparison.Ordinal);
        Assert.Equal("name\nalice\nbob\n", names.Output);
        Assert.Equal("NULL\tNULL\tNULL\t", secrets.Output.Split('\n')[1]);
        Assert.EndsWith($"\t{Words}\n", shown.Output, StringComparison.Ordinal);
    }
}
