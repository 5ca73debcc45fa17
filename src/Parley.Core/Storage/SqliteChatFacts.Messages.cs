using System.Buffers.Binary;
using System.Text;
using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Messages: appended by position, each row pointing to its conversation's and its client's row before.
/// </content>
internal sealed partial class SqliteChatFacts
{
    private Statement InsertMessage => field ??= database.Prepare(
        """
        INSERT INTO messages (
            position, conversation, sequence, sender, client, counter, client_previous, conversation_previous,
            sent_at_us, low_messages, low_bytes, high_bytes, content_hash, text)
        VALUES (
            $position, $conversation, $sequence, $sender, $client, $counter, $client_previous, $conversation_previous,
            $sent_at_us, $low_messages, $low_bytes, $high_bytes, $content_hash, $text)
        """,
        Schema.Messages);

    private Statement SelectOutcome => field ??= database.Prepare(
        """
        SELECT counter, client_previous, conversation, sequence, sent_at_us, content_hash
        FROM messages WHERE position = $position
        """);

    private Statement SelectLinks => field ??= database.Prepare(
        """
        SELECT sequence, conversation_previous, low_messages, low_bytes, high_bytes
        FROM messages WHERE position = $position
        """);

    private Statement InsertAnchor => field ??= database.Prepare(
        "INSERT INTO anchors (conversation, sequence, position) VALUES ($conversation, $sequence, $position)",
        Schema.Anchors);

    private Statement SelectAnchor => field ??= database.Prepare(
        "SELECT position FROM anchors WHERE conversation = $conversation AND sequence = $sequence");

    public Outcome.MessageStored AppendMessage(
        in SendIdentity identity, long sender, long recipient, long conversation, string text, in EntryStamp stamp)
    {
        var stored = Append(identity, sender, conversations[conversation], text, stamp);
        Announce(sender, conversation, stamp.Index);
        if (sender != recipient)
        {
            CountInbox(recipient, 1, Encoding.UTF8.GetByteCount(text));
            Announce(recipient, conversation, stamp.Index);
        }

        return stored;
    }

    private Outcome.MessageStored Append(
        in SendIdentity identity, long sender, ConversationRow row, string text, in EntryStamp stamp)
    {
        var client = clients[identity.Client];
        var bytes = Encoding.UTF8.GetByteCount(text);
        var isLow = sender == row.LowAccount;
        row.Sent = new SentTotals(
            row.Sent.Sequence + 1,
            row.Sent.LowMessages + (isLow ? 1 : 0),
            row.Sent.LowBytes + (isLow ? bytes : 0),
            row.Sent.HighBytes + (isLow ? 0 : bytes));
        InsertRow(identity, sender, client, row, text, stamp);
        if (Anchoring.HasAnchor(row.HeadSequence))
        {
            digest += writer.Start(Schema.Anchors, InsertAnchor)
                .Add(row.Number).Add(row.HeadSequence).Add(stamp.Index).Write();
        }

        row.HeadPosition = stamp.Index;
        Touch(row, ConversationParts.Head);
        TakeCounter(client, identity.Counter, stamp.Index);
        client.LastPosition = stamp.Index;
        return new Outcome.MessageStored(row.Number, row.HeadSequence, stamp.TimeUs, stamp.Index);
    }

    private void InsertRow(
        in SendIdentity identity, long sender, ClientRow client, ConversationRow conversation, string text,
        in EntryStamp stamp)
    {
        Span<byte> contentHash = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(contentHash, identity.ContentHash);
        var sent = conversation.Sent;
        digest += writer.Start(Schema.Messages, InsertMessage)
            .Add(stamp.Index).Add(conversation.Number).Add(sent.Sequence).Add(sender).Add((long)identity.Client)
            .Add((long)identity.Counter).Add(client.LastPosition).Add(conversation.HeadPosition).Add(stamp.TimeUs)
            .Add(sent.LowMessages).Add(sent.LowBytes).Add(sent.HighBytes).AddBlob(contentHash).AddText(text).Write();
    }

    private void Announce(long account, long conversation, long position)
    {
        News.AccountsToRing.Add(account);
        News.Changes.Add(new DeliveryChange(account, conversation, DeliveryChangeKind.Message, position));
    }

    /// <summary>What had been sent up to a sequence that is kept.</summary>
    private SentTotals ReadTotals(ConversationRow row, long sequence)
    {
        var position = FindPosition(row, sequence);
        var select = SelectLinks.Start().With(position);
        Invariant.Holds(select.Step() && select.Int64(0) == sequence);
        var totals = new SentTotals(sequence, select.Int64(2), select.Int64(3), select.Int64(4));
        select.End();
        return totals;
    }

    /// <summary>The position of a sequence that is kept: back from the next anchor or the head.</summary>
    private long FindPosition(ConversationRow row, long sequence)
    {
        var (at, position) = Anchoring.NextAnchor(sequence) <= row.HeadSequence
            ? (Anchoring.NextAnchor(sequence), GetAnchor(row.Number, Anchoring.NextAnchor(sequence)))
            : (row.HeadSequence, row.HeadPosition);
        for (; at > sequence; at--)
        {
            var select = SelectLinks.Start().With(position);
            Invariant.Holds(select.Step() && select.Int64(0) == at);
            position = select.Int64(1);
            select.End();
        }

        return position;
    }

    private long GetAnchor(long conversation, long sequence)
    {
        var select = SelectAnchor.Start().With(conversation).With(sequence);
        Invariant.Holds(select.Step());
        var position = select.Int64(0);
        select.End();
        return position;
    }
}
