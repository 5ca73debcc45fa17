using Parley.Protocol.Chat.V1;

namespace Parley.Client.Receiving;

/// <summary>Messages as the wire has them.</summary>
internal static class WireMessages
{
    public static ChatMessage ToMessage(Message message) => new()
    {
        Conversation = message.Conversation,
        Sequence = message.Sequence,
        MessageId = message.MessageId.Length == MessageId.Bytes ? MessageId.FromBytes(message.MessageId.Span) : default,
        From = message.Sender,
        To = message.Recipient,
        SentAt = Times.OfMicroseconds(message.SentAtUs),
        Text = message.Text,
        LogIndex = message.LogIndex,
        EditedAt = Times.FindMoment(message.EditedAtUs),
        DeletedAt = Times.FindMoment(message.DeletedAtUs),
        DeletedBy = message.DeletedBy.Length == 0 ? null : message.DeletedBy,
    };
}
