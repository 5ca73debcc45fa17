using Parley.Core;
using Parley.Protocol.Chat.V1;
using Parley.Server.Api;

namespace Parley.Server.Delivery;

/// <summary>What streams and pages hold, in the protocol's form.</summary>
internal static class DeliveryEvents
{
    public static Message ToMessage(StoredMessage stored) => new()
    {
        Conversation = ConversationId.Format(stored.Conversation),
        Sequence = stored.Sequence,
        MessageId = new MessageId(stored.Client, stored.Counter).ToByteString(),
        Sender = stored.Sender,
        Recipient = stored.Recipient,
        Text = stored.Text,
        SentAtUs = stored.SentAtUs,
        LogIndex = stored.LogIndex,
        EditedAtUs = stored.EditedAtUs,
        DeletedAtUs = stored.DeletedAtUs,
        DeletedBy = stored.DeletedBy,
    };

    public static Gap ToGap(GapFacts gap) => new()
    {
        Conversation = ConversationId.Format(gap.Conversation),
        FirstSequence = gap.FirstSequence,
        LastSequence = gap.LastSequence,
        Room = RoomNames.Format(gap.RoomName),
    };

    public static Receipt ToReceipt(ReceiptFacts receipt, long logIndex) => new()
    {
        Conversation = ConversationId.Format(receipt.Conversation),
        Member = receipt.Member,
        DeliveredSequence = receipt.DeliveredSequence,
        ReadSequence = receipt.ReadSequence,
        LogIndex = logIndex,
    };
}
