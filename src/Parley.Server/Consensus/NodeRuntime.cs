using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Raft;
using Parley.Raft.Formation;
using Parley.Server.Certificates;
using Parley.Server.Hosting;
using Parley.Server.Nodes;
using Parley.Server.Operations;
using Parley.Server.Presence;
using Parley.Server.Search;

namespace Parley.Server.Consensus;

/// <summary>A formed node's three threads and its connections: made when the node belongs to its cluster, ended in the
/// order in which they need each other.</summary>
internal sealed class NodeRuntime(
    ServerOptions options,
    NodeStore store,
    StateAccess state,
    Proposer proposer,
    ReadIndexer reads,
    LogTime logTime,
    NodeView view,
    DigestWatch digests,
    StartNonce nonce,
    TimeProvider time,
    ILogger<NodeRuntime> logger,
    NodeTls tls,
    IServiceProvider services) : IDisposable
{
    private static readonly TimeSpan HandOverMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FinishMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource stopped = new();
    private readonly List<(string Name, Thread Thread)> threads = [];
    private volatile NodeParts? parts;
    private NodePictures? pictures;
    private SnapshotFetcher? fetcher;

    /// <summary>Null until the node belongs to a cluster.</summary>
    public NodeParts? Parts => parts;

    /// <summary>Cancelled when streams between nodes shall end.</summary>
    public CancellationToken Stopped => stopped.Token;

    /// <summary>The node belongs to its cluster: consensus begins.</summary>
    public void Start()
    {
        var stamp = store.Directory.Stamp;
        Invariant.Holds(stamp.Stage == FormationStage.Formed);
        var mail = new NodeMail();
        var greeting = new Greeting(
            stamp.ClusterId,
            new NodeKey(stamp.Self, stamp.Incarnation),
            options.Members.First(member => member.Id == options.Id).Address);
        var made = new NodeParts
        {
            Options = options,
            Store = store,
            State = state,
            Proposer = proposer,
            Reads = reads,
            LogTime = logTime,
            View = view,
            Digests = digests,
            Mail = mail,
            Peers = new Peers(
                options,
                greeting,
                stamp.Members,
                tls,
                store.Log.Membership,
                mail,
                logTime,
                digests,
                time,
                logger),
            Time = time,
            Logger = logger,
            Metrics = services.GetRequiredService<NodeMetrics>(),
            Listeners = [.. services.GetServices<IApplyListener>()],
            StartNonce = nonce.Value,
        };
        var snapshots = new SnapshotMaker(made);
        fetcher = new SnapshotFetcher(
            new SnapshotDownload(store.Snapshots, made.Peers).RunAsync,
            store.Snapshots.RemoveFetched,
            mail.Loop,
            time,
            logger);
        pictures = new NodePictures(options, stamp.ClusterId, made.Peers, digests, view);
        var measures = RaftOptionsOf(greeting.Key);
        var core = new RaftCore(measures, store.Log, store.Log.HardState, new LogIndex(state.AppliedIndex));
        var loop = new RaftLoop(made, core, new LeaderWatch(measures), snapshots, fetcher, pictures);
        parts = made;
        services.GetService<SearchIndexer>()?.Start(FormattableString.Invariant(
            $"{stamp.ClusterId} {stamp.Self.Value} {stamp.Incarnation}"));
        StartThread("log", new LogWriter(made, store.Log).Run);
        StartThread("applier", new Applier(made, snapshots).Run);
        StartThread("raft", loop.Run);
        made.Peers.Start(services.GetService<ISessionActivity>(), services.GetService<PresenceBook>());
        _ = CatchUpAsync(stopped.Token);
    }

    /// <summary>Leadership goes to another node, if it is here; 1 s at most.</summary>
    public async Task HandOverAsync()
    {
        pictures?.Stopping();
        if (parts is null || view.Current is not { Role: RaftRole.Leader, ReachableVoters: > 1 })
        {
            return;
        }

        Log.Stopping(logger, "handing leadership over");
        parts.Mail.Loop.Post(new LoopInput.HandOver());
        await WaitAsync(
            () => view.Current.Leader != NodeId.None && view.Current.Leader != view.Current.Self, HandOverMax);
    }

    /// <summary>Streams end, nothing new is taken, and what waits is given a moment to be answered.</summary>
    public async Task DrainAsync()
    {
        Log.Stopping(logger, "ending streams and finishing calls");
        pictures?.Draining();
        proposer.Drain();
        await WaitAsync(() => proposer.Waiting == 0, FinishMax);
    }

    /// <summary>Streams from other nodes end: this process says nothing more to them.</summary>
    public void EndStreams() => stopped.Cancel();

    /// <summary>Ends the threads; afterwards nothing is written any more.</summary>
    public void Stop()
    {
        if (parts is not { } running)
        {
            return;
        }

        running.Mail.Loop.Post(new LoopInput.Stop());
        Join("raft");
        running.Mail.Writer.Post(new WriterInput.Stop());
        Join("log");
        running.Mail.Applier.Post(new ApplierInput.Stop());
        Join("applier");
        services.GetService<SearchIndexer>()?.Stop();
        running.Peers.Dispose();
    }

    public void Dispose()
    {
        fetcher?.Dispose();
        stopped.Dispose();
    }

    private RaftOptions RaftOptionsOf(NodeKey self) => new()
    {
        Self = self.Id,
        Incarnation = self.Incarnation,
        Seed = RandomNumbers.Draw(),
        ElectionTicks = (int)(options.ElectionTimeout / RaftLoop.TickLength),
        HeartbeatTicks = (int)(options.HeartbeatInterval / RaftLoop.TickLength),
    };

    private void StartThread(string name, Action body)
    {
        var thread = new Thread(() => ProcessEnd.Guard(name, body)) { IsBackground = true, Name = name };
        threads.Add((name, thread));
        thread.Start();
    }

    private void Join(string name) => threads.Find(item => item.Name == name).Thread.Join();

    private async Task WaitAsync(Func<bool> condition, TimeSpan atMost)
    {
        var started = time.GetTimestamp();
        using var timer = new PeriodicTimer(LookInterval, time);
        while (!condition() && time.GetElapsedTime(started) < atMost)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Once a read index was reached, what was committed at the start is applied; then a leader that finds no
    /// settings proposes those it was started with.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await reads.WaitAsync(cancellationToken);
                pictures!.CaughtUp();
                await new FirstSettings(options, state, proposer, view, logger).ProposeAsync(cancellationToken);
                return;
            }
            catch (NotDoneException)
            {
                continue; // No majority yet; the wait itself took its time.
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}

/// <summary>Tells this process from every other of the same node.</summary>
internal sealed record StartNonce(ulong Value);
