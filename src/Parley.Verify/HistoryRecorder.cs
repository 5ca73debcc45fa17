using System.Text.Json;

namespace Parley.Verify;

/// <summary>
/// Writes down what one life of one client does, from any thread, and optionally each line to a file at once, so that
/// a killed client leaves what it knew.
/// </summary>
internal sealed class HistoryRecorder : IDisposable
{
    private const long MicrosecondsPerSecond = 1_000_000;
    private readonly string client;
    private readonly string account;
    private readonly TimeProvider time;
    private readonly StreamWriter? file;
    private readonly Lock writing = new();
    private readonly List<HistoryEvent> events = [];
    private long operations;

    public HistoryRecorder(string client, string account, TimeProvider time, string? path = null)
    {
        this.client = client;
        this.account = account;
        this.time = time;
        file = path is null ? null : new StreamWriter(path, append: true) { AutoFlush = true };
    }

    /// <summary>Who acts.</summary>
    public string Account => account;

    /// <summary>All so far.</summary>
    public IReadOnlyList<HistoryEvent> Events
    {
        get
        {
            lock (writing)
            {
                return [.. events];
            }
        }
    }

    /// <summary>Before a send's first attempt; its end is a call of <see cref="End"/> with what came back.</summary>
    public HistoryEvent Send(string recipient, string text, string? messageId = null) =>
        Begin(HistoryKind.Send, started => started with { Peer = recipient, Text = text, MessageId = messageId });

    /// <summary>Before an acknowledgement up to a sequence.</summary>
    public HistoryEvent Acknowledge(string conversation, long sequence) => Begin(
        HistoryKind.Acknowledge, started => started with { Conversation = conversation, Sequence = sequence });

    /// <summary>Before a conversation is read to its end; its <c>ok</c> carries the last sequence seen.</summary>
    public HistoryEvent Read(string peer) => Begin(HistoryKind.History, started => started with { Peer = peer });

    /// <summary>Before any other operation: create, login, logout, delete.</summary>
    public HistoryEvent Begin(HistoryKind kind) => Begin(kind, started => started);

    /// <summary>As <see cref="Begin(HistoryKind)"/>, with further fields.</summary>
    public HistoryEvent Begin(HistoryKind kind, Func<HistoryEvent, HistoryEvent> fill) => Add(fill(new()
    {
        AtUs = NowUs(),
        Client = client,
        Operation = Interlocked.Increment(ref operations),
        Kind = kind,
        Phase = HistoryPhase.Invoke,
        Account = account,
    }));

    /// <summary>How an operation ended; further fields by <paramref name="fill"/>.</summary>
    public HistoryEvent End(
        HistoryEvent started, HistoryPhase phase, Func<HistoryEvent, HistoryEvent>? fill = null)
    {
        var ended = started with { AtUs = NowUs(), Phase = phase };
        return Add(fill is null ? ended : fill(ended));
    }

    /// <summary>A message came by the stream and was taken (shown, printed).</summary>
    public HistoryEvent Received(StoredMessage message, string conversation) =>
        Seen(HistoryKind.Receive, message, conversation);

    /// <summary>The stream told how a message that came before is now.</summary>
    public HistoryEvent Changed(StoredMessage message, string conversation) =>
        Seen(HistoryKind.Changed, message, conversation);

    /// <summary>A read or search that began then, by a client that had seen so much of the log, showed a message.
    /// </summary>
    public HistoryEvent Shown(StoredMessage message, string conversation, long sinceUs, long? seenIndex = null) =>
        Seen(HistoryKind.Shown, message, conversation, sinceUs, seenIndex);

    /// <summary>A read mark was shown by a list that was asked for then.</summary>
    public HistoryEvent Marked(string conversation, long sequence, long sinceUs) => Add(new()
    {
        AtUs = NowUs(),
        Client = client,
        Operation = Interlocked.Increment(ref operations),
        Kind = HistoryKind.Mark,
        Phase = HistoryPhase.Ok,
        Account = account,
        Conversation = conversation,
        Sequence = sequence,
        SinceUs = sinceUs,
    });

    /// <summary>Monotonic, as the events have it.</summary>
    public long NowUs() => (long)((Int128)time.GetTimestamp() * MicrosecondsPerSecond / time.TimestampFrequency);

    public void Dispose() => file?.Dispose();

    private HistoryEvent Seen(
        HistoryKind kind,
        StoredMessage message,
        string conversation,
        long? sinceUs = null,
        long? seenIndex = null)
    {
        return Add(new()
        {
            AtUs = NowUs(),
            Client = client,
            Operation = Interlocked.Increment(ref operations),
            Kind = kind,
            Phase = HistoryPhase.Ok,
            Account = account,
            Peer = message.To,
            Sender = message.From,
            MessageId = message.MessageId,
            Text = message.Text,
            Deleted = message.Deleted,
            SinceUs = sinceUs,
            SeenIndex = seenIndex,
            Conversation = conversation,
            Sequence = message.Sequence,
            LogIndex = message.LogIndex,
        });
    }

    private HistoryEvent Add(HistoryEvent line)
    {
        lock (writing)
        {
            events.Add(line);
            file?.WriteLine(
                JsonSerializer.Serialize(new HistoryLine { Event = line }, HistoryJson.Default.HistoryLine));
        }

        return line;
    }
}
