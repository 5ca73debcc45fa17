using Parley.Raft;

namespace Parley.Tests.Raft;

/// <summary>A few cores and the messages between them; checks Raft's safety properties (dissertation figure 3.2) after
/// every step.</summary>
internal sealed class TestNetwork
{
    private const int MessagesMax = 200_000;

    private readonly SortedDictionary<int, TestNode> nodes = [];
    private readonly HashSet<(NodeId From, NodeId To)> cuts = [];
    private readonly Dictionary<Term, NodeId> leaders = [];
    private readonly List<Entry> committed = [];
    private readonly RaftOptions measures;
    private readonly ulong seed;

    public TestNetwork(int size, RaftOptions? options = null, ulong seed = 1, int learners = 0)
    {
        var membership = MembersOf(size, learners);
        CommittedMembership = membership;
        measures = options ?? OptionsOf(NodeId.None);
        this.seed = seed;
        foreach (var member in membership.Members)
        {
            Add(member.Key, membership);
        }
    }

    public List<Message> InFlight { get; } = [];

    /// <summary>Every message sent so far.</summary>
    public List<Message> Sent { get; } = [];

    /// <summary>What is lost on top of cut links.</summary>
    public Predicate<Message>? IsLost { get; set; }

    /// <summary>Called after every step, when all nodes have said what they want.</summary>
    public Action? Stepped { get; set; }

    public IEnumerable<TestNode> Nodes => nodes.Values;

    /// <summary>The highest commit index that any living node knows.</summary>
    public LogIndex Committed => nodes.Values
        .Where(node => node.IsUp)
        .Select(node => node.Core.CommitIndex)
        .Aggregate(LogIndex.None, LogIndex.Max);

    public TestNode? Leader => nodes.Values
        .Where(node => node.IsUp && node.Core.Role == RaftRole.Leader)
        .MaxBy(node => node.Core.Term);

    /// <summary>The newest membership that any node has applied.</summary>
    public Membership CommittedMembership { get; private set; }

    public TestNode this[int id] => nodes[id];

    public static RaftOptions OptionsOf(NodeId self) => new() { Self = self, Incarnation = 0, Seed = 0 };

    /// <summary>A founding member: its data directory has the number of its id.</summary>
    public static NodeKey KeyOf(int id) => new(new NodeId(id), (ulong)id);

    public static Membership MembersOf(int size, int learners = 0) => new()
    {
        Members =
        [
            .. Enumerable.Range(1, size + learners)
                .Select(id => new Member(new NodeId(id), id <= size, (ulong)id, $"host{id}:7000")),
        ],
    };

    /// <summary>A node with an empty disk that knows nobody; whoever had its id is gone, disk and all.</summary>
    public TestNode Join(int id, ulong incarnation)
    {
        if (nodes.TryGetValue(id, out var gone))
        {
            gone.Crash();
        }

        return Add(new NodeKey(new NodeId(id), incarnation), new Membership { Members = [] });
    }

    /// <summary>Lets one node campaign, by the clock of that node alone, and delivers until it leads.</summary>
    public TestNode Elect(int id)
    {
        // The others' stickiness ends with their leader's silence.
        foreach (var other in nodes.Values.Where(node => node.IsUp && node.Core.Role != RaftRole.Leader))
        {
            for (var tick = 0; tick < 30 && other.Id.Value != id; tick++)
            {
                other.Core.Tick();
                if (other.Core.Role != RaftRole.Follower)
                {
                    break;
                }
            }
        }

        InFlight.Clear();
        var node = nodes[id];
        for (var tick = 0; tick < 500 && node.Core.Role != RaftRole.Leader; tick++)
        {
            node.Core.Tick();
            Deliver();
        }

        Assert.Equal(RaftRole.Leader, node.Core.Role);
        return node;
    }

    /// <summary>Ticks all nodes, delivering in between, until somebody leads.</summary>
    public TestNode ElectAny()
    {
        for (var tick = 0; tick < 2_000; tick++)
        {
            Tick();
            if (Leader is { } leader && leader.Core.HasCommittedInTerm)
            {
                return leader;
            }
        }

        throw new Xunit.Sdk.XunitException("no leader after 2,000 ticks");
    }

    public void Tick(int ticks = 1)
    {
        for (var tick = 0; tick < ticks; tick++)
        {
            foreach (var node in nodes.Values.Where(node => node.IsUp))
            {
                node.Core.Tick();
            }

            Deliver();
        }
    }

    /// <summary>Delivers messages in order until none is left.</summary>
    public void Deliver()
    {
        Pump();
        for (var count = 0; InFlight.Count > 0; count++)
        {
            Assert.True(count < MessagesMax, "messages never end");
            DeliverAt(0);
        }
    }

    public void DeliverAt(int at)
    {
        var message = InFlight[at];
        InFlight.RemoveAt(at);
        if (nodes.TryGetValue(message.To.Id.Value, out var node) && node.IsUp)
        {
            node.Core.Step(message);
        }

        Pump();
    }

    public void Pump()
    {
        foreach (var node in nodes.Values.Where(node => node.IsUp))
        {
            node.Pump(Send);
        }

        Check();
        Stepped?.Invoke();
    }

    public void Send(Message message)
    {
        Sent.Add(message);
        if (!cuts.Contains((message.From.Id, message.To.Id)) && IsLost?.Invoke(message) != true)
        {
            InFlight.Add(message);
        }
    }

    public void Cut(int from, int to)
    {
        cuts.Add((new NodeId(from), new NodeId(to)));
        cuts.Add((new NodeId(to), new NodeId(from)));
    }

    /// <summary>Cuts these off from all others.</summary>
    public void Isolate(params int[] ids)
    {
        foreach (var other in nodes.Keys.Where(other => !ids.Contains(other)))
        {
            foreach (var id in ids)
            {
                Cut(id, other);
            }
        }
    }

    public void Heal() => cuts.Clear();

    private TestNode Add(NodeKey key, Membership membership)
    {
        var own = measures with
        {
            Self = key.Id,
            Incarnation = key.Incarnation,
            Seed = (seed * 1000) + key.Incarnation,
        };
        return nodes[key.Id.Value] = new TestNode(own, membership);
    }

    private void Check()
    {
        foreach (var node in nodes.Values.Where(node => node.IsUp))
        {
            if (node.Core.Role == RaftRole.Leader)
            {
                leaders.TryAdd(node.Core.Term, node.Id);
                Assert.Equal(leaders[node.Core.Term], node.Id);
            }

            foreach (var entry in node.Applied.Skip(committed.Count))
            {
                committed.Add(entry);
                CommittedMembership = entry.Kind == EntryKind.Membership
                    ? MembershipCodec.Decode(entry.Payload.Span)
                    : CommittedMembership;
            }

            if (node.Applied.Count > 0)
            {
                var last = node.Applied[^1];
                Assert.Equal(committed[(int)last.Index.Value - 1].Term, last.Term);
            }
        }
    }
}
