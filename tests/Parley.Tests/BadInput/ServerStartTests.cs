using System.Diagnostics;
using Parley.Local;
using Parley.Tests.Cluster;
using Parley.Tests.Hostile;
using Parley.Tests.Program;

namespace Parley.Tests.BadInput;

/// <summary>How a server may be started wrongly, and what it says: all that is wrong, what is expected, what to do.
/// </summary>
[Collection(BadInputCollection.Name)]
[Trait("Promise", "8")]
public sealed class ServerStartTests(BadInputStage stage) : IDisposable
{
    private const int Usage = 2;
    private const int DirectoryRefused = 10;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-start-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Each line: flags, the exit code, and what stands in what it says.</summary>
    public static TheoryData<string, int, string[]> Flags => new()
    {
        { "", Usage, ["id: 1 to 1000 expected", "data: a directory expected", "members: "] },
        { "--listen 127.0.0.1:0 --node-listen 127.0.0.1:70000", Usage, ["'127.0.0.1:0'", "'127.0.0.1:70000'"] },
        { "--members 1=127.0.0.1:1,1=127.0.0.1:2,2=127.0.0.1:3", Usage, ["members: each id once expected, 1 found 2"] },
        { "--members 1=127.0.0.1:1,2=127.0.0.1:2", Usage, ["members: an odd number", "2 found"] },
        { "--members nonsense", Usage, ["members: "] },
        { "--listen 0.0.0.0:7401", Usage, ["listen: ", "--bundle"] },
        { "--send-rate fast", Usage, ["send-rate: "] },
        { "--colour red", Usage, ["--colour"] },
        { "--config {folder}/none.json", Usage, ["none.json"] },
        { "--config {folder}/text.json", Usage, ["text.json"] },
        { "--config {folder}/list.json", Usage, ["one JSON object expected, Array found"] },
        { "--config {folder}/unknown.json", Usage, ["no such setting", "given twice"] },
        { "--bundle {folder}/none.parley", Usage, ["a file expected, none found"] },
        { "--bundle {folder}", Usage, ["a file expected, none found"] },
        { "--bundle {folder}/open.parley", Usage, ["chmod 600"] },
        { "--bundle {folder}/empty.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/nulls.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/null-member.parley", Usage, ["expected once among its members"] },
        { "--bundle {folder}/deep.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/large.parley", Usage, ["at most 1 MiB expected"] },
        { "--bundle {folder}/escape.parley", Usage, ["format parley-node-1 expected"] },
        { "--bundle {second}", DirectoryRefused, ["locked by pid", "What to do"] },
        { "--bundle {second} --data {folder}/0755", DirectoryRefused, ["chmod 700"] },
        { "--bundle {second} --data {folder}/text.json", DirectoryRefused, ["text.json"] },
        { "--bundle {second} --id 3", Usage, ["id: nothing expected beside --bundle, '3' found"] },
    };

    [Theory]
    [MemberData(nameof(Flags))]
    public async Task It_says_what_is_wrong_and_exits(string flags, int code, string[] parts)
    {
        WriteFiles();
        var arguments = flags
            .Replace("{folder}", folder.FullName, StringComparison.Ordinal)
            .Replace("{second}", stage.Cluster.Nodes.BundleOf(2), StringComparison.Ordinal)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (flags == "--bundle {second}")
        {
            arguments = [.. arguments, "--data", stage.Cluster.Nodes.DataDirectoryOf(2)];
        }

        var (found, said) = code == Usage ? await SayAsync(arguments) : await StartAsync(arguments);

        Assert.True(found == code, $"exit code {code} expected, {found} found: {said}");
        Assert.All(parts, part => Assert.Contains(part, said, StringComparison.Ordinal));
        Assert.DoesNotContain("Exception", said, StringComparison.Ordinal);
        Assert.Null(HostileText.FindForbidden(said));
    }

    /// <summary>A node's directory belongs to its cluster and its id, whatever the bundle says.</summary>
    [Fact]
    public async Task A_directory_of_another_node_is_refused()
    {
        var copy = Path.Combine(folder.FullName, "copy");
        CopyDirectory(stage.Cluster.Nodes.DataDirectoryOf(3), copy);

        var (code, said) = await StartAsync(["--bundle", stage.Cluster.Nodes.BundleOf(2), "--data", copy]);

        Assert.True(code == DirectoryRefused, $"exit code {DirectoryRefused} expected, {code} found: {said}");
        await stage.CheckAsync();
    }

    private void WriteFiles()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var bundle = File.ReadAllText(stage.Cluster.Nodes.BundleOf(2));
        (string Name, string Content)[] files =
        [
            ("text.json", "not JSON"),
            ("list.json", "[]"),
            ("unknown.json", """{ "colour": "red", "id": 1, "id": 2 }"""),
            ("open.parley", bundle),
            ("empty.parley", ""),
            ("nulls.parley", """
                {"format":"parley-node-1","cluster":null,"name":null,"node":1,"members":null,"certificate":null,
                "key":null,"ca":null}
                """),
            ("null-member.parley", bundle.Replace(
                "\"members\": [", "\"members\": [null,", StringComparison.Ordinal)),
            ("deep.parley", new string('[', 100_000)),
            ("large.parley", new string(' ', (1 << 20) + 1)),
            ("escape.parley", bundle.Replace("parley-node-1", @"\u001b[2J", StringComparison.Ordinal)),
        ];
        foreach (var (name, content) in files)
        {
            var path = Path.Combine(folder.FullName, name);
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, name == "open.parley" ? OwnerOnly | UnixFileMode.OtherRead : OwnerOnly);
        }

        Directory.CreateDirectory(
            Path.Combine(folder.FullName, "0755"),
            OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        // Held by the node that runs there; each start makes its own.
        foreach (var file in Directory.GetFiles(from).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        foreach (var below in Directory.GetDirectories(from))
        {
            CopyDirectory(below, Path.Combine(to, Path.GetFileName(below)));
        }
    }

    /// <summary>What is refused before a server begins.</summary>
    private static async Task<(int Code, string Said)> SayAsync(string[] arguments)
    {
        var (code, output, error) = await ProgramRun.RunAsync(["server", .. arguments])
            .WaitAsync(TestCluster.Patience);
        return (code, error + output);
    }

    /// <summary>A server as a process: it must end by itself.</summary>
    private static async Task<(int Code, string Said)> StartAsync(string[] arguments)
    {
        var (file, leading) = ParleyExecutable.Find();
        using var process = Process.Start(new ProcessStartInfo(file, [.. leading, "server", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = await process.StandardError.ReadToEndAsync().WaitAsync(TestCluster.Patience);
            await process.WaitForExitAsync().WaitAsync(TestCluster.Patience);
            return (process.ExitCode, error + await output);
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
