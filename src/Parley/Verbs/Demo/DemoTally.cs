using Parley.Verify;

namespace Parley.Verbs.Demo;

/// <summary>The demo's last line: counted from what clients wrote down and what each server holds.</summary>
internal sealed record DemoTally
{
    /// <summary>Sends that were answered: the cluster promised to keep them.</summary>
    public required int Sent { get; init; }

    /// <summary>Of those, how many stand on every server.</summary>
    public required int Stored { get; init; }

    /// <summary>Of those, how many came to their recipient.</summary>
    public required int Delivered { get; init; }

    public int Lost => Sent - Stored;

    /// <summary>Places beyond one that a message has on some server, or times beyond one that it came.</summary>
    public required int Doubled { get; init; }

    public bool IsWhole => Sent > 0 && Lost == 0 && Doubled == 0 && Delivered == Sent;

    public static DemoTally Of(History history)
    {
        var sent = Operations.Sends(history)
            .Where(send => send.IsStored)
            .Select(send => send.MessageId)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        var received = history.Events
            .Where(line => line is { Kind: HistoryKind.Receive, MessageId: not null })
            .CountBy(line => line.MessageId!, StringComparer.Ordinal).ToDictionary();
        var nodes = history.Reads
            .GroupBy(read => read.Node)
            .Select(reads => reads.SelectMany(read => read.Messages)
                .CountBy(message => message.MessageId, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal))
            .ToList();
        return new()
        {
            Sent = sent.Count,
            Stored = sent.Count(id => nodes.Count > 0 && nodes.TrueForAll(node => node.ContainsKey(id))),
            Delivered = sent.Count(received.ContainsKey),
            Doubled = received.Values.Sum(times => times - 1)
                + nodes.Select(node => node.Values.Sum(times => times - 1)).DefaultIfEmpty().Max(),
        };
    }
}
