using System.Globalization;
using System.Text;
using Parley.Raft;
using Parley.Simulation.Faults;

namespace Parley.Tests.Raft;

/// <summary>
/// Plays a scenario and writes down what happens. Lines beginning with "# " are comments; commands are:
/// <c>nodes N</c> · <c>tick ID|all [COUNT]</c> · <c>campaign ID</c> (its clock runs until it campaigns) ·
/// <c>deliver [FROM TO]</c> · <c>settle</c> (delivers everything, writing down no messages) ·
/// <c>drop [FROM TO]</c> · <c>repeat FROM TO N</c> (puts the N-th append of a link under way again) ·
/// <c>propose ID TEXT…</c> · <c>read ID NUMBER</c> · <c>reset ID MEMBER</c> · <c>transfer ID</c> ·
/// <c>cut A B</c> · <c>heal</c> · <c>stick ID</c> and <c>free ID</c> (its disk) · <c>crash ID</c> ·
/// <c>restart ID</c> · <c>compact ID INDEX</c> · <c>install ID FROM</c> · <c>logs</c> ·
/// <c>join ID INCARNATION</c> (a node with an empty disk, which knows nobody) · <c>learner ID MEMBER INCARNATION</c>,
/// <c>voter ID MEMBER</c>, <c>remove ID MEMBER</c> (asks node ID for the change).
/// </summary>
internal sealed class ScenarioPlayer
{
    /// <summary>Nothing applied stays in memory, so that what is compacted is really gone.</summary>
    private static readonly RaftOptions ForgetfulOptions =
        TestNetwork.OptionsOf(NodeId.None) with { RecentBytesMax = 0 };

    private readonly StringBuilder text = new();
    private readonly Dictionary<NodeId, NodeFacts> known = [];
    private TestNetwork network = new(1);
    private int written;
    private bool isQuiet;

