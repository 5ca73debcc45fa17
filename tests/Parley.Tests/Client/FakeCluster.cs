using System.Globalization;
using Google.Protobuf;
using Parley.Client;
using Parley.Protocol.Chat.V1;

namespace Parley.Tests.Client;

/// <summary>
/// The one truth behind several <see cref="FakeNode"/>s: takes message ids by the rules of the log, and keeps what was
/// stored, in order.
/// </summary>
internal sealed class FakeCluster
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, ulong> lastCounters = [];
    private readonly Dictionary<MessageId, (string Content, SendMessageResponse Outcome)> outcomes = [];
    private readonly List<string> stored = [];
    private ulong lastClient;

    public string Id { get; } = new('a', 32);

    /// <summary>Texts in the order in which they were stored.</summary>
    public IReadOnlyList<string> Stored
    {
        get
        {
            lock (gate)
            {
                return [.. stored];
            }
        }
    }

    public ulong OpenClient()
    {
        lock (gate)
        {
            lastCounters[++lastClient] = 0;
            return lastClient;
        }
    }

    public void Forget(ulong client)
    {
        lock (gate)
        {
            lastCounters.Remove(client);
        }
    }

    /// <summary>Somebody else uses this client's next counter.</summary>
    public void TakeNext(ulong client, string text)
    {
        lock (gate)
        {
            var id = new MessageId(client, ++lastCounters[client]);
            outcomes[id] = ("somebody else's", Store(text));
        }
    }

    public SendMessagesResponse Apply(SendMessageRequest request)
    {
        lock (gate)
        {
            var id = MessageId.FromBytes(request.MessageId.Span);
            var content = $"{request.Recipient} {request.Text} {request.Nonce.ToBase64()}";
            if (!lastCounters.TryGetValue(id.Client, out var last))
            {
                return Refused(request.MessageId, 9, "CLIENT_FORGOTTEN");
            }

            if (outcomes.TryGetValue(id, out var before))
            {
                return before.Content == content
                    ? new SendMessagesResponse { MessageId = request.MessageId, Stored = before.Outcome }
                    : Refused(request.MessageId, 10, "MESSAGE_ID_REUSED");
            }

            if (id.Counter != last + 1)
            {
                return Refused(request.MessageId, 9, "OUT_OF_ORDER");
            }

            lastCounters[id.Client] = id.Counter;
            var outcome = Store(request.Text);
            outcomes[id] = (content, outcome);
            return new SendMessagesResponse { MessageId = request.MessageId, Stored = outcome };
        }
    }

    public static SendMessagesResponse Refused(ByteString id, int code, string reason, long retryAfterMs = 0) => new()
    {
        MessageId = id,
        Error = new SendError { Code = code, Reason = reason, Message = reason, RetryAfterMs = retryAfterMs },
    };

    private SendMessageResponse Store(string text)
    {
        stored.Add(text);
        return new SendMessageResponse
        {
            Conversation = 1.ToString("x32", CultureInfo.InvariantCulture),
            Sequence = stored.Count,
            LogIndex = 100 + stored.Count,
            SentAtUs = 1_000_000,
        };
    }
}
