using Parley.Local;
using Parley.Local.Disks;
using Parley.Verbs.Verify.Faults;
using Parley.Verbs.Verify.People;

namespace Parley.Verbs.Verify;

/// <summary>The cluster of a run, with what its faults need from the start: links, disks and clocks of its own.
/// </summary>
internal sealed class AttackedCluster : IAsyncDisposable
{
    private readonly LoopDisks? disks;
    private readonly FakeClocks? clocks;

    private AttackedCluster(LocalCluster nodes, LoopDisks? disks, FakeClocks? clocks)
    {
        Nodes = nodes;
        this.disks = disks;
        this.clocks = clocks;
    }

    public LocalCluster Nodes { get; }

    /// <param name="options">Of the run.</param>
    /// <param name="network">How nodes and clients reach each other.</param>
    /// <param name="folder">Gets everything of the nodes.</param>
    /// <param name="kinds">The faults that will be done to it.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    public static async Task<AttackedCluster> StartAsync(
        VerifyOptions options,
        NetworkKind network,
        string folder,
        IReadOnlyList<FaultKind> kinds,
        CancellationToken cancellationToken)
    {
        var size = options.Size;
        var ownClocks = kinds.Contains(FaultKind.Clock)
            ? FakeClocks.Make(Path.Combine(folder, "clocks"), size)
            : null;
        var ownDisks = kinds.Contains(FaultKind.Power)
            ? await LoopDisks.MakeAsync(Path.Combine(folder, "disks"), size, cancellationToken)
            : null;
        try
        {
            var nodes = await LocalCluster.StartAsync(
                new()
                {
                    Size = size,
                    Directory = folder,
                    Network = network,
                    NetworkSeed = options.Seed,
                    DataDirectoryOf = ownDisks is null
                        ? null
                        : id => Path.Combine(ownDisks.Of(id).MountPoint, "data"),
                    EnvironmentOf = ownClocks is null ? null : ownClocks.EnvironmentOf,
                    // Little of the log is kept: so nodes that were away are given snapshots too.
                    Arguments =
                    [
                        "--send-rate", "-1", "--password-hash-kib", "64", "--password-hash-passes", "1",
                        "--log-kept", "1",
                    ],
                },
                cancellationToken);
            return new(nodes, ownDisks, ownClocks);
        }
        catch
        {
            await EndAsync(ownDisks);
            throw;
        }
    }

    /// <summary>How each of the kinds it was started for is done to it.</summary>
    public IFault FaultOf(FaultKind kind, Setting setting, Action<string> tell) => kind switch
    {
        FaultKind.Client => new ClientFault(setting, tell),
        FaultKind.Damage => new DamageFault(Nodes, setting),
        _ => FaultOf(kind, setting.Answers),
    };

    public async ValueTask DisposeAsync()
    {
        var processes = Nodes.Nodes.SelectMany(node => node.ProcessIds).ToList();
        await Nodes.DisposeAsync();
        await EndAsync(disks);
        if (clocks is not null)
        {
            FakeClocks.RemoveLeftovers(processes);
        }
    }

    private IFault FaultOf(FaultKind kind, AnswerBook answers) => kind switch
    {
        FaultKind.Crash => new CrashFault(Nodes, answers),
        FaultKind.Restart => new RestartFault(Nodes, answers),
        FaultKind.Pause => new PauseFault(Nodes, answers),
        FaultKind.Partition => new PartitionFault(Nodes, answers),
        FaultKind.Slow => new SlowFault(Nodes, answers),
        FaultKind.Disk => new DiskFault(Nodes, DiskTrouble.Broken, answers),
        FaultKind.Full => new DiskFault(Nodes, DiskTrouble.Full, answers),
        FaultKind.Sync => new SyncFault(Nodes, answers),
        FaultKind.Network => new NetworkFault(Nodes, answers),
        FaultKind.Power => new PowerFault(Nodes, Given(disks), answers),
        FaultKind.Clock => new ClockFault(Nodes, Given(clocks), answers),
        _ => throw new InvalidOperationException($"{kind} is no fault"),
    };

    private static T Given<T>(T? part)
        where T : class =>
        part ?? throw new InvalidOperationException($"a cluster started with {typeof(T).Name} expected");

    private static ValueTask EndAsync(LoopDisks? disks) => disks?.DisposeAsync() ?? ValueTask.CompletedTask;
}
