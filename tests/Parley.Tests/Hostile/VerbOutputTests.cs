using System.CommandLine;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Parley.CommandLine;
using Parley.Local;
using Parley.Tests.Cluster;
using Parley.Tests.Inspection;
using Parley.Tests.Program;

namespace Parley.Tests.Hostile;

/// <summary>Whatever a server, or who sits before the keyboard, puts into the program: what comes out is harmless.
/// </summary>
[Collection(HostileCollection.Name)]
[Trait("Promise", "8")]
public sealed class VerbOutputTests : IDisposable
{
    private const string Patient = "20";
    private const string Hasty = "0.3";

    /// <summary>Stands for a file that is not there yet.</summary>
    private const string NewFile = "NEW";

    private static readonly StatusCode[] Final =
    [
        StatusCode.InvalidArgument, StatusCode.Unauthenticated, StatusCode.NotFound, StatusCode.AlreadyExists,
        StatusCode.PermissionDenied, StatusCode.FailedPrecondition, StatusCode.ResourceExhausted,
    ];

    /// <summary>All verbs; those of a cluster with arguments, and whether they show what the server says when all goes
    /// well. The others are null: they ask no server that is not theirs.</summary>
    private static readonly Dictionary<string, (string[] Arguments, bool Shows)?> Verbs = new(StringComparer.Ordinal)
    {
        ["account create"] = (["dave"], true),
        ["account delete"] = ([], false),
        ["account list"] = ([], true),
        ["account disable"] = (["bob"], false),
        ["account enable"] = (["bob"], false),
        ["account remove"] = (["bob"], false),
        ["account reset-password"] = (["bob"], false),
        ["account promote"] = (["bob"], false),
        ["account demote"] = (["bob"], false),
        ["account password"] = ([], false),
        ["token create"] = (["backup"], false),
        ["token list"] = ([], false),
        ["token revoke"] = (["1042"], false),
        ["hook create"] = (["--to", "bob"], false),
        ["hook list"] = ([], false),
        ["hook revoke"] = (["1042"], false),
        ["login"] = (["alice"], false),
        ["logout"] = ([], false),
        ["send"] = (["bob", "hello"], false),
        ["tail"] = (["--no-follow"], true),
        ["history"] = (["bob"], true),
        ["search"] = (["hello"], true),
        ["who"] = (["bob"], true),
        ["message edit"] = (["bob", "1", "hello"], false),
        ["message delete"] = (["bob", "1"], false),
        ["status"] = ([], true),
        ["chat"] = (["--to", "bob"], false),
        ["invite create"] = ([], false),
        ["invite list"] = ([], true),
        ["invite revoke"] = (["1042"], false),
        ["conversations"] = ([], true),
        ["room create"] = (["ops"], true),
        ["room list"] = ([], true),
        ["room join"] = (["ops"], false),
        ["room leave"] = (["ops"], false),
        ["room topic"] = (["ops", "calm"], false),
        ["room retention"] = (["ops", "30"], false),
        ["room invite"] = (["ops", "bob"], false),
        ["room remove"] = (["ops", "bob"], false),
        ["room mute"] = (["ops", "bob"], false),
        ["room unmute"] = (["ops", "bob"], false),
        ["room promote"] = (["ops", "bob"], false),
        ["room demote"] = (["ops", "bob"], false),
        ["room give"] = (["ops", "bob"], false),
        ["room members"] = (["ops"], true),
        ["session end"] = (["bob"], false),
        ["settings get"] = ([], true),
        ["settings set"] = (["send-rate", "20"], false),
        ["audit"] = ([], true),
        ["completion"] = null,
        ["man"] = null,
        ["demo"] = null,
        ["server"] = null,
        ["cluster init"] = null,
        ["cluster link"] = ([], false),
        ["cluster renew"] = null,
        ["cluster bundle"] = null,
        ["cluster members"] = ([], true),
        ["cluster add"] = (["6=127.0.0.1:7506"], false),
        ["cluster replace"] = (["--id", "3"], false),
        ["cluster remove"] = (["--id", "3"], false),
        ["cluster transfer-leader"] = (["--id", "3"], false),
        ["cluster restart"] = (["--rolling"], false),
        ["backup create"] = (["chat.backup", "--data", "/"], false),
        ["backup inspect"] = null,
        ["backup verify"] = null,
        ["backup restore"] = null,
        ["export"] = null,
        ["cluster recover"] = null,
        ["doctor"] = null,
        ["debug bundle"] = ([NewFile], false),
        ["log dump"] = null,
        ["log replay"] = null,
        ["state query"] = null,
        ["bench"] = null,
        ["verify"] = null,
    };

