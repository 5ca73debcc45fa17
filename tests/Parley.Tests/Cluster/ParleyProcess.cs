using System.Diagnostics;
using Parley.Client;
using Parley.Local;

namespace Parley.Tests.Cluster;

/// <summary>A verb of the program as a process of its own, as a person or a script runs it.</summary>
internal sealed class ParleyProcess : IDisposable
{
    private readonly Process process;
    private readonly DirectoryInfo home;

    private ParleyProcess(Process process, DirectoryInfo home)
    {
        this.process = process;
        this.home = home;
    }

    /// <summary>Runs against all nodes of the cluster as this account, with a state directory of its own.</summary>
    public static ParleyProcess Start(LocalCluster nodes, string account, params string[] arguments) =>
        Start(ParleyExecutable.Find(), nodes, account, arguments);

    /// <summary>As the other, of any program.</summary>
    public static ParleyProcess Start(
        (string File, string[] Arguments) program, LocalCluster nodes, string account, params string[] arguments)
    {
        var (file, leading) = program;
        var state = Directory.CreateTempSubdirectory("parley-home-");
        var where = nodes.CaFingerprint is { } ca
            ? new ClusterLink([.. nodes.Addresses], ca, "").ToString()
            : string.Join(',', nodes.Addresses);
        var start = new ProcessStartInfo(
            file, [.. leading, .. arguments, "--as", account, "--nodes", where])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["PARLEY_PASSWORD"] = TestCluster.Password,
                ["PARLEY_NEW_PASSWORD"] = "another horse",
                ["XDG_STATE_HOME"] = state.FullName,
            },
        };
        return new(Process.Start(start)!, state);
    }

    /// <summary>A server of its own, told everything by these flags; killed at the end.</summary>
    public static ParleyProcess StartServer(params string[] arguments) => StartAlone(["server", .. arguments]);

    /// <summary>A verb that is told everything by these arguments.</summary>
    public static ParleyProcess StartAlone(params string[] arguments)
    {
        var (file, leading) = ParleyExecutable.Find();
        var start = new ProcessStartInfo(file, [.. leading, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new(Process.Start(start)!, Directory.CreateTempSubdirectory("parley-home-"));
    }

    /// <summary>The next line of standard output.</summary>
    public async Task<string> ReadLineAsync() =>
        await FindLineAsync() ?? throw new InvalidOperationException("a line expected, the end of output found");

    /// <summary>The next line of standard output; null at its end.</summary>
    public async Task<string?> FindLineAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TestCluster.Patience);
        return await process.StandardOutput.ReadLineAsync(limit.Token);
    }

    /// <summary>Gives it no input; its exit code, and its standard output without the last line's end.</summary>
    public async Task<(int Code, string Output)> ReadToEndAsync()
    {
        EndInput();
        var lines = new List<string>();
        while (await FindLineAsync() is { } line)
        {
            lines.Add(line);
        }

        return (await WaitForExitAsync(), string.Join('\n', lines));
    }

    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    public void EndInput() => process.StandardInput.Close();

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TestCluster.Patience);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }

        process.Dispose();
        home.Delete(recursive: true);
    }
}
