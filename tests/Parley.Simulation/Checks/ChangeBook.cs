using Parley.Simulation.Clients;
using Parley.Verify;
using Parley.Verify.Checkers;
using Message = Parley.Core.StoredMessage;

namespace Parley.Simulation.Checks;

/// <summary>
/// What the clients of a run edited and deleted, were answered, and were shown of it; judged at the end by the checker
/// that judges real clusters.
/// </summary>
internal sealed class ChangeBook
{
    private readonly List<HistoryEvent> events = [];
    private readonly Dictionary<MessagePlace, Line> changed = [];
    private readonly Dictionary<string, MessagePlace> edits = new(StringComparer.Ordinal);
    private long operations;

    /// <summary>A client asks for a change of a line of its own that was stored, or asks for it again.</summary>
    public HistoryEvent Asked(string client, MessageChange change, long nowUs)
    {
        var place = PlaceOf(change.Conversation, change.Sequence);
        if (changed.TryAdd(place, change.Line))
        {
            var send = NewEvent(client, HistoryKind.Send, 0) with
            {
                Peer = change.Line.Recipient,
                Text = change.Line.Text,
                Conversation = place.Conversation,
                Sequence = place.Sequence,
            };
            events.Add(send);
            events.Add(send with { Phase = HistoryPhase.Ok });
        }

        if (change.Text is not null)
        {
            edits[change.Text] = place;
        }

        var asked = NewEvent(client, change.Text is null ? HistoryKind.Erase : HistoryKind.Edit, nowUs) with
        {
            RequestId = Convert.ToHexStringLower(change.RequestId),
            Text = change.Text,
            Conversation = place.Conversation,
            Sequence = place.Sequence,
        };
        events.Add(asked);
        return asked;
    }

    /// <param name="asked">What <see cref="Asked"/> returned.</param>
    /// <param name="refusal">Why it was refused; null: it was done.</param>
    /// <param name="nowUs">Virtual time.</param>
    public void Answered(HistoryEvent asked, string? refusal, long nowUs) => events.Add(asked with
    {
        AtUs = nowUs,
        Phase = refusal is null ? HistoryPhase.Ok : HistoryPhase.Fail,
        Error = refusal,
    });

    /// <summary>A client was shown a message by a stream or a read that was asked for then.</summary>
    public void Shown(string client, Message message, long sinceUs, long nowUs)
    {
        var place = PlaceOf(message.Conversation, message.Sequence);
        if (changed.ContainsKey(place) || message.DeletedAtUs > 0)
        {
            events.Add(NewEvent(client, HistoryKind.Shown, nowUs) with
            {
                Phase = HistoryPhase.Ok,
                SinceUs = sinceUs,
                Text = message.Text,
                Deleted = message.DeletedAtUs > 0 ? true : null,
                Conversation = place.Conversation,
                Sequence = place.Sequence,
            });
        }
    }

    /// <summary>What the message said when it was sent: of what nobody asked to change, its text.</summary>
    public string TextAsSent(Message message)
    {
        var place = PlaceOf(message.Conversation, message.Sequence);
        var isAskedFor = message.DeletedAtUs > 0 || edits.GetValueOrDefault(message.Text) == place;
        return isAskedFor && changed.TryGetValue(place, out var line) ? line.Text : message.Text;
    }

    /// <summary>Everything is settled, and these are the messages of each node.</summary>
    public void Judge(IEnumerable<(int Node, IEnumerable<Message> Messages)> nodes)
    {
        if (changed.Count == 0)
        {
            return;
        }

        var history = new History
        {
            Events = events,
            Reads = [.. nodes.SelectMany(node => ReadsOf(node.Node, node.Messages))],
            Digests = [],
        };
        Hold(ChangeChecker.DeletedStays(history), Properties.DeletedStays);
        Hold(ChangeChecker.LastEditStands(history), Properties.LastEditStands);
    }

    private static void Hold(Verdict verdict, string property)
    {
        if (!verdict.Holds)
        {
            throw new PropertyBrokenException(property, verdict.Violations[0]);
        }
    }

    private IEnumerable<FinalRead> ReadsOf(int node, IEnumerable<Message> messages) =>
        from message in messages
        let place = PlaceOf(message.Conversation, message.Sequence)
        where changed.ContainsKey(place) || message.DeletedAtUs > 0
        group AsStored(message) by (place.Conversation, message.Sender, message.Recipient)
        into same
        select new FinalRead
        {
            Node = node,
            Account = same.Key.Recipient,
            Peer = same.Key.Sender,
            Conversation = same.Key.Conversation,
            FirstSequenceKept = 1,
            Messages = [.. same],
        };

    private static StoredMessage AsStored(Message message) => new()
    {
        Sequence = message.Sequence,
        MessageId = $"{message.Client:x16}{message.Counter:x16}",
        From = message.Sender,
        To = message.Recipient,
        Text = message.Text,
        Deleted = message.DeletedAtUs > 0 ? true : null,
        LogIndex = message.LogIndex,
    };

    private static MessagePlace PlaceOf(long conversation, long sequence) =>
        new(conversation.ToString(System.Globalization.CultureInfo.InvariantCulture), sequence);

    private HistoryEvent NewEvent(string client, HistoryKind kind, long nowUs) => new()
    {
        AtUs = nowUs,
        Client = client,
        Operation = ++operations,
        Kind = kind,
        Phase = HistoryPhase.Invoke,
        Account = client,
    };
}
