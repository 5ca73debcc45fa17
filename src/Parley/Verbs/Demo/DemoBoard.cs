using System.Globalization;
using Parley.Client;
using Parley.Local;
using Parley.Protocol.Chat.V1;
using Parley.Verbs.Chat;

namespace Parley.Verbs.Demo;

/// <summary>
/// What the demo shows all the time, in two lines that change in place: how each server is, and how the messages fare.
/// It counts what clients see: every send that was answered must come to its recipient, once, in an unbroken sequence.
/// Any thread.
/// </summary>
internal sealed class DemoBoard(LocalCluster cluster, IChatScreen screen)
{
    private static readonly TimeSpan TalkPace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(400);
    private readonly Lock counting = new();
    private readonly HashSet<MessageId> shown = [];
    private readonly Dictionary<string, SortedSet<long>> sequences = new(StringComparer.Ordinal);
    private int sent;
    private int stored;
    private int doubled;
    private long? lastStored;
    private TimeSpan longestGap;

    /// <summary>A client sends and waits for the answer.</summary>
    public async Task<MessageReceipt> CountAsync(Func<Task<MessageReceipt>> send)
    {
        Interlocked.Increment(ref sent);
        var receipt = await send();
        Interlocked.Increment(ref stored);
        return receipt;
    }

    /// <summary>Sends ten lines a second until it is cancelled: so the longest gap between two answers is known.
    /// </summary>
    public async Task TalkAsync(RecordedClient client, string recipient, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TalkPace);
        for (var number = 1; await pace.WaitForNextTickAsync(cancellationToken); number++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"line {number}");
            await CountAsync(() => client.SendAsync(recipient, text, cancellationToken));
            lock (counting)
            {
                longestGap = Gap();
                lastStored = TimeProvider.System.GetTimestamp();
            }
        }
    }

    /// <summary>A message came to its recipient.</summary>
    public void Shown(ChatMessage message)
    {
        lock (counting)
        {
            doubled += shown.Add(message.MessageId) ? 0 : 1;
            if (!sequences.TryGetValue(message.Conversation, out var seen))
            {
                sequences.Add(message.Conversation, seen = []);
            }

            seen.Add(message.Sequence);
        }
    }

    /// <summary>Draws until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(Pace);
        do
        {
            screen.SetStatus([await NodesAsync(cancellationToken), Tally()]);
        }
        while (await pace.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>The numbers, as a line.</summary>
    public string Tally()
    {
        lock (counting)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"sent {sent} · stored {stored} · shown {shown.Count} · lost {Lost()} · doubled {doubled} · "
                + $"longest gap {Gap().TotalMilliseconds:0} ms");
        }
    }

    // The one that lasts counts, too.
    private TimeSpan Gap()
    {
        var now = lastStored is { } at ? TimeProvider.System.GetElapsedTime(at) : TimeSpan.Zero;
        return now > longestGap ? now : longestGap;
    }

    // A sequence that never came though a later one did. Both ends of a conversation count here: it has no other holes.
    private long Lost() => sequences.Values.Sum(seen => seen.Max - seen.Min + 1 - seen.Count);

    private async Task<string> NodesAsync(CancellationToken cancellationToken)
    {
        var nodes = await Task.WhenAll(cluster.Nodes.Select(async node => Describe(
            node.Id,
            node.IsRunning,
            node.IsPaused,
            node.IsRunning && !node.IsPaused ? await cluster.StatusOfAsync(node.Id, cancellationToken) : null)));
        return string.Join(" · ", nodes);
    }

    private static string Describe(int id, bool isRunning, bool isPaused, GetClusterResponse? report)
    {
        var state = (isRunning, isPaused, report) switch
        {
            (false, _, _) => "dead",
            (_, true, _) => "hangs",
            (_, _, null) => "starts",
            _ => report.Role == NodeRole.Leader ? "LEADS" : report.Leader > 0 ? "follows" : "asks for votes",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{id} {state}");
    }
}
