using System.Diagnostics;
using System.Text;
using Parley.Core;
using Parley.Local;
using Parley.Server.Certificates;
using Parley.Server.Consensus;
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
    private const int PortTaken = 1;
    private const int Usage = 2;
    private const int DirectoryRefused = 10;

    private const UnixFileMode OwnerFolder =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("parley-start-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Each line: flags, the exit code, and what stands in what it says.</summary>
    public static TheoryData<string, int, string[]> Flags => new()
    {
        { "", Usage, ["id: 1 to 1000 expected", "data: a directory expected", "members: "] },
        { "--listen 127.0.0.1:0 --node-listen 127.0.0.1:70000", Usage, ["'127.0.0.1:0'", "'127.0.0.1:70000'"] },
        { "--members 1=127.0.0.1:1,1=127.0.0.1:2,2=127.0.0.1:3", Usage, ["members: each id once expected, 1 found 2"] },
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
        { "--bundle {folder}/0644.parley", Usage, ["only its owner may read", "chmod 600"] },
        { "--bundle {folder}/0640.parley", Usage, ["only its owner may read", "chmod 600"] },
        {
            "--bundle {second} --certificate {folder}/text.json --certificate-key {folder}/0644.parley", Usage,
            ["certificate-key: ", "only its owner may read", "chmod 600"]
        },
        { "--bundle {folder}/empty.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/nulls.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/null-member.parley", Usage, ["expected once among its members"] },
        { "--bundle {folder}/deep.parley", Usage, ["a bundle as 'parley cluster init' writes it expected"] },
        { "--bundle {folder}/large.parley", Usage, ["at most 1 MiB expected"] },
        { "--bundle {folder}/escape.parley", Usage, ["format parley-node-1 expected"] },
        { "--bundle {second}", DirectoryRefused, ["locked by pid", "What to do"] },
        { "--bundle {second} --data {folder}/0755", DirectoryRefused, ["chmod 700"] },
        { "--bundle {second} --data {folder}/text.json", DirectoryRefused, ["text.json"] },
        { "--bundle {second} --data {folder}/new", PortTaken, ["address already in use", "Choose another port"] },
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

    [Fact]
    public async Task An_even_number_founds_no_cluster()
    {
        var (code, said) = await StartAsync([
            "--id", "1", "--data", Path.Combine(folder.FullName, "two"), "--listen", "127.0.0.1:1",
            "--node-listen", "127.0.0.1:2", "--members", "1=127.0.0.1:2,2=127.0.0.1:3",
        ]);

        Assert.Equal(Usage, code);
        Assert.Contains("members: an odd number of at most 9 addresses expected", said, StringComparison.Ordinal);
        Assert.Contains("--join", said, StringComparison.Ordinal);
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

    /// <summary>The directory was formed with the one cluster's bundle; nothing but the bundle is another's.</summary>
    [Fact]
    public async Task A_bundle_of_another_cluster_is_refused()
    {
        var (copy, other) = (Path.Combine(folder.FullName, "copy"), Path.Combine(folder.FullName, "other"));
        CopyDirectory(stage.Cluster.Nodes.DataDirectoryOf(2), copy);
        var own = NodeBundle.Load(stage.Cluster.Nodes.BundleOf(2));
        var others = ClusterFiles.Create(other, own.Name, own.Members, TimeProvider.System.GetUtcNow());

        var (code, said) = await StartAsync(
            ["--bundle", Path.Combine(other, NodeBundle.FileNameOf(2)), "--data", copy]);

        Assert.True(code == DirectoryRefused, $"exit code {DirectoryRefused} expected, {code} found: {said}");
        Assert.All(
            [copy, own.Cluster, others.Cluster, "What to do"],
            part => Assert.Contains(part, said, StringComparison.Ordinal));
        await stage.CheckAsync();
    }

    /// <summary>One bit of the first letter that bob wrote.</summary>
    [Fact]
    public async Task A_state_with_one_flipped_bit_is_refused()
    {
        var copy = Path.Combine(folder.FullName, "copy");
        await stage.Cluster.ConvergeAsync();
        CopyDirectory(stage.Cluster.Nodes.DataDirectoryOf(2), copy);
        var file = Path.Combine(copy, SnapshotFiles.StateName);
        using (var state = ChatState.Open(file))
        {
            Assert.Equal(state.AppliedIndex, state.Checkpoint());
        }

        Flip(file, Encoding.UTF8.GetBytes($"{BadInputStage.Canary} 1"));
        var (code, said) = await StartAsync(["--bundle", stage.Cluster.Nodes.BundleOf(2), "--data", copy]);

        Assert.True(code == DirectoryRefused, $"exit code {DirectoryRefused} expected, {code} found: {said}");
        Assert.Contains($"{file}: digest ", said, StringComparison.Ordinal);
        Assert.Contains("What to do", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new")]
    [InlineData("node")]
    public async Task A_directory_that_cannot_be_written_to_is_refused(string what)
    {
        var data = Path.Combine(folder.FullName, what);
        if (what == "node")
        {
            CopyDirectory(stage.Cluster.Nodes.DataDirectoryOf(2), data);
        }
        else
        {
            folder.CreateSubdirectory(what);
            File.SetUnixFileMode(data, OwnerFolder);
        }

        if (await ReadOnlyMount.FindHindranceAsync(data) is { } hindrance)
        {
            TestCluster.Print(hindrance);
            Assert.Skip(hindrance);
        }

        var before = Names(data);
        var (code, said) = await StartAsync(
            ["--bundle", stage.Cluster.Nodes.BundleOf(2), "--data", data], ReadOnlyMount.Over(data));

        Assert.True(code == DirectoryRefused, $"exit code {DirectoryRefused} expected, {code} found: {said}");
        Assert.All(
            [data, "What to do: give a directory that this user may write to"],
            part => Assert.Contains(part, said, StringComparison.Ordinal));
        Assert.Equal(before, Names(data));
    }

    /// <summary>Where the text stands, and where it stood: a page that was split keeps what it no longer counts.
    /// </summary>
    private static void Flip(string file, ReadOnlySpan<byte> text)
    {
        var bytes = File.ReadAllBytes(file);
        var found = 0;
        for (var rest = bytes.AsSpan(); rest.IndexOf(text) is var at and >= 0; rest = rest[(at + text.Length)..])
        {
            rest[at] ^= 1;
            found++;
        }

        Assert.InRange(found, 1, int.MaxValue);
        File.WriteAllBytes(file, bytes);
    }

    private static string[] Names(string directory) =>
        [.. Directory.GetFileSystemEntries(directory).Order(StringComparer.Ordinal)];

    private void WriteFiles()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var bundle = File.ReadAllText(stage.Cluster.Nodes.BundleOf(2));
        (string Name, string Content)[] files =
        [
            ("text.json", "not JSON"),
            ("list.json", "[]"),
            ("unknown.json", """{ "colour": "red", "id": 1, "id": 2 }"""),
            ("0644.parley", bundle),
            ("0640.parley", bundle),
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
            File.SetUnixFileMode(path, name[..4] switch
            {
                "0644" => OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
                "0640" => OwnerOnly | UnixFileMode.GroupRead,
                _ => OwnerOnly,
            });
        }

        Directory.CreateDirectory(
            Path.Combine(folder.FullName, "0755"),
            OwnerOnly | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
    }

    private static void CopyDirectory(string from, string to)
    {
        Directory.CreateDirectory(to, OwnerFolder);
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
    /// <param name="arguments">The server's.</param>
    /// <param name="around">A command that runs it; none: it runs as it is.</param>
    private static async Task<(int Code, string Said)> StartAsync(string[] arguments, params string[] around)
    {
        var (file, leading) = ParleyExecutable.Find();
        string[] command = [.. around, file, .. leading, "server", .. arguments];
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..])
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
