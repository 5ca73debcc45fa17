using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Parley.Local;
using Parley.Local.Network;

namespace Parley.Tests.Cluster;

/// <summary>Five machines with an address and a bundle each, and a sixth whose user got nothing but the link.</summary>
[Collection(ClusterCollection.Name)]
[Trait("Promise", "6")]
[Trait("Promise", "8")]
public sealed class FiveMachinesTests
{
    private const int Client = 6;
    private const int LinesBefore = 100;
    private const int LinesAfter = 100;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_with_the_link_loses_nothing_when_the_leader_dies()
    {
        if (await MachineNetwork.FindReasonWhyNotAsync() is { } reason)
        {
            Assert.False(Environment.GetEnvironmentVariable("PARLEY_TEST_MACHINES") is "required", reason);
            Assert.Skip(reason);
        }

        var folder = Directory.CreateTempSubdirectory("parley-machines-");
        await using var machines = await MachineNetwork.StartAsync(Client, seed: 1);
        var nodes = new Dictionary<int, Process>();
        try
        {
            var link = await InitAsync(machines, folder.FullName);
            for (var id = 1; id <= 5; id++)
            {
                nodes[id] = StartNode(machines, folder.FullName, id);
            }

            await RunAsync(machines, folder.FullName, "login", link);
            await RunAsync(machines, folder.FullName, "account", "create", "alice");
            await RunAsync(machines, folder.FullName, "login", "alice");
            var code = Assert.Single(await RunAsync(machines, folder.FullName, "invite", "create"));
            await RunAsync(machines, folder.FullName, "account", "create", "bob", "--invite", code);
            Assert.Equal([link], await RunAsync(machines, folder.FullName, "cluster", "link"));
            var acknowledged = await SendThroughFailoverAsync(machines, folder.FullName, nodes);

            var history = await RunAsync(
                machines, folder.FullName, "history", "bob", "-o", "json", "--as", "alice");
            var texts = history.Select(line => TextOf(line, "text")).ToList();
            Assert.Equal(LinesBefore + LinesAfter, acknowledged);
            Assert.Equal(
                Enumerable.Range(1, acknowledged).Select(line => $"line {line}"), texts);
        }
        finally
        {
            foreach (var node in nodes.Values)
            {
                node.Kill();
                await node.WaitForExitAsync(CancellationToken.None);
                node.Dispose();
            }

            folder.Delete(recursive: true);
        }
    }

    /// <summary>Sends lines; between them, once some were answered, the leader's machine loses its process.</summary>
    private static async Task<int> SendThroughFailoverAsync(
        MachineNetwork machines, string folder, Dictionary<int, Process> nodes)
    {
        using var sending = Start(
            machines, folder, "send", "bob", "-", "--lines", "--in-flight", "16", "-o", "json", "--as", "alice");
        var acknowledged = 0;
        await SayAsync(sending, 1, LinesBefore);
        while (acknowledged < LinesBefore)
        {
            acknowledged += await IsStoredAsync(sending) ? 1 : 0;
        }

        var leader = int.Parse(
            await Until.FoundAsync(
                async _ =>
                {
                    using var picture = JsonDocument.Parse(
                        (await RunAsync(machines, folder, "status", "-o", "json"))[0]);
                    var told = picture.RootElement.GetProperty("leader");
                    return told.ValueKind == JsonValueKind.Number ? told.GetRawText() : null;
                },
                TestCluster.Patience,
                () => "no node led",
                TestContext.Current.CancellationToken),
            System.Globalization.CultureInfo.InvariantCulture);
        nodes[leader].Kill();
        var began = Stopwatch.StartNew();
        await SayAsync(sending, LinesBefore + 1, LinesAfter);
        sending.StandardInput.Close();
        while (acknowledged < LinesBefore + LinesAfter && await IsStoredAsync(sending))
        {
            if (++acknowledged == LinesBefore + 1)
            {
                TestCluster.Print($"leader {leader} killed: first answer after {began.ElapsedMilliseconds} ms");
            }
        }

        await sending.WaitForExitAsync(Stop).WaitAsync(TestCluster.Patience, Stop);
        Assert.Equal(0, sending.ExitCode);
        return acknowledged;
    }

    private static async Task<string> InitAsync(MachineNetwork machines, string folder)
    {
        var nodes = Enumerable.Range(1, 5)
            .SelectMany(id => (string[])["--node", $"{id}={machines.AddressOf(id)}:7401"]);
        await RunAsync(
            machines, folder, ["cluster", "init", "--data", Path.Combine(folder, "ca"), "--name", "five", .. nodes]);
        var lines = await RunAsync(
            machines, folder, "cluster", "link", "--bundle", Path.Combine(folder, "ca", "node-2.parley"));
        return Assert.Single(lines);
    }

    private static Process StartNode(MachineNetwork machines, string folder, int id)
    {
        // All that the machine gets; its data will lie beside it.
        var name = string.Create(CultureInfo.InvariantCulture, $"node-{id}.parley");
        var bundle = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, $"machine-{id}")).FullName, name);
        File.Move(Path.Combine(folder, "ca", name), bundle);
        var node = Start(
            machines,
            id,
            [
                "server", "--bundle", bundle, "--exit-with-stdin", "--send-rate", "-1", "--password-hash-kib", "64",
                "--password-hash-passes", "1",
            ],
            new Dictionary<string, string>());
        node.OutputDataReceived += (_, _) => { };
        node.ErrorDataReceived += (_, _) => { };
        node.BeginOutputReadLine();
        node.BeginErrorReadLine();
        return node;
    }

    private static Process Start(MachineNetwork machines, string folder, params string[] arguments) => Start(
        machines,
        Client,
        arguments,
        new Dictionary<string, string>
        {
            ["XDG_STATE_HOME"] = Path.Combine(folder, "state"),
            ["PARLEY_PASSWORD"] = TestCluster.Password,
        });

    /// <summary>Starts the program on a machine; standard input and output are the caller's.</summary>
    private static Process Start(
        MachineNetwork machines,
        int machine,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment)
    {
        var (file, leading) = ParleyExecutable.Find();
        var (way, all) = machines.On(machine, file, [.. leading, .. arguments]);
        var start = new ProcessStartInfo(way, all)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs a verb on the sixth machine and returns its lines; anything but exit code 0 fails.</summary>
    private static async Task<List<string>> RunAsync(MachineNetwork machines, string folder, params string[] arguments)
    {
        using var process = Start(machines, folder, arguments);
        var errors = process.StandardError.ReadToEndAsync(Stop);
        var output = await process.StandardOutput.ReadToEndAsync(Stop).WaitAsync(TestCluster.Patience, Stop);
        await process.WaitForExitAsync(Stop).WaitAsync(TestCluster.Patience, Stop);
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', arguments)}: {process.ExitCode}, {await errors}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static async Task SayAsync(Process process, int first, int count)
    {
        for (var line = first; line < first + count; line++)
        {
            await process.StandardInput.WriteLineAsync($"line {line}");
        }

        await process.StandardInput.FlushAsync(Stop);
    }

    private static async Task<bool> IsStoredAsync(Process sending)
    {
        var line = await sending.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(TestCluster.Patience, Stop);
        Assert.NotNull(line);
        Assert.True(line.Contains("\"sequence\"", StringComparison.Ordinal), line);
        return true;
    }

    private static string TextOf(string line, string name)
    {
        using var parsed = JsonDocument.Parse(line);
        return parsed.RootElement.GetProperty(name).GetString()!;
    }
}