    public static string Play(string script)
    {
        var player = new ScenarioPlayer();
        foreach (var line in script.Split('\n').Where(line => line.StartsWith('>') || line.StartsWith('#')))
        {
            player.text.Append(player.text.Length > 0 && line.StartsWith('>') ? "\n" : "").Append(line).Append('\n');
            if (line.StartsWith('>'))
            {
                player.Do(line[1..].Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return player.text.ToString();
    }

    private void Do(string[] words)
    {
        isQuiet = words[0] == "settle";
        switch (words[0])
        {
            case "nodes":
                network = new TestNetwork(Number(words, 1), ForgetfulOptions) { Stepped = Observe };
                break;
            case "tick":
                Tick(words);
                break;
            case "campaign":
                Campaign(Node(words));
                break;
            case "settle" or "deliver" or "drop":
                Move(words);
                break;
            case "propose":
                Write($"{Node(words).Id}: {Node(words).Propose(words[2..])}");
                break;
            case "read":
                Node(words).Core.ReadIndex(Number(words, 2));
                break;
            case "reset":
                Node(words).Core.ConnectionReset(new NodeId(Number(words, 2)));
                break;
            case "transfer":
                Node(words).Core.TransferLeadership();
                break;
            case "cut":
                network.Cut(Number(words, 1), Number(words, 2));
                break;
            case "repeat":
                Repeat(Number(words, 1), Number(words, 2), Number(words, 3));
                break;
            case "heal":
                network.Heal();
                break;
            case "logs":
                WriteLogs();
                break;
            case "join":
                network.Join(Number(words, 1), (ulong)Number(words, 2));
                known.Remove(new NodeId(Number(words, 1)));
                break;
            default:
                DoToNode(words);
                break;
        }

        network.Pump();
    }

    private void DoToNode(string[] words)
    {
        var node = Node(words);
        switch (words[0])
        {
            case "stick" or "free":
                node.IsDiskStuck = words[0] == "stick";
                break;
            case "crash":
                node.Crash();
                known.Remove(node.Id);
                break;
            case "restart":
                node.Restart();
                break;
            case "compact":
                var index = new LogIndex(Number(words, 2));
                node.Log.CutTo(index);
                node.Core.SnapshotMade(index, node.Log.Base.Term);
                break;
            case "learner" or "voter" or "remove":
                Write($"{node.Id}: {node.Change(Changed(node.Core.Membership, words))}");
                break;
            case "install":
                var source = network[Number(words, 2)];
                node.Install(source, source.Log.Base, network.Send);
                break;
            default:
                throw new FormatException($"no such command: {words[0]}");
        }
    }

    private static Membership Changed(Membership now, string[] words)
    {
        var id = new NodeId(Number(words, 2));
        var member = now.Members.FirstOrDefault(member => member.Id == id);
        return MembershipSteps.With(now, id, words[0] switch
        {
            "learner" => new Member(id, IsVoter: false, (ulong)Number(words, 3), $"host{id.Value}:7000"),
            "voter" => member! with { IsVoter = true },
            _ => null,
        });
    }

    private void Tick(string[] words)
    {
        for (var count = words.Length > 2 ? Number(words, 2) : 1; count > 0; count--)
        {
            foreach (var node in network.Nodes.Where(node => node.IsUp))
            {
                if (words[1] == "all" || node == Node(words))
                {
                    node.Core.Tick();
                }
            }

            network.Pump();
        }
    }

    private void Campaign(TestNode node)
    {
        for (var tick = 0; node.Core.Role is RaftRole.Follower; tick++)
        {
            Assert.True(tick < 1_000, "never campaigns");
            node.Core.Tick();
        }
    }

    private void Repeat(int from, int to, int number)
    {
        var append = network.Sent.OfType<Message.AppendRequest>()
            .Where(append => append.From.Id.Value == from && append.To.Id.Value == to)
            .ElementAt(number - 1);
        Write($"again {ScenarioWords.Of(append)}");
        network.InFlight.Add(append);
    }

    private void Move(string[] words)
    {
        if (words[0] == "settle")
        {
            network.Deliver();
            return;
        }

        // Only what is under way now: what these messages cause stays for the next command.
        var moving = network.InFlight
            .Where(message => words.Length < 3
                || (message.From.Id.Value == Number(words, 1) && message.To.Id.Value == Number(words, 2)))
            .ToList();
        foreach (var message in moving)
        {
            var at = network.InFlight.IndexOf(message);
            if (words[0] == "drop")
            {
                network.InFlight.RemoveAt(at);
            }
            else
            {
                network.DeliverAt(at);
            }
        }
    }

    private void Observe()
    {
        foreach (var node in network.Nodes.Where(node => node.IsUp))
        {
            WriteChanges(node);
        }

        for (; written < network.Sent.Count; written++)
        {
            if (!isQuiet)
            {
                Write(ScenarioWords.Of(network.Sent[written]));
            }
        }
    }

    private void WriteChanges(TestNode node)
    {
        var before = known.GetValueOrDefault(node.Id) ?? new NodeFacts();
        var core = node.Core;
        var after = new NodeFacts
        {
            Role = core.Role,
            Term = core.Term,
            Leader = core.Leader,
            Commit = core.CommitIndex,
            Applied = node.Applied.Count,
            Reads = node.Reads.Count,
            Offer = node.Offer,
        };
        known[node.Id] = after;
        if (before.Role != after.Role || before.Term != after.Term || before.Leader != after.Leader)
        {
            var leader = after.Leader == NodeId.None ? "" : $" of {after.Leader}";
            Write($"{node.Id}: {after.Role} in {after.Term}{(after.Role == RaftRole.Leader ? "" : leader)}");
        }

        if (after.Commit > before.Commit)
        {
            Write($"{node.Id}: committed up to {after.Commit}");
        }

        if (after.Applied > before.Applied)
        {
            Write($"{node.Id}: applied {string.Join(' ', node.Applied.Skip(before.Applied).Select(ScenarioWords.Of))}");
        }

        foreach (var read in node.Reads.OrderBy(read => read.Key).Skip(before.Reads))
        {
            Write($"{node.Id}: read {read.Key} at {read.Value?.ToString() ?? "nothing: not confirmed"}");
        }

        if (after.Offer is not null && before.Offer is null)
        {
            Write($"{node.Id}: shall fetch the snapshot {after.Offer.Index} from {after.Offer.From.Id}");
        }
    }

    private void WriteLogs()
    {
        foreach (var node in network.Nodes)
        {
            var log = node.Log;
            var entries = log.ReadEntries(log.Base.Index.Next, log.LastIndex, int.MaxValue);
            Write($"{node.Id}: {(node.IsUp ? "" : "down ")}after {log.Base.Index}: "
                + string.Join(' ', entries.Select(ScenarioWords.Of)));
        }
    }

    private TestNode Node(string[] words) => network[Number(words, 1)];

    private static int Number(string[] words, int at) => int.Parse(words[at], CultureInfo.InvariantCulture);

    private void Write(string line) => text.Append(line).Append('\n');

    /// <summary>What the transcript has said of a node.</summary>
    private sealed record NodeFacts
    {
        public RaftRole Role { get; init; }

        public Term Term { get; init; }

        public NodeId Leader { get; init; }

        public LogIndex Commit { get; init; }

        public int Applied { get; init; }

        public int Reads { get; init; }

        public Message.SnapshotOffer? Offer { get; init; }
    }
}
