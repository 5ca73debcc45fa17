using Parley.CommandLine;
using Parley.Server.Certificates;
using Parley.Tests.Hostile;

namespace Parley.Tests.Program;

/// <summary><c>cluster init</c> and <c>cluster renew</c>: what they make, what they refuse, and that what they refuse
/// changes no file.</summary>
public sealed class ClusterVerbTests : IDisposable
{
    private const string Form = "node: ID=HOST:PORT or ID=HOST:PORT/NODEPORT expected";

    /// <summary>Nobody listens there.</summary>
    private static readonly string[] Members =
        ["--node", "1=127.0.0.1:1", "--node", "2=127.0.0.1:2", "--node", "3=127.0.0.1:3"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-verbs-");

    private string Data => Path.Combine(folder.FullName, "chat");

    private string Authority => Path.Combine(Data, AuthorityFile.FileName);

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Each line: the nodes, and all that is said of them.</summary>
    public static TheoryData<string, string[]> Nodes => new()
    {
        { "1=127.0.0.1:7401 2=127.0.0.1:7402", ["node: an odd number of at most 9 expected, 2 found; five survive"] },
        {
            string.Join(' ', Enumerable.Range(1, 11).Select(id => $"{id}=127.0.0.1:{7400 + id}")),
            ["node: an odd number of at most 9 expected, 11 found"]
        },
        {
            "1=127.0.0.1:7401 1=127.0.0.1:7402 1=127.0.0.1:7403",
            ["node: each id once expected, 1 found 3 times"]
        },
        {
            "1=127.0.0.1:7401 2=127.0.0.1:7401 3=127.0.0.1:7501",
            [
                "node: each address once expected, 127.0.0.1:7401 found 2 times",
                "node: each address once expected, 127.0.0.1:7501 found 3 times",
            ]
        },
        { "one=127.0.0.1:7401", [$"{Form}, 'one=127.0.0.1:7401' found"] },
        { "0=127.0.0.1:7401", [$"{Form}, '0=127.0.0.1:7401' found"] },
        { "1001=127.0.0.1:7401", [$"{Form}, '1001=127.0.0.1:7401' found"] },
        { "=127.0.0.1:7401", [$"{Form}, '=127.0.0.1:7401' found"] },
        { "1=", [$"{Form}, '1=' found"] },
        { "1=127.0.0.1", [$"{Form}, '1=127.0.0.1' found"] },
        { "1=:7401", [$"{Form}, '1=:7401' found"] },
        { "1=127.0.0.1:0", [$"{Form}, '1=127.0.0.1:0' found"] },
        { "1=127.0.0.1:70000", [$"{Form}, '1=127.0.0.1:70000' found"] },
        { "1=127.0.0.1:65500", [$"{Form}, '1=127.0.0.1:65500' found"] },
        { "1=127.0.0.1:7401/", [$"{Form}, '1=127.0.0.1:7401/' found"] },
        { "1=127.0.0.1:7401/70000", [$"{Form}, '1=127.0.0.1:7401/70000' found"] },
        { "1=127.0.0.1:7401/7501/7601", [$"{Form}, '1=127.0.0.1:7401/7501/7601' found"] },
        { "1=\u001b[2Jhost:7401", [$"{Form}, '1=\uFFFD[2Jhost:7401' found"] },
        {
            "1=here 2=127.0.0.1:7402 2=127.0.0.1:7403 4=127.0.0.1:7403",
            [
                $"{Form}, '1=here' found", "an odd number of at most 9 expected, 4 found",
                "each id once expected, 2 found 2 times", "each address once expected, 127.0.0.1:7403 found 2 times",
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Nodes))]
    public async Task Nodes_that_are_no_cluster_are_refused_and_nothing_is_made(string nodes, string[] sentences)
    {
        var arguments = nodes.Split(' ').SelectMany(node => (string[])["--node", node]);

        var (code, output, error) = await ProgramRun.RunAsync(["cluster", "init", "--data", Data, .. arguments]);

        Assert.Equal((ExitCodes.Usage, ""), (code, output));
        Assert.All(sentences, sentence => Assert.Contains(sentence, error, StringComparison.Ordinal));
        Assert.All(error.TrimEnd().Split('\n'), line => Assert.StartsWith("parley: ", line, StringComparison.Ordinal));
        Assert.Null(HostileText.FindForbidden(error));
        Assert.False(Directory.Exists(Data), "nothing is made");
    }

    [Fact]
    public async Task What_is_there_already_is_not_written_over()
    {
        var (made, paths, _) = await InitAsync();
        var before = ReadFiles();
        var again = await InitAsync();
        File.Delete(Authority);
        var overBundles = await InitAsync();
        File.WriteAllText(Authority, before[AuthorityFile.FileName]);
        var inAFile = await ProgramRun.RunAsync(["cluster", "init", "--data", Authority, .. Members]);

        Assert.Equal(ExitCodes.Ok, made);
        Assert.Equal(
            [.. Enumerable.Range(1, 3).Select(id => Path.Combine(Data, NodeBundle.FileNameOf(id)))],
            paths.TrimEnd().Split('\n'));
        Assert.All([again, overBundles], refused =>
        {
            Assert.Equal((ExitCodes.Conflict, ""), (refused.Code, refused.Output));
            Assert.Contains("is there already", refused.Error, StringComparison.Ordinal);
            Assert.Contains("give another --data", refused.Error, StringComparison.Ordinal);
        });
        Assert.Equal((ExitCodes.Refused, ""), (inAFile.Code, inAFile.Output));
        Assert.Contains(Authority, inAFile.Error, StringComparison.Ordinal);
        Assert.Equal(before, ReadFiles());
    }

    /// <summary>Each line: what became of the authority's file, flags, the exit code, and what is said.</summary>
    public static TheoryData<string, string, int, string> Renewals => new()
    {
        { "gone", "", ExitCodes.Refused, "ca.parley: a file expected, none found" },
        { "open", "", ExitCodes.Refused, "a key is in it; chmod 600" },
        { "open", "--authority", ExitCodes.Refused, "a key is in it; chmod 600" },
        { "open", "--retire-old", ExitCodes.Refused, "a key is in it; chmod 600" },
        { "text", "", ExitCodes.Refused, "the file that 'parley cluster init' writes expected" },
        { "whole", "--authority --retire-old", ExitCodes.Usage, "--authority or --retire-old expected, both found" },
        { "whole", "--drop 2 --authority", ExitCodes.Usage, "--drop expected by itself" },
        { "whole", "--drop 2 --drop 7", ExitCodes.Refused, "some of the nodes 1, 2, 3 expected to drop, 2, 7 found" },
        { "whole", "--retire-old", ExitCodes.Refused, "a change of authority under way expected, none found" },
        {
            "whole", "--retire-old --without-asking", ExitCodes.Refused,
            "a change of authority under way expected, none found"
        },
        { "changed", "--authority", ExitCodes.Refused, "a change of authority under way found, none expected" },
        { "changed", "--retire-old", ExitCodes.Conflict, "node 2: 127.0.0.1:2 does not answer" },
    };

    [Theory]
    [MemberData(nameof(Renewals))]
    public async Task A_renewal_that_cannot_be_is_refused_and_changes_nothing(
        string authority, string flags, int expected, string sentence)
    {
        await InitAsync();
        await SpoilAsync(authority);
        var before = ReadFiles();

        var (code, output, error) = await RenewAsync(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((expected, ""), (code, output));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.Equal(before, ReadFiles());
    }

    [Fact]
    public async Task A_node_that_left_is_named_no_more()
    {
        await InitAsync();

        var (code, output, error) = await RenewAsync("--drop", "2");

        Assert.Equal(ExitCodes.Ok, code);
        Assert.Equal(
            [Path.Combine(Data, NodeBundle.FileNameOf(1)), Path.Combine(Data, NodeBundle.FileNameOf(3))],
            output.TrimEnd().Split('\n'));
        Assert.Contains("get this link: parley://127.0.0.1:1,127.0.0.1:3/", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_asking_the_old_authority_goes_though_no_node_answers()
    {
        await InitAsync();
        await RenewAsync("--authority");
        var asked = await RenewAsync("--retire-old");

        var (code, output, error) = await RenewAsync("--retire-old", "--without-asking");

        Assert.Equal(ExitCodes.Conflict, asked.Code);
        Assert.Equal(
            [
                "parley: certificates of the new authority expected on all nodes; nothing was changed.",
                .. Enumerable.Range(1, 3).Select(id => $"parley: node {id}: 127.0.0.1:{id} does not answer"),
                "parley: put the new bundles in place first, or give --without-asking",
            ],
            asked.Error.TrimEnd().Split('\n'));
        Assert.Equal(ExitCodes.Ok, code);
        Assert.Equal(3, output.TrimEnd().Split('\n').Length);
        Assert.Contains("parley: users get this link: parley://127.0.0.1:1,", error, StringComparison.Ordinal);
        var file = AuthorityFile.Load(Authority);
        Assert.Null(file.Predecessor);
        Assert.Equal(file.Certificate, NodeBundle.Load(Path.Combine(Data, NodeBundle.FileNameOf(3))).Ca);
    }

    private Task<(int Code, string Output, string Error)> InitAsync() =>
        ProgramRun.RunAsync(["cluster", "init", "--data", Data, .. Members]);

    private Task<(int Code, string Output, string Error)> RenewAsync(params string[] flags) =>
        ProgramRun.RunAsync(["cluster", "renew", "--data", Data, .. flags]);

    private async Task SpoilAsync(string authority)
    {
        switch (authority)
        {
            case "gone":
                File.Delete(Authority);
                break;
            case "open":
                File.SetUnixFileMode(Authority, File.GetUnixFileMode(Authority) | UnixFileMode.OtherRead);
                break;
            case "text":
                await File.WriteAllTextAsync(Authority, "not JSON");
                break;
            case "changed":
                Assert.Equal(ExitCodes.Ok, (await RenewAsync("--authority")).Code);
                break;
            default:
                Assert.Equal("whole", authority);
                break;
        }
    }

    private Dictionary<string, string> ReadFiles() => Directory.GetFiles(Data)
        .ToDictionary(path => Path.GetFileName(path), File.ReadAllText, StringComparer.Ordinal);
}
