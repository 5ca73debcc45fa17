using System.Diagnostics;
using System.Globalization;
using System.Text;
using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Program;

/// <summary>A shell in a real terminal (tmux, a server of its own), in which <c>parley</c> is this program.</summary>
internal sealed class TerminalSession : IAsyncDisposable
{
    private static int sessions;
    private readonly string server;
    private readonly DirectoryInfo home;

    private TerminalSession(string server, DirectoryInfo home) => (this.server, this.home) = (server, home);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Why there can be no session here; null: there can.</summary>
    public static string? FindHindrance() =>
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "tmux")))
            ? null
            : "tmux is not installed: sessions in a real terminal are not tested here";

    public static async Task<TerminalSession> StartAsync(LocalCluster nodes, int columns, int rows)
    {
        var folder = Directory.CreateTempSubdirectory("parley-terminal-");
        var number = Interlocked.Increment(ref sessions);
        var name = string.Create(CultureInfo.InvariantCulture, $"parley-test-{Environment.ProcessId}-{number}");
        var session = new TerminalSession(name, folder);
        var (file, leading) = ParleyExecutable.Find();
        var program = Path.Combine(folder.CreateSubdirectory("bin").FullName, "parley");
        await File.WriteAllTextAsync(
            program,
            $"#!/bin/sh\necho $$ > {folder.FullName}/pid\nexec {file} {string.Join(' ', leading)} \"$@\"\n",
            Stop);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await session.TmuxAsync(
            "new-session", "-d", "-x", $"{columns}", "-y", $"{rows}",
            $"env PATH={folder.FullName}/bin:$PATH XDG_STATE_HOME={folder.FullName}/state "
            + $"PARLEY_PASSWORD='{TestCluster.Password}' "
            + $"PARLEY_NODES={string.Join(',', nodes.Addresses)} TERM=tmux-256color LC_ALL=C.UTF-8 TZ=UTC PS1='$ ' sh");
        return session;
    }

    public Task TypeAsync(string text) => TmuxAsync("send-keys", "-l", text);

    /// <summary>A key by tmux's name for it.</summary>
    public Task PressAsync(string key) => TmuxAsync("send-keys", key);

    public async Task PasteAsync(string text)
    {
        await TmuxAsync("set-buffer", text);
        await TmuxAsync("paste-buffer", "-p", "-r");
    }

    public Task ResizeAsync(int columns, int rows) => TmuxAsync("resize-window", "-x", $"{columns}", "-y", $"{rows}");

    /// <summary>To the program that runs in the terminal now.</summary>
    public async Task SignalAsync(int signal) => ProcessSignals.Send(
        int.Parse(await File.ReadAllTextAsync(Path.Combine(home.FullName, "pid"), Stop), CultureInfo.InvariantCulture),
        signal);

    /// <summary>Scrollback and screen, as a person would see them.</summary>
    public async Task<string> CaptureAsync()
    {
        var text = await TmuxAsync("capture-pane", "-p", "-S", "-");
        return string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n');
    }

    /// <summary>Waits for something to be on it.</summary>
    public async Task<string> WaitAsync(Func<string, bool> isThere, Func<string> whatDidNotHappen)
    {
        var last = "";
        return await Until.FoundAsync(
            async _ => isThere(last = await CaptureAsync()) ? last : null,
            TestCluster.Patience,
            () => $"{whatDidNotHappen()}; the terminal showed:\n{last}\n",
            Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await TmuxAsync("kill-server");
        home.Delete(recursive: true);
    }

    private async Task<string> TmuxAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("tmux", ["-u", "-L", server, "-f", "/dev/null", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
        start.Environment.Remove("TMUX");
        using var tmux = Process.Start(start)!;
        var output = await tmux.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await tmux.WaitForExitAsync(CancellationToken.None);
        Assert.True(tmux.ExitCode == 0, $"tmux {arguments[0]} ended with {tmux.ExitCode}");
        return output;
    }
}
