using Parley.Core;
using Parley.Simulation.Machines;

namespace Parley.Simulation.Checks;

/// <summary>After convergence: every node's state is read back and compared with what the clients know.</summary>
internal static class StoredChecks
{
    public static void Check(World world)
    {
        Machine[] machines = [.. world.Living];
        var first = machines[0].Process!.State;
        var nodes = new List<(int, IEnumerable<StoredMessage>)>();
        foreach (var machine in machines)
        {
            var state = machine.Process!.State;
            Hold(state.AppliedIndex == first.AppliedIndex && state.Digest == first.Digest, Properties.Digest,
                $"{machine.Id} {state.Digest} at {state.AppliedIndex}, "
                + $"{machines[0].Id} has {first.Digest} at {first.AppliedIndex}");
            Hold(state.ScanDigest() == state.Digest, Properties.Digest,
                $"{machine.Id} keeps digest {state.Digest}, its rows give {state.ScanDigest()}");
            nodes.Add((machine.Id.Value, CheckNode(world, machine, state).Values));
        }

        world.Chat.Changes.Judge(nodes);
    }

    private static Dictionary<string, StoredMessage> CheckNode(World world, Machine machine, ChatState state)
    {
        using var reader = state.OpenReader();
        var stored = new Dictionary<string, StoredMessage>(StringComparer.Ordinal);
        for (var one = 0; one < world.Clients.Count; one++)
        {
            for (var other = one + 1; other < world.Clients.Count; other++)
            {
                ReadConversation(world, machine, reader, world.Clients[one].Name, world.Clients[other].Name, stored);
            }
        }

        CheckLines(world, machine, stored);
        CheckOrder(world, machine, stored);
        CheckMarks(world, machine, state, reader);
        return stored;
    }

    private static void ReadConversation(
        World world, Machine machine, ChatReader reader, string one, string other,
        Dictionary<string, StoredMessage> stored)
    {
        var state = machine.Process!.State;
        if (state.Directory.FindAccount(one) is not { } account || state.Directory.FindAccount(other) is null)
        {
            return;
        }

        var last = 0L;
        HistoryPage page;
        do
        {
            page = reader.ReadHistory(account.Number, other, last, 1_000, 1 << 20);
            foreach (var message in page.Messages)
            {
                Hold(message.Sequence == last + 1, Properties.OneOrder,
                    $"{machine.Id} has {message.Sequence} after {last} between {one} and {other}");
                last = message.Sequence;
                var text = world.Chat.Changes.TextAsSent(message);
                Hold(stored.TryAdd(text, message), Properties.NothingDoubled, $"{machine.Id} has '{text}' twice");
            }
        }
        while (page.HasMore);
    }

    private static void CheckLines(World world, Machine machine, Dictionary<string, StoredMessage> stored)
    {
        foreach (var (text, line) in world.Chat.Lines)
        {
            var found = stored.GetValueOrDefault(text);
            switch (line.Outcome)
            {
                case Outcome.MessageStored answer:
                    Hold(found is not null, Properties.NothingLost, $"{machine.Id} lost '{text}', answered {answer}");
                    Hold(answer.Conversation == 0
                        || (found!.Conversation == answer.Conversation && found.Sequence == answer.Sequence),
                        Properties.OneOrder, $"{machine.Id} has '{text}' at {found!.Sequence}, answered {answer}");
                    break;
                case Outcome.Rejected rejected:
                    Hold(found is null, Properties.NoPhantom, $"{machine.Id} has '{text}', answered {rejected}");
                    break;
                default:
                    Hold(false, Properties.Convergence, $"'{text}' was never answered");
                    break;
            }
        }

        foreach (var (text, message) in stored)
        {
            Hold(world.Chat.Lines.TryGetValue(text, out var line) && line.Sender == message.Sender
                && line.Recipient == message.Recipient, Properties.NoPhantom,
                $"{machine.Id} has '{text}' from {message.Sender}, who did not write it");
        }
    }

    private static void CheckOrder(World world, Machine machine, Dictionary<string, StoredMessage> stored)
    {
        var lastOf = new Dictionary<string, (long Place, string Text)>(StringComparer.Ordinal);
        foreach (var (text, line) in world.Chat.Lines)
        {
            if (!stored.TryGetValue(text, out var message))
            {
                continue;
            }

            // Log indexes order lines of one sender across conversations, too.
            var last = lastOf.GetValueOrDefault(line.Sender);
            Hold(message.LogIndex > last.Place, Properties.SenderOrder,
                $"{machine.Id} has '{text}' at {message.LogIndex}, '{last.Text}' before it at {last.Place}");
            lastOf[line.Sender] = (message.LogIndex, text);
        }
    }

    private static void CheckMarks(World world, Machine machine, ChatState state, ChatReader reader)
    {
        foreach (var client in world.Clients)
        {
            foreach (var other in world.Clients)
            {
                if (client == other || state.Directory.FindAccount(client.Name) is not { } account)
                {
                    continue;
                }

                var page = reader.ReadHistory(account.Number, other.Name, 0, 1, 1 << 20);
                var shown = client.ShownUpTo(page.Conversation);
                Hold(page.DeliveredSequence == shown, Properties.Delivery,
                    $"{machine.Id} marks {page.DeliveredSequence} delivered to {client.Name} from {other.Name}, "
                    + $"shown {shown}");
            }
        }
    }

    private static void Hold(bool condition, string property, string detail)
    {
        if (!condition)
        {
            throw new PropertyBrokenException(property, detail);
        }
    }
}
