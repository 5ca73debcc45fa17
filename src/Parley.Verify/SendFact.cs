namespace Parley.Verify;

/// <summary>One send: what was asked and how it ended (null: the client never knew).</summary>
internal sealed record SendFact(HistoryEvent Invoke, HistoryEvent? End)
{
    public string? MessageId => End?.MessageId ?? Invoke.MessageId;

    public bool IsStored => End is { Phase: HistoryPhase.Ok };

    public bool IsRefused => End is { Phase: HistoryPhase.Fail };

    public SendContent Content => new(Invoke.Account, Invoke.Peer ?? "", Invoke.Text ?? "");

    public override string ToString() =>
        $"\"{Invoke.Text}\" from {Invoke.Account} to {Invoke.Peer} (id {MessageId ?? "unknown"}, by {Invoke.Client})";
}

/// <summary>What a message says, whoever counts it.</summary>
internal readonly record struct SendContent(string From, string To, string Text)
{
    public static SendContent Of(StoredMessage message) => new(message.From, message.To, message.Text);

    public override string ToString() => $"\"{Text}\" from {From} to {To}";
}

/// <summary>Pairs of a history: each invocation with its end.</summary>
internal static class Operations
{
    /// <summary>In the order of invocation.</summary>
    public static IEnumerable<(HistoryEvent Invoke, HistoryEvent? End)> Pair(History history, HistoryKind kind)
    {
        var ends = new Dictionary<(string Client, long Operation), HistoryEvent>();
        foreach (var line in history.Events.Where(line => line.Kind == kind && line.Phase != HistoryPhase.Invoke))
        {
            ends[(line.Client, line.Operation)] = line;
        }

        return from line in history.Events
               where line.Kind == kind && line.Phase == HistoryPhase.Invoke
               orderby line.AtUs, line.Operation
               select (line, ends.GetValueOrDefault((line.Client, line.Operation)));
    }

    public static IReadOnlyList<SendFact> Sends(History history) =>
        [.. Pair(history, HistoryKind.Send).Select(pair => new SendFact(pair.Invoke, pair.End))];
}
