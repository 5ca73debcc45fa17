using System.Diagnostics;

namespace Parley.Local;

/// <summary>
/// One node as a child process: its addresses, its folder, its last words. Not thread-safe; the cluster owns it. The
/// child ends when its standard input closes, so it never outlives this process, however this process ends.
/// </summary>
internal sealed class LocalNode : IAsyncDisposable
{
    private const string ListeningMark = "listening";
    private const int LastWordsMax = 5;
    private readonly Func<LocalNode, ProcessStartInfo> describe;
    private readonly Lock writing = new();
    private readonly Queue<string> lastWords = new();
    private readonly List<int> processIds = [];
    private TaskCompletionSource listening = NewListening();
    private Process? process;

    public LocalNode(
        int id, (string Client, string Node) addresses, string folder, Func<LocalNode, ProcessStartInfo> describe)
    {
        this.describe = describe;
        Id = id;
        (ClientAddress, NodeAddress) = addresses;
        StderrFile = Path.Combine(folder, $"node-{id}", "stderr");
    }

    public int Id { get; }

    public string ClientAddress { get; }

    public string NodeAddress { get; }

    /// <summary>Where programs post to hooks, if they may: HOST:PORT.</summary>
    public string HookAddress { get; init; } = "";

    /// <summary>Where watchers may ask it, if they may: HOST:PORT.</summary>
    public string AdminAddress { get; init; } = "";

    public required string DataDirectory { get; init; }

    /// <summary>Everything the node said on stderr and stdout, over all its starts.</summary>
    public string StderrFile { get; }

    /// <summary>Called with each line it says, in their order; must be quick.</summary>
    public Action<string> Heard { get; set; } = _ => { };

    public bool IsRunning => process is { HasExited: false };

    public bool IsPaused { get; private set; }

    /// <summary>The running process, or the last one.</summary>
    public int ProcessId => process?.Id ?? throw new InvalidOperationException($"node {Id} was never started");

    /// <summary>Of all its processes so far, the last one included.</summary>
    public IReadOnlyList<int> ProcessIds => processIds;

    /// <summary>Of the last process; null while it runs. 137 is SIGKILL.</summary>
    public int? ExitCode => process is { HasExited: true } ? process.ExitCode : null;

    /// <summary>Completes when the node takes calls.</summary>
    public Task Listening => listening.Task;

    public void Start()
    {
        if (IsRunning)
        {
            throw new InvalidOperationException($"node {Id} runs already");
        }

        process?.Dispose();
        listening = NewListening();
        var started = new Process { StartInfo = describe(this) };
        started.OutputDataReceived += (_, line) => Take(line.Data);
        started.ErrorDataReceived += (_, line) => Take(line.Data);
        started.Start();
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        process = started;
        processIds.Add(started.Id);
        IsPaused = false;
    }

    /// <summary>Sends a signal to the running node.</summary>
    public void Send(int signal)
    {
        if (!IsRunning)
        {
            throw new InvalidOperationException($"node {Id} is not running");
        }

        ProcessSignals.Send(ProcessId, signal);
        IsPaused = signal switch
        {
            ProcessSignals.Stop => true,
            ProcessSignals.Continue => false,
            _ => IsPaused,
        };
    }

    /// <summary>SIGKILL, unless it has ended by itself.</summary>
    public void Kill() => process?.Kill();

    /// <summary>Waits for the process to end and returns its exit code.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        if (process is null)
        {
            throw new InvalidOperationException($"node {Id} was never started");
        }

        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode;
    }

    /// <summary>Asks the node to end by closing its standard input, without waiting.</summary>
    public void CloseInput()
    {
        if (IsRunning)
        {
            process!.StandardInput.Close();
        }
    }

    /// <summary>The last lines it said, newest last: for messages about what did not happen.</summary>
    public string LastWords()
    {
        lock (writing)
        {
            return lastWords.Count == 0 ? "(it said nothing)" : string.Join(" | ", lastWords);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is null)
        {
            return;
        }

        // Also ends a stopped process.
        Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        process = null;
    }

    private static TaskCompletionSource NewListening() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (writing)
        {
            File.AppendAllText(StderrFile, $"{line}\n");
            lastWords.Enqueue(line);
            if (lastWords.Count > LastWordsMax)
            {
                lastWords.Dequeue();
            }

            Heard(line);
        }

        if (line.Contains(ListeningMark, StringComparison.Ordinal))
        {
            listening.TrySetResult();
        }
    }
}
