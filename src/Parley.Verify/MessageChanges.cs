namespace Parley.Verify;

/// <summary>Where a message stands.</summary>
internal readonly record struct MessagePlace(string Conversation, long Sequence)
{
    public static MessagePlace Of(HistoryEvent line) => new(line.Conversation ?? "", line.Sequence ?? 0);

    public override string ToString() => $"sequence {Sequence} of {Conversation}";
}

/// <summary>One edit (with its text) or deletion (null), however often it was asked for.</summary>
/// <param name="Place">Of the message.</param>
/// <param name="Text">Null: it was to be deleted.</param>
/// <param name="BeginUs">When it was first asked for.</param>
/// <param name="DoneUs">When it was first answered as done; null: never.</param>
/// <param name="LogIndex">Of the first such answer: whoever has seen so much of the log sees it done.</param>
/// <param name="IsRefused">Whenever it was asked for, it was told not to be done.</param>
internal sealed record ChangeFact(
    MessagePlace Place, string? Text, long BeginUs, long? DoneUs, long? LogIndex, bool IsRefused)
{
    public bool IsDeletion => Text is null;
}

/// <summary>What was asked to become of messages that were sent and answered.</summary>
internal sealed class MessageChanges
{
    private readonly ILookup<MessagePlace, ChangeFact> facts;
    private readonly Dictionary<MessagePlace, string> sent = [];

    public MessageChanges(History history)
    {
        facts = ((HistoryKind[])[HistoryKind.Edit, HistoryKind.Erase])
            .SelectMany(kind => Operations.Pair(history, kind))
            .GroupBy(pair => pair.Invoke.RequestId ?? $"{pair.Invoke.Client}/{pair.Invoke.Operation}")
            .Select(asked => AsFact([.. asked]))
            .ToLookup(fact => fact.Place);
        foreach (var send in Operations.Sends(history).Where(send => send.IsStored))
        {
            sent.TryAdd(MessagePlace.Of(send.End!), send.Invoke.Text ?? "");
        }
    }

    public IEnumerable<ChangeFact> All => facts.SelectMany(fact => fact);

    public IEnumerable<ChangeFact> Of(MessagePlace place) => facts[place];

    /// <summary>What was sent there; null: its send was never answered.</summary>
    public string? FindSent(MessagePlace place) => sent.GetValueOrDefault(place);

    /// <summary>The history as if nothing had been edited or deleted, for checkers of what was sent. A text or
    /// tombstone that no change asked for is left as it is.</summary>
    public static History Undo(History history)
    {
        var changes = new MessageChanges(history);
        return changes.facts.Count == 0 ? history : history with
        {
            Events = [.. history.Events.Select(line =>
                line.Kind is HistoryKind.Receive or HistoryKind.Changed or HistoryKind.Shown
                && changes.FindOriginal(MessagePlace.Of(line), line.Text, line.Deleted) is { } text
                    ? line with { Text = text, Deleted = null }
                    : line)],
            Reads = [.. history.Reads.Select(read => read with
            {
                Messages = [.. read.Messages.Select(message =>
                    changes.FindOriginal(
                        new(read.Conversation, message.Sequence), message.Text, message.Deleted) is { } text
                        ? message with { Text = text, Deleted = null }
                        : message)],
            })],
        };
    }

    private string? FindOriginal(MessagePlace place, string? text, bool? isDeleted)
    {
        var isAskedFor = facts[place].Any(fact => !fact.IsRefused && (isDeleted == true
            ? fact.IsDeletion && string.IsNullOrEmpty(text)
            : string.Equals(fact.Text, text, StringComparison.Ordinal)));
        return isAskedFor ? FindSent(place) : null;
    }

    private static ChangeFact AsFact(List<(HistoryEvent Invoke, HistoryEvent? End)> asked)
    {
        var first = asked[0].Invoke;
        return new(
            MessagePlace.Of(first),
            first.Kind == HistoryKind.Erase ? null : first.Text,
            asked.Min(one => one.Invoke.AtUs),
            asked.Where(one => one.End is { Phase: HistoryPhase.Ok }).Min(one => one.End?.AtUs),
            asked.Where(one => one.End is { Phase: HistoryPhase.Ok }).Min(one => one.End?.LogIndex),
            asked.TrueForAll(one => one.End is { Phase: HistoryPhase.Fail }));
    }
}
