using Parley.Core;
using Parley.Simulation.Clients;

namespace Parley.Simulation.Checks;

/// <summary>What the clients of a run wrote, were answered and were shown; no node ever sees it.</summary>
internal sealed class ChatBook
{
    private readonly Dictionary<string, WrittenLine> lines = new(StringComparer.Ordinal);
    private readonly Dictionary<(long Conversation, long Sequence), string> shown = [];
    private readonly Dictionary<long, long> heads = [];

    /// <summary>The highest log index of a line whose answer reached its client.</summary>
    public long HighestAnsweredIndex { get; private set; }

    public int LinesAnswered { get; private set; }

    public IReadOnlyDictionary<string, WrittenLine> Lines => lines;

    /// <summary>What was edited and deleted.</summary>
    public ChangeBook Changes { get; } = new();

    public void Wrote(string sender, Line line) =>
        lines.Add(line.Text, new WrittenLine(lines.Count, sender, line.Recipient));

    /// <summary>A client's line was answered for the first time.</summary>
    public void Answered(Line line, Outcome outcome)
    {
        lines[line.Text].Outcome = outcome;
        LinesAnswered++;
        if (outcome is Outcome.MessageStored { Conversation: > 0 } stored)
        {
            HighestAnsweredIndex = Math.Max(HighestAnsweredIndex, stored.LogIndex);
            heads[stored.Conversation] = Math.Max(stored.Sequence, heads.GetValueOrDefault(stored.Conversation));
        }
    }

    /// <summary>A client asked again for a line that was answered.</summary>
    public void AnsweredAgain(Line line, Outcome first, Outcome again)
    {
        // A planted bug answers before there is a place; then only being stored can be checked.
        if (first != again && !IsWithoutPlace(first) && !IsWithoutPlace(again))
        {
            throw new PropertyBrokenException(
                Properties.NothingDoubled, $"'{line.Text}' was answered {first}, later {again}");
        }
    }

    /// <summary>A client received a message.</summary>
    public void Delivered(string client, StoredMessage message)
    {
        var text = Changes.TextAsSent(message);
        if (!lines.TryGetValue(text, out var line) || line.Sender != message.Sender
            || line.Recipient != message.Recipient)
        {
            throw new PropertyBrokenException(
                Properties.NoPhantom, $"{client} received '{message.Text}' from {message.Sender}, nobody wrote it");
        }

        if (client != message.Sender && client != message.Recipient)
        {
            throw new PropertyBrokenException(
                Properties.OnlyMembers, $"{client} received '{message.Text}' to {message.Recipient}");
        }

        var place = (message.Conversation, message.Sequence);
        if (!shown.TryAdd(place, text) && shown[place] != text)
        {
            throw new PropertyBrokenException(
                Properties.OneOrder, $"at {place} stood '{shown[place]}', {client} received '{text}'");
        }
    }

    private static bool IsWithoutPlace(Outcome outcome) => outcome is Outcome.MessageStored { Conversation: 0 };

    /// <summary>Whether everything answered in a conversation up to its head was shown to its members.</summary>
    public bool IsHead(long conversation, long sequence) => heads.GetValueOrDefault(conversation) <= sequence;

    /// <summary>Conversations in which an account has written or been written to, as far as answered.</summary>
    public IEnumerable<long> ConversationsOf(string account) =>
        lines.Values.Where(l => l.Sender == account || l.Recipient == account)
            .Select(l => l.Outcome).OfType<Outcome.MessageStored>().Select(s => s.Conversation).Distinct();
}

/// <summary>A line as its client knows it.</summary>
internal sealed class WrittenLine(int order, string sender, string recipient)
{
    /// <summary>Of all lines of the run, from 0.</summary>
    public int Order { get; } = order;

    public string Sender { get; } = sender;

    public string Recipient { get; } = recipient;

    /// <summary>Null while it is not answered.</summary>
    public Outcome? Outcome { get; set; }
}