    private static readonly string[] Forms = ["text", "json", "plain", "table"];

    /// <summary>They talk, run, write files or a script, or report on what they measured.</summary>
    private static readonly string[] Formless =
    [
        "bench", "cluster bundle", "cluster init", "cluster renew", "completion", "demo", "export", "log dump", "man",
        "server", "verify",
    ];

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("parley-hostile-");
    private readonly HostileNode node;

    public VerbOutputTests(HostileStage stage)
    {
        node = stage.Node;
        (node.NamesNoCluster, node.Refusal, node.Number) = (false, null, 1);
    }

    public static TheoryData<string> Asking =>
        [.. Verbs.Where(verb => verb.Value is not null).Select(verb => verb.Key)];

    public void Dispose() => home.Delete(recursive: true);

    [Fact]
    public void Every_verb_has_a_row() => Assert.Equal(
        Leaves(ParleyProgram.BuildRoot(), "").Order(StringComparer.Ordinal),
        Verbs.Keys.Order(StringComparer.Ordinal));

    /// <summary>What lists, or prints what it found, has the same forms everywhere.</summary>
    [Fact]
    public void Every_verb_takes_each_form_but_those_that_list_nothing()
    {
        foreach (var (path, command) in Commands(ParleyProgram.BuildRoot(), ""))
        {
            var takes = Forms.Where(form =>
                ParleyProgram.BuildRoot().Parse($"{path} --output {form}").Errors
                    .All(error => !error.Message.Contains(form, StringComparison.Ordinal))
                && command.Options.Any(option => option.Name == "--output"));
            Assert.True(
                Formless.Contains(path) ? !takes.Contains("plain") : Forms.SequenceEqual(takes),
                $"{path} takes {string.Join(", ", takes)}; expected {string.Join(", ", Forms)}, as OutputOption has "
                + "them, or a place in the list of those that list nothing");
        }
    }

    /// <summary>A row of plain has the values of JSON, and so many; a table has them all and their names.</summary>
    [Theory]
    [MemberData(nameof(Asking))]
    public async Task What_a_server_says_is_harmless_in_columns_too(string verb)
    {
        var (arguments, shows) = Verbs[verb]!.Value;
        string[] line = [.. verb.Split(' '), .. arguments];
        if (verb == "chat")
        {
            return; // It prints no rows.
        }

        var json = await DataAsync([.. line, "-o", "json"]);
        var plain = await DataAsync([.. line, "-o", "plain"]);
        var table = await DataAsync([.. line, "-o", "table"]);

        Check(plain.Replace('\t', ' '), table);
        Assert.True(!shows || table.Contains(HostileText.Mark, StringComparison.Ordinal), table);
        // A status is one object, and a row for each node; what was not sent is told on standard error but in JSON.
        if (json.Length > 0 && verb is not ("status" or "send"))
        {
            using var first = JsonDocument.Parse(json.Split('\n')[0]);
            var fields = first.RootElement.EnumerateObject().Count();
            Assert.All(plain.TrimEnd('\n').Split('\n'), row => Assert.Equal(fields, row.Split('\t').Length));
            Assert.Equal(json.Split('\n').Length, plain.Split('\n').Length);
            Assert.Equal(json.Split('\n').Length + 1, table.Split('\n').Length);
        }
    }

    [Theory]
    [MemberData(nameof(Asking))]
    public async Task What_a_server_says_comes_out_harmless(string verb)
    {
        var (arguments, shows) = Verbs[verb]!.Value;
        string[] line = [.. verb.Split(' '), .. arguments];
        var code = Final[verb.Length % Final.Length];

        var text = await RunAsync(line);
        var json = await RunAsync([.. line, "-o", "json"]);
        node.Refusal = code;
        var refused = await RunAsync(line);

        Check(text, json, refused);
        Assert.True(!shows || text.Contains(HostileText.Mark, StringComparison.Ordinal), text);
        // A node that refuses to say how it is is one that does not answer.
        Assert.True(
            !shows || verb is "status" or "cluster members"
                || refused.Contains(HostileText.Mark, StringComparison.Ordinal),
            refused);
    }

