using System.Diagnostics.Metrics;
using Grpc.Core;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Sessions;

namespace Parley.Server.Operations;

/// <summary>
/// What a node counts and measures (docs/metrics.md). Most instruments are asked only when somebody looks; what is
/// counted on the way costs next to nothing while nobody listens.
/// </summary>
internal sealed class NodeMetrics : IDisposable
{
    public const string MeterName = "Parley";

    private static readonly InstrumentAdvice<double> SyncBounds = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1],
    };

    private static readonly InstrumentAdvice<int> BatchBounds = new()
    {
        HistogramBucketBoundaries = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000],
    };

    private readonly NodeView view;
    private readonly StateAccess state;
    private readonly Proposer proposer;
    private readonly SessionActivity activity;
    private readonly NodeConditions conditions;
    private readonly Meter meter;
    private readonly Counter<long> leaderChanges;
    private readonly Counter<long> calls;
    private readonly Histogram<double> syncs;
    private readonly Histogram<int> batches;
    private NodeId lastLeader;

    public NodeMetrics(
        IMeterFactory meters,
        NodeView view,
        StateAccess state,
        Proposer proposer,
        SessionActivity activity,
        NodeConditions conditions)
    {
        this.view = view;
        this.state = state;
        this.proposer = proposer;
        this.activity = activity;
        this.conditions = conditions;
        meter = meters.Create(MeterName);
        leaderChanges = meter.CreateCounter<long>(
            "parley.leader.changes", "{change}", "How often this node came to know another leader");
        calls = meter.CreateCounter<long>(
            "parley.calls", "{call}", "gRPC calls that reached a handler here, by method and status code");
        syncs = meter.CreateHistogram(
            "parley.log.sync.duration", "s", "One sync of the log (fdatasync)", tags: null, SyncBounds);
        batches = meter.CreateHistogram(
            "parley.log.batch.entries", "{entry}", "Entries that one sync wrote", tags: null, BatchBounds);
        AddConsensus();
        AddService();
        AddMachine();
        view.Changed += OnViewChanged;
    }

    /// <summary>The log was synced.</summary>
    public void Synced(TimeSpan duration, int entries)
    {
        syncs.Record(duration.TotalSeconds);
        batches.Record(entries);
    }

    /// <summary>A call of a client ended.</summary>
    /// <param name="method">As gRPC names it, <c>/package.Service/Method</c>; of a service that there is.</param>
    /// <param name="code">How it ended.</param>
    public void Called(string method, StatusCode code) =>
        calls.Add(1, new("method", method), new("code", code.ToString()));

    public void Dispose()
    {
        view.Changed -= OnViewChanged;
        meter.Dispose();
    }

    private void AddConsensus()
    {
        meter.CreateObservableGauge("parley.raft.term", () => view.Current.Term, "{term}", "The Raft term");
        meter.CreateObservableGauge(
            "parley.raft.leads",
            () => view.Current.Role == RaftRole.Leader ? 1 : 0,
            "{node}",
            "1 while this node leads");
        meter.CreateObservableGauge(
            "parley.raft.leader.known",
            () => view.Current.Leader == NodeId.None ? 0 : 1,
            "{node}",
            "1 while this node knows a leader that a majority follows");
        meter.CreateObservableCounter(
            "parley.log.committed", () => view.Current.CommitIndex, "{entry}", "The highest log index known committed");
        meter.CreateObservableGauge(
            "parley.voters", () => view.Current.Voters, "{node}", "Voters of the cluster");
        meter.CreateObservableGauge(
            "parley.voters.reachable",
            () => view.Current.ReachableVoters,
            "{node}",
            "Voters that this node reaches, itself included");
        meter.CreateObservableGauge(
            "parley.faults.tolerated",
            () => view.Current.FaultsTolerated,
            "{node}",
            "How many more nodes may fail; -1 without a majority");
        meter.CreateObservableGauge(
            "parley.serving", () => view.Current.IsServing ? 1 : 0, "{node}", "1 while this node is ready for clients");
        meter.CreateObservableGauge(
            "parley.warnings",
            () => view.Current.Warnings.Count,
            "{warning}",
            "Warnings of this node that parley status prints");
    }

    private void AddService()
    {
        meter.CreateObservableCounter(
            "parley.state.applied", () => state.AppliedIndex, "{entry}", "The highest log index that the state holds");
        meter.CreateObservableCounter(
            "parley.proposals", () => proposer.Taken, "{command}", "Commands that this node took from its clients");
        meter.CreateObservableGauge(
            "parley.proposals.waiting", () => proposer.Waiting, "{command}", "Commands that wait for their outcome");
        meter.CreateObservableGauge(
            "parley.sessions", () => activity.Open.Sessions, "{session}", "Sessions with a stream open to this node");
        meter.CreateObservableGauge(
            "parley.streams", () => activity.Open.Streams, "{stream}", "Streams of clients open to this node");
    }

    private void AddMachine()
    {
        meter.CreateObservableGauge(
            "parley.disk.used", () => conditions.Disk.UsedBytes, "By", "What the data directory takes");
        meter.CreateObservableGauge(
            "parley.disk.free", () => conditions.Disk.FreeBytes, "By", "What is free on its file system");
        meter.CreateObservableGauge(
            "parley.disk.size", () => conditions.Disk.TotalBytes, "By", "The size of its file system");
        meter.CreateObservableGauge(
            "parley.uptime", () => conditions.Uptime.TotalSeconds, "s", "Since the process started");
        meter.CreateObservableGauge(
            "parley.clock.offset",
            ReadClockOffset,
            "s",
            "This node's clock minus the median of the voters'; absent while unknown");
    }

    private IEnumerable<Measurement<double>> ReadClockOffset() =>
        view.Current.ClockOffsetUs is { } us ? [new Measurement<double>(us / 1e6)] : [];

    private void OnViewChanged(object? sender, EventArgs e)
    {
        var leader = view.Current.Leader;
        if (leader != NodeId.None && leader != lastLeader)
        {
            lastLeader = leader;
            leaderChanges.Add(1);
        }
    }
}
