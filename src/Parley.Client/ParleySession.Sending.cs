using System.Security.Cryptography;
using Google.Protobuf;
using Parley.Client.Sending;
using Parley.Client.Storage;
using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client;

/// <summary>The session's outbox, in memory or in a file.</summary>
public sealed partial class ParleySession
{
    /// <summary>Sends that an earlier process of this stored session left; they are repeated before anything new.
    /// </summary>
    internal IReadOnlyList<Send> LeftSends { get; private set; } = [];

    /// <summary>Starts a send; its message id is known at once, its outcome later.</summary>
    internal Send StartSend(string recipient, string text) =>
        (pipeline ?? throw new InvalidOperationException("this session was opened without an outbox"))
        .Start(recipient, text);

    /// <summary>Sends go out under this client number, through this outbox.</summary>
    internal void UseOutbox(OutboxStart start, IOutbox outbox) => pipeline = NewPipeline(start, outbox);

    /// <summary>Sends go through a file of the stored session; a new file gets a client number first.</summary>
    internal async Task UseOutboxAsync(OutboxFile outbox, CancellationToken cancellationToken)
    {
        outboxFile = outbox;
        if (outbox.Client == 0)
        {
            var opened = await OpenClientAsync(cancellationToken);
            outbox.MoveTo(opened.Client, opened.LastCounter, []);
        }

        var start = outbox.Start;
        LeftSends = start.Left;
        UseOutbox(start, outbox);
    }

    /// <summary>Asks once more for the outcome of an id, with its recipient, text and nonce.</summary>
    internal async Task<MessageReceipt> RepeatAsync(
        MessageId messageId, string recipient, string text, ByteString nonce, CancellationToken cancellationToken)
    {
        var id = new byte[MessageId.Bytes];
        messageId.WriteTo(id);
        var request = new SendMessageRequest
        {
            MessageId = ByteString.CopyFrom(id),
            Recipient = recipient,
            Text = text,
            Nonce = nonce,
        };
        var stored = await walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Messages.SendMessageAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "sending", changes: true, cancellationToken, Repeat.Remembered);
        return new MessageReceipt
        {
            MessageId = messageId,
            Conversation = stored.Conversation,
            Sequence = stored.Sequence,
            LogIndex = stored.LogIndex,
            SentAt = Times.OfMicroseconds(stored.SentAtUs),
        };
    }

    private SendPipeline NewPipeline(OutboxStart start, IOutbox outbox) => new(
        walker, client.Options, new SendingSession(authorization, OpenClientAsync), start, outbox);

    private Task<OpenClientResponse> OpenClientAsync(CancellationToken cancellationToken)
    {
        var request = new OpenClientRequest
        {
            RequestId = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(MessageId.Bytes)),
        };
        return walker.CallAsync(
            (node, deadline, cancellation) => UnaryCall.AnswerAsync(
                node.Sessions.OpenClientAsync(request, Options(deadline, true, cancellation)),
                walker.Nodes, node, answer => answer.LogIndex),
            "asking for a client number", changes: true, cancellationToken, Repeat.Remembered);
    }
}