    /// <summary>Times, sequences, counts and kinds that nobody could mean.</summary>
    [Theory]
    [MemberData(nameof(Asking))]
    public async Task Whatever_numbers_a_server_says_the_verb_ends_in_words(string verb)
    {
        var (arguments, _) = Verbs[verb]!.Value;
        string[] line = [.. verb.Split(' '), .. arguments];
        node.Number = long.MaxValue;
        Check(await RunAsync(line));
        node.Number = long.MinValue;
        Check(await RunAsync(line));
    }

    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unknown)]
    [InlineData((StatusCode)99)]
    public async Task What_a_server_says_again_and_again_comes_out_harmless(StatusCode code)
    {
        node.Refusal = code;

        Check(await RunAsync(["account", "list"], giveUp: Hasty));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("login alice")]
    [InlineData("account list")]
    public async Task A_cluster_that_calls_itself_something_else_is_told_harmlessly(string verb)
    {
        node.NamesNoCluster = true;

        Check(await RunAsync(verb.Split(' '), giveUp: Hasty));

        Assert.Empty(home.EnumerateFiles("session.json", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task What_a_server_says_is_harmless_in_a_bug_report_too()
    {
        await RunAsync(["debug", "bundle", NewFile]);

        var report = UnpackedReport.Of(Assert.Single(home.GetFiles()).FullName);

        Assert.Contains(
            HostileText.Mark, Encoding.UTF8.GetString(report["cluster/answers.json"]), StringComparison.Ordinal);
        Assert.All(report.Values, file => Assert.Null(HostileText.FindForbidden(Encoding.UTF8.GetString(file))));
    }

    [Fact]
    public async Task What_is_typed_comes_back_harmless()
    {
        foreach (var arguments in (string[][])
            [
                [HostileText.Text[..50]],
                ["account", "create", HostileText.Text[..60], "--nodes", "127.0.0.1:1", "--give-up", Hasty],
                ["server", "--listen", HostileText.Text[..60], "--members", HostileText.Text[..60]],
                ["status", "--nodes", HostileText.Text[..60]],
                ["login", $"parley://{HostileText.Text[..60]}/?ca=0"],
                ["cluster", "init", "--data", "/dev/null", "--name", HostileText.Text[..60], "--node", "\e[2J"],
                ["log", "dump", "--data", HostileText.Text[..60].Replace("\0", "", StringComparison.Ordinal)],
                ["bench", "--seconds", HostileText.Text[..20]],
            ])
        {
            var (code, output, error) = await ProgramRun.RunAsync(arguments);

            Assert.NotEqual(0, code);
            Assert.Null(HostileText.FindForbidden(output));
            Assert.Null(HostileText.FindForbidden(error));
            Assert.NotEmpty(error);
        }
    }

    private static IEnumerable<string> Leaves(Command command, string path) =>
        Commands(command, path).Select(leaf => leaf.Path);

    private static IEnumerable<(string Path, Command Command)> Commands(Command command, string path) =>
        command.Subcommands.Count == 0
            ? [(path, command)]
            : command.Subcommands.SelectMany(below => Commands(below, $"{path} {below.Name}".Trim()));

    private static void Check(params string[] outputs)
    {
        foreach (var said in outputs)
        {
            Assert.Null(HostileText.FindForbidden(said));
            Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        }
    }

    /// <summary>Standard output and standard error, as a person would see them.</summary>
    private async Task<string> RunAsync(string[] arguments, string giveUp = Patient)
    {
        // Nobody answers what these ask for.
        giveUp = arguments[0] is "send" or "chat" ? Hasty : giveUp;
        Environment.SetEnvironmentVariable(HostileStage.StateHome, home.FullName);
        string[] line = [.. WithNewFile(arguments), "--as", "alice", "--nodes", node.Address, "--give-up", giveUp];
        if (arguments[0] == "chat")
        {
            return await RunProcessAsync(line);
        }

        var (_, output, error) = await ProgramRun.RunAsync(line).WaitAsync(TestCluster.Patience);
        return output + error;
    }

    private IEnumerable<string> WithNewFile(string[] arguments) => arguments.Select(argument =>
        argument == NewFile ? Path.Combine(home.FullName, Path.GetRandomFileName()) : argument);

    /// <summary>Standard output alone.</summary>
    private async Task<string> DataAsync(string[] arguments)
    {
        var giveUp = arguments[0] is "send" ? Hasty : Patient;
        Environment.SetEnvironmentVariable(HostileStage.StateHome, home.FullName);
        string[] line = [.. WithNewFile(arguments), "--as", "alice", "--nodes", node.Address, "--give-up", giveUp];
        return (await ProgramRun.RunAsync(line).WaitAsync(TestCluster.Patience)).Output;
    }

    /// <summary>For what reads standard input: it is empty.</summary>
    private static async Task<string> RunProcessAsync(string[] arguments)
    {
        var (file, leading) = ParleyExecutable.Find();
        using var process = Process.Start(new ProcessStartInfo(file, [.. leading, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            process.StandardInput.Close();
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TestCluster.Patience);
            await process.WaitForExitAsync().WaitAsync(TestCluster.Patience);
            return output + await error;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
