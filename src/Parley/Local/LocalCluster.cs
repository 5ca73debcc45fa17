using System.Diagnostics;
using System.Net;
using Grpc.Net.Client;
using Parley.Client.Trust;
using Parley.CommandLine;
using Parley.Local.Links;
using Parley.Local.Network;
using Parley.Protocol.Chat.V1;
using Parley.Server.Certificates;

namespace Parley.Local;

/// <summary>
/// A whole cluster of real processes of this program on this machine, for the demo, the bench and the tests:
/// <c>await using var cluster = await LocalCluster.StartAsync(new() { Size = 5 }, cancellationToken);</c>
/// Calls are made one at a time, but for the questions (<see cref="StatusOfAsync"/>, addresses), which any thread may
/// ask. Disposing kills what still runs.
/// </summary>
internal sealed class LocalCluster : IAsyncDisposable
{
    private static readonly TimeSpan LeaderDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);
    private readonly LocalClusterOptions options;
    private readonly LocalNode[] nodes;
    private readonly NodeProbe[] probes;
    private readonly AuthorityTrust? trust;
    private readonly NodeLinks? links;
    private readonly bool ownsDirectory;

    private LocalCluster(LocalClusterOptions options, string directory, int basePort, MachineNetwork? machines)
    {
        this.options = options;
        Directory = directory;
        ownsDirectory = options.Directory is null;
        Machines = machines;
        links = options.Network == NetworkKind.Proxies ? new NodeLinks(basePort, options.Size) : null;
        nodes =
        [
            .. Enumerable.Range(1, options.Size).Select(
                id => new LocalNode(id, LocalPorts.AddressesOf(id, basePort, machines), directory, Describe)
                {
                    DataDirectory = options.DataDirectoryOf?.Invoke(id)
                        ?? Path.Combine(directory, $"node-{id}", "data"),
                    AdminAddress = options.Watched ? $"127.0.0.1:{LocalPorts.AdminPort(basePort, id)}" : "",
                    HookAddress = options.Hooks ? $"127.0.0.1:{LocalPorts.HookPort(basePort, id)}" : "",
                }),
        ];
        trust = options.Certificates || machines is not null ? new AuthorityTrust(MakeBundles()) : null;
        probes = [.. nodes.Select(node => new NodeProbe(node.ClientAddress, trust))];
    }

    /// <summary>Holds node-1, node-2 …, each with <c>data</c> and <c>stderr</c>.</summary>
    public string Directory { get; }

    /// <summary>As in a link; null: the nodes speak plaintext.</summary>
    public string? CaFingerprint => trust?.Text;

    public IReadOnlyList<LocalNode> Nodes => nodes;

    /// <summary>The network between the nodes; null: they talk directly.</summary>
    public INodeNetwork? Network => (INodeNetwork?)Machines ?? links;

    /// <summary>The machines that the nodes are; null: they are on this one.</summary>
    public MachineNetwork? Machines { get; }

    public int Size => nodes.Length;

    public int Majority => (nodes.Length / 2) + 1;

    /// <summary>The client addresses of all nodes, running or not, as <c>--nodes</c> takes them.</summary>
    public IReadOnlyList<string> Addresses => [.. nodes.Select(node => node.ClientAddress)];

    public IReadOnlyList<int> RunningIds => [.. nodes.Where(node => node.IsRunning).Select(node => node.Id)];

    /// <exception cref="VerbFailedException">A port is taken, or a node ended at its start.</exception>
    /// <exception cref="TimeoutException">A node does not serve in time.</exception>
    public static async Task<LocalCluster> StartAsync(LocalClusterOptions options, CancellationToken cancellationToken)
    {
        var cluster = await MakeAsync(options);
        try
        {
            var ids = options.StartOnly ?? [.. Enumerable.Range(1, options.Size)];
            foreach (var id in ids)
            {
                cluster.Start(id);
            }

            if (options.WaitUntilServing)
            {
                await cluster.WaitUntilServingAsync(ids, options.StartDeadline, cancellationToken);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    public LocalNode Node(int id) => id >= 1 && id <= nodes.Length
        ? nodes[id - 1]
        : throw new VerbFailedException(ExitCodes.Usage, $"no node {id}; there are 1 to {nodes.Length}");

    public string DataDirectoryOf(int id) => Node(id).DataDirectory;

    /// <summary>Holds the authority and the bundles, when there are certificates.</summary>
    public string CertificateDirectory => Path.Combine(Directory, "certificates");

    public string BundleOf(int id) => Path.Combine(CertificateDirectory, NodeBundle.FileNameOf(id));

    /// <summary>What the node has said so far.</summary>
    public string StderrOf(int id) => File.Exists(Node(id).StderrFile) ? File.ReadAllText(Node(id).StderrFile) : "";

    /// <summary>Starts a node that does not run; returns at once.</summary>
    public void Start(int id)
    {
        var folder = Path.GetDirectoryName(Node(id).StderrFile)!;
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        System.IO.Directory.CreateDirectory(folder, OwnerOnly);
        Node(id).Start();
    }

    /// <summary>SIGKILL; returns when the process is gone.</summary>
    public async Task KillAsync(int id)
    {
        Node(id).Send(ProcessSignals.Kill);
        await Node(id).WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>SIGKILL to all of these in one go; returns when they are gone.</summary>
    public async Task KillAsync(IReadOnlyList<int> ids)
    {
        foreach (var id in ids)
        {
            Node(id).Send(ProcessSignals.Kill);
        }

        await Task.WhenAll(ids.Select(id => Node(id).WaitForExitAsync(CancellationToken.None)));
    }

    /// <summary>SIGSTOP: the node hangs, its connections stay.</summary>
    public void Pause(int id) => Node(id).Send(ProcessSignals.Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume(int id) => Node(id).Send(ProcessSignals.Continue);

    /// <summary>SIGTERM, a graceful stop; returns the exit code.</summary>
    public async Task<int> TerminateAsync(int id, CancellationToken cancellationToken)
    {
        Node(id).Send(ProcessSignals.Terminate);
        return await Node(id).WaitForExitAsync(cancellationToken);
    }

    /// <summary>Starts a node again (ending it gracefully first when it runs) and waits until it serves.</summary>
    public async Task RestartAsync(int id, CancellationToken cancellationToken)
    {
        if (Node(id).IsPaused)
        {
            Resume(id);
        }

        if (Node(id).IsRunning)
        {
            await TerminateAsync(id, cancellationToken);
        }

        Start(id);
        await WaitUntilServingAsync([id], options.StartDeadline, cancellationToken);
    }

    /// <summary>Returns when all of these nodes serve: they know a leader and have caught up.</summary>
    /// <exception cref="VerbFailedException">One of them ended instead.</exception>
    /// <exception cref="TimeoutException">One of them does not serve in time.</exception>
    public Task WaitUntilServingAsync(
        IReadOnlyList<int> ids, TimeSpan deadline, CancellationToken cancellationToken) =>
        Task.WhenAll(ids.Select(id => Until.TrueAsync(
            token => IsServingAsync(id, token),
            deadline,
            () => $"node {id} did not serve (its last words: {Node(id).LastWords()})",
            cancellationToken)));

    /// <summary>The id of the node that leads in the highest term anyone knows, once there is one.</summary>
    public async Task<int> LeaderAsync(CancellationToken cancellationToken)
    {
        var leader = await Until.FoundAsync(
            FindLeaderAsync, LeaderDeadline, () => "no node led", cancellationToken);
        return leader.NodeId;
    }

    /// <summary>The highest term anyone knows, once it has a leader.</summary>
    public async Task<long> TermAsync(CancellationToken cancellationToken)
    {
        var leader = await Until.FoundAsync(
            FindLeaderAsync, LeaderDeadline, () => "no node led", cancellationToken);
        return leader.Term;
    }

    /// <summary>A connection of its own to a node, for calls that no library makes; whoever asks disposes it.</summary>
    public GrpcChannel OpenChannel(int id, IPAddress? from = null) =>
        NodeProbe.OpenChannel(Node(id).ClientAddress, trust, from);

    /// <summary>A node's wall clock, to the second; null when it does not answer.</summary>
    public Task<DateTimeOffset?> ClockOfAsync(int id, CancellationToken cancellationToken) =>
        probes[Node(id).Id - 1].FindClockAsync(cancellationToken);

    /// <summary>What a node says of itself; null when it does not answer.</summary>
    public Task<GetClusterResponse?> StatusOfAsync(int id, CancellationToken cancellationToken) =>
        probes[Node(id).Id - 1].FindClusterAsync(cancellationToken);

    /// <summary>Ends all nodes gracefully, at once.</summary>
    public async Task StopAsync()
    {
        foreach (var node in nodes)
        {
            if (node.IsPaused)
            {
                node.Send(ProcessSignals.Continue);
            }

            node.CloseInput();
        }

        using var limit = new CancellationTokenSource(StopDeadline);
        try
        {
            await Task.WhenAll(nodes.Where(node => node.IsRunning).Select(node => node.WaitForExitAsync(limit.Token)));
        }
        catch (OperationCanceledException)
        {
            // Disposal kills what would not end.
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var probe in probes)
        {
            probe.Dispose();
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        if (Network is not null)
        {
            await Network.DisposeAsync();
        }

        if (ownsDirectory)
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }

    private static async Task<LocalCluster> MakeAsync(LocalClusterOptions options)
    {
        var basePort = LocalPorts.Resolve(options.BasePort, options.Size, options.Network == NetworkKind.Proxies);
        var machines = options.Network == NetworkKind.Namespaces
            ? await MachineNetwork.StartAsync(options.Size, options.NetworkSeed)
            : null;
        try
        {
            var directory = options.Directory is { } given
                ? Path.GetFullPath(given)
                : System.IO.Directory.CreateTempSubdirectory("parley-").FullName;
            return new(options, directory, basePort, machines);
        }
        catch
        {
            await (machines?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    private async Task<bool> IsServingAsync(int id, CancellationToken cancellationToken)
    {
        var node = Node(id);
        if (!node.IsRunning)
        {
            throw new VerbFailedException(
                node.ExitCode is > 0 and var code ? code : ExitCodes.Refused,
                $"node {id} ended with exit code {node.ExitCode}; its last words: {node.LastWords()}");
        }

        return node.Listening.IsCompleted && await probes[id - 1].IsServingAsync(cancellationToken);
    }

    private async Task<GetClusterResponse?> FindLeaderAsync(CancellationToken cancellationToken)
    {
        var asked = nodes.Where(node => node.IsRunning && !node.IsPaused);
        var answers = await Task.WhenAll(asked.Select(node => StatusOfAsync(node.Id, cancellationToken)));
        var newest = answers.OfType<GetClusterResponse>()
            .MaxBy(answer => (answer.Term, answer.Role == NodeRole.Leader));
        return newest is { Role: NodeRole.Leader } ? newest : null;
    }

    private ProcessStartInfo Describe(LocalNode node)
    {
        var (file, leading) = options.ProgramOf?.Invoke(node.Id) ?? ParleyExecutable.Find();
        IReadOnlyList<string> arguments =
        [
            .. leading, "server", "--data", node.DataDirectory, .. PlaceOf(node),
            "--exit-with-stdin", .. Dial(node.Id), .. options.Hooks ? HookFlags(node) : [],
            .. options.Watched ? AdminFlags(node) : [], .. options.Arguments,
            .. options.ArgumentsOf?.Invoke(node.Id) ?? [],
        ];
        if (Machines is not null)
        {
            (file, arguments) = Machines.On(node.Id, file, arguments);
        }

        var start = new ProcessStartInfo(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Where(IsOurs).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in options.EnvironmentOf?.Invoke(node.Id) ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    private string[] Dial(int id) => links is not null && Size > 1 ? ["--dial", links.DialOf(id)] : [];

    private static string[] AdminFlags(LocalNode node) => ["--admin-listen", node.AdminAddress];

    private static string[] HookFlags(LocalNode node) => ["--http-listen", node.HookAddress];

    private string[] PlaceOf(LocalNode node) => trust is not null
        ? ["--bundle", BundleOf(node.Id), "--registration", "open"]
        :
        [
            "--id", $"{node.Id}", "--listen", node.ClientAddress, "--node-listen", node.NodeAddress,
            "--members", string.Join(',', nodes.Select(member => $"{member.Id}={member.NodeAddress}")),
        ];

    private string MakeBundles()
    {
        var file = ClusterFiles.CreateOrRenew(
            CertificateDirectory,
            "local",
            [.. nodes.Select(node => new BundleMember(node.Id, node.ClientAddress, node.NodeAddress))],
            TimeProvider.System.GetUtcNow());
        return ClusterAuthority.FingerprintsOf(file.Authorities);
    }

    // What the caller set for its own node or client is not meant for these.
    private static bool IsOurs(string variable) => variable.StartsWith("PARLEY_", StringComparison.Ordinal);
}
