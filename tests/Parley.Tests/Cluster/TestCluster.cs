using Parley.Client;
using Parley.Local;
using Parley.Verify;
using Parley.Verify.Checkers;

namespace Parley.Tests.Cluster;

/// <summary>
/// Real processes, real people, and a judgement at the end: what the clients wrote down against what every node has.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string Password = "correct horse";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private const int LastWords = 12;

    private readonly List<Chatter> chatters = [];
    private readonly HashSet<string> accounts = new(StringComparer.Ordinal);
    private int lives;

    private TestCluster(LocalCluster nodes) => Nodes = nodes;

    public LocalCluster Nodes { get; }

    /// <summary>No limit on the rate of sends, and cheap password hashes: neither is what these tests are about.
    /// </summary>
    public static LocalClusterOptions Options { get; } = new()
    {
        Arguments = ["--send-rate", "-1", "--password-hash-kib", "64", "--password-hash-passes", "1"],
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static async Task<TestCluster> StartAsync(LocalClusterOptions? options = null) =>
        new(await LocalCluster.StartAsync(options ?? Options, Stop));

    public static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);

    public async Task CreateAccountsAsync(params string[] names)
    {
        await using var client = NewClient();
        foreach (var name in names)
        {
            await client.CreateAccountAsync(name, Password, Stop);
            accounts.Add(name);
        }
    }

    /// <summary>One attempt takes this at most, where given: what has no id is not repeated when it took longer.
    /// </summary>
    public ParleyClient NewClient(TimeSpan? attempt = null) => new(ClientOptions(Patience, attempt));

    /// <param name="name">Of an account with <see cref="Password"/>.</param>
    /// <param name="takeOver">Ends another session of the account.</param>
    /// <param name="giveUpAfter">How long a call goes on; null: <see cref="Patience"/>.</param>
    /// <param name="attempt">As for <see cref="NewClient"/>.</param>
    public async Task<Chatter> LoginAsync(
        string name, bool takeOver = false, TimeSpan? giveUpAfter = null, TimeSpan? attempt = null)
    {
        var login = new LoginOptions { TakeOver = takeOver, StartNode = lives };
        var recorder = new HistoryRecorder($"{name}-{++lives}", name, TimeProvider.System);
        var chatter = new Chatter(await RecordedClient.LoginAsync(
            recorder, Password, ClientOptions(giveUpAfter ?? Patience, attempt), login, onReceived: null, Stop));
        chatters.Add(chatter);
        return chatter;
    }

    public RawNode Raw(int id) => new(id, Nodes.Node(id).ClientAddress, Nodes.CaFingerprint);

    /// <summary>Starts what is down, wakes what sleeps, and waits until all serve.</summary>
    public async Task HealAsync()
    {
        foreach (var node in Nodes.Nodes)
        {
            if (node.IsPaused)
            {
                Nodes.Resume(node.Id);
            }

            if (!node.IsRunning)
            {
                Nodes.Start(node.Id);
            }
        }

        await Nodes.WaitUntilServingAsync([.. Nodes.Nodes.Select(node => node.Id)], Patience, Stop);
    }

    /// <summary>Heals, waits until all nodes have applied the same, reads every node, and judges.</summary>
    public async Task JudgeAsync(bool everythingDelivered = false)
    {
        try
        {
            await HealAndJudgeAsync(everythingDelivered);
        }
        catch (Exception failure)
        {
            foreach (var node in Nodes.Nodes)
            {
                var said = Nodes.StderrOf(node.Id).Split('\n');
                Print($"node {node.Id} said last:\n{string.Join('\n', said.TakeLast(LastWords))}");
            }

            // Once more, after the many lines: an output that was cut keeps its end.
            Print(failure.ToString());
            throw;
        }
    }

    /// <summary>Wakes a node, and waits until it has what the others had then: what it says of itself at first is from
    /// before.</summary>
    public async Task ResumeAsync(int id)
    {
        var others = Nodes.RunningIds.Where(other => other != id);
        Nodes.Resume(id);
        var statuses = await Task.WhenAll(others.Select(other => Nodes.StatusOfAsync(other, Stop)));
        var there = statuses.Max(status => status?.AppliedIndex ?? 0);
        await Until.TrueAsync(
            async stop => (await Nodes.StatusOfAsync(id, stop))?.AppliedIndex >= there,
            Patience,
            () => $"node {id} did not apply the log up to #{there}",
            Stop);
    }

    /// <summary>What a node writes, and who reads it, is a moment behind what it does.</summary>
    public static Task SaidAsync(TestCluster cluster, int id, string text) => Until.TrueAsync(
        _ => Task.FromResult(cluster.Nodes.StderrOf(id).Contains(text, StringComparison.Ordinal)),
        Patience,
        () => $"node {id} did not say '{text}'",
        Stop);

    /// <summary>Waits until all nodes are at one index.</summary>
    public async Task<IReadOnlyList<DigestRead>> ConvergeAsync()
    {
        var digests = await FinalReads.ConvergedAsync(Nodes, Patience, Stop);
        Assert.Equal(Nodes.Size, digests.Count);
        return digests;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var chatter in chatters)
        {
            await chatter.DisposeAsync();
        }

        await Nodes.DisposeAsync();
    }

    private async Task HealAndJudgeAsync(bool everythingDelivered)
    {
        await HealAsync();
        if (everythingDelivered)
        {
            await WaitUntilDeliveredAsync();
        }

        var (reads, digests) = await ReadNodesAsync();
        var history = new History
        {
            Events = [.. chatters.SelectMany(chatter => chatter.Events)],
            Reads = reads,
            Digests = digests,
        };
        var verdicts = AllCheckers.Judge(history, everythingDelivered);
        foreach (var verdict in verdicts)
        {
            Print(verdict.ToString());
        }

        Assert.Empty(verdicts.SelectMany(verdict => verdict.Violations));
    }

    private ParleyClientOptions ClientOptions(TimeSpan giveUpAfter, TimeSpan? attempt)
    {
        var options = new ParleyClientOptions
        {
            Nodes = Nodes.Addresses,
            CaFingerprint = Nodes.CaFingerprint,
            GiveUpAfter = giveUpAfter,
        };
        return attempt is { } one ? options with { AttemptDeadline = one } : options;
    }

    private Task WaitUntilDeliveredAsync() => Until.TrueAsync(
        _ => Task.FromResult(CountUndelivered() == 0),
        Patience,
        () => $"{CountUndelivered()} stored messages were not delivered",
        Stop);

    private int CountUndelivered()
    {
        var events = chatters.SelectMany(chatter => chatter.Events).ToList();
        var stored = events.Where(line => line is { Kind: HistoryKind.Send, Phase: HistoryPhase.Ok });
        var received = events.Where(line => line.Kind == HistoryKind.Receive)
            .Select(line => line.MessageId).ToHashSet();
        return stored.Count(line => !received.Contains(line.MessageId));
    }

    private async Task<(List<FinalRead> Reads, IReadOnlyList<DigestRead> Digests)> ReadNodesAsync()
    {
        var tokens = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var chatter in chatters)
        {
            // The reader takes the account over: its own stream would go on changing the state.
            await chatter.DisposeAsync();
        }

        foreach (var name in accounts)
        {
            using var any = Raw(1);
            tokens[name] = RawNode.NewToken();
            await any.LoginAsync(name, Password, tokens[name], lease: TimeSpan.FromMinutes(10));
        }

        var digests = await ConvergeAsync();
        var reads = new List<FinalRead>();
        foreach (var id in Nodes.Nodes.Select(node => node.Id))
        {
            using var raw = Raw(id);
            foreach (var (account, peer) in accounts.SelectMany(_ => accounts, (one, other) => (one, other)))
            {
                if (account != peer)
                {
                    reads.Add(await ReadAsync(raw, tokens[account], account, peer));
                }
            }
        }

        return (reads, digests);
    }

    /// <summary>Read without the client library, which would repeat a read that hangs.</summary>
    private static async Task<FinalRead> ReadAsync(RawNode raw, byte[] token, string account, string peer)
    {
        var (conversation, firstKept, messages) = await raw.ReadAllAsync(token, peer);
        return new()
        {
            Node = raw.Id,
            Account = account,
            Peer = peer,
            Conversation = conversation,
            FirstSequenceKept = Math.Max(1, firstKept),
            Messages =
            [
                .. messages.Select(message => new StoredMessage
                {
                    Sequence = message.Sequence,
                    MessageId = Convert.ToHexStringLower(message.MessageId.Span),
                    From = message.Sender,
                    To = message.Recipient,
                    Text = message.Text,
                    LogIndex = message.LogIndex,
                }),
            ],
        };
    }
}
