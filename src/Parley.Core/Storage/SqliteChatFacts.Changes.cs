using System.Text;
using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Messages that were edited or deleted: a row beside them says so, their text is replaced in its place.
/// </content>
/// <remarks>
/// The totals in the rows of messages stay those of what was sent; what an edit or a deletion made of them stands in
/// <c>grown_bytes</c>, and is taken out of the inbox together with them.
/// </remarks>
internal sealed partial class SqliteChatFacts
{
    private Statement SelectChange => field ??= database.Prepare(
        """
        SELECT conversation, sequence, position, author, edited_at_us, deleted_at_us, deleted_by, grown_bytes, changed
        FROM changed_messages WHERE conversation = $conversation AND sequence = $sequence
        """);

    private Statement UpsertChange => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO changed_messages (
            conversation, sequence, position, author, edited_at_us, deleted_at_us, deleted_by, grown_bytes, changed)
        VALUES (
            $conversation, $sequence, $position, $author, $edited_at_us, $deleted_at_us, $deleted_by, $grown_bytes,
            $changed)
        """,
        Schema.ChangedMessages);

    private Statement SelectChanges => field ??= database.Prepare(
        """
        SELECT conversation, sequence, position, author, edited_at_us, deleted_at_us, deleted_by, grown_bytes, changed
        FROM changed_messages WHERE conversation = $conversation AND sequence <= $sequence ORDER BY sequence
        """);

    private Statement DeleteChanges => field ??= database.Prepare(
        "DELETE FROM changed_messages WHERE conversation = $conversation AND sequence <= $sequence");

    private Statement SelectGrowth => field ??= database.Prepare(
        """
        SELECT COALESCE(SUM(grown_bytes), 0) FROM changed_messages
        WHERE conversation = $conversation AND sequence > $after AND sequence <= $through AND author <> $account
        """);

    private Statement SelectSent => field ??= database.Prepare(
        "SELECT sequence, sender, length(CAST(text AS BLOB)) FROM messages WHERE position = $position");

    private Statement UpdateText => field ??= database.Prepare(
        "UPDATE messages SET text = $text WHERE position = $position", Schema.Messages);

    public MessageFacts? FindMessage(long conversation, long sequence)
    {
        if (LoadConversation(conversation) is not { } row || sequence < row.FirstKept || sequence > row.HeadSequence)
        {
            return null;
        }

        var position = FindPosition(row, sequence);
        var select = SelectSent.Start().With(position);
        Invariant.Holds(select.Step() && select.Int64(0) == sequence);
        var message = new MessageFacts(conversation, sequence, position, select.Int64(1), select.Int32(2));
        select.End();
        var change = SelectChange.Start().With(conversation).With(sequence);
        if (change.Step())
        {
            message = message with
            {
                EditedAtUs = change.Int64(4),
                DeletedAtUs = change.Int64(5),
                GrownBytes = change.Int32(7),
            };
            change.End();
        }

        return message;
    }

    public long FindWaitingRecipient(in MessageFacts message)
    {
        var row = GetConversation(message.Conversation);
        if (row.IsRoom || row.IsWithOneself)
        {
            return 0;
        }

        var recipient = row.Other(message.Author);
        return row.Mark(recipient).Delivered < message.Sequence && accounts.ContainsKey(recipient) ? recipient : 0;
    }

    public void EditMessage(in MessageFacts message, string text, in EntryStamp stamp) =>
        Change(message with { EditedAtUs = stamp.TimeUs }, deletedBy: 0, text, stamp.Index);

    public void EraseMessage(in MessageFacts message, long account, in EntryStamp stamp) =>
        Change(message with { DeletedAtUs = stamp.TimeUs }, account, text: "", stamp.Index);

    private void Change(in MessageFacts message, long deletedBy, string text, long logIndex)
    {
        var growth = Encoding.UTF8.GetByteCount(text) - message.TextBytes;
        if (growth != 0 && FindWaitingRecipient(message) is var recipient and not 0)
        {
            CountInbox(recipient, 0, growth);
        }

        ReplaceText(message.Position, text);
        var old = SelectChange.Start().With(message.Conversation).With(message.Sequence);
        if (old.Step())
        {
            digest -= rowHash.OfRow(Schema.ChangedMessages, old);
            old.End();
        }

        digest += writer.Start(Schema.ChangedMessages, UpsertChange)
            .Add(message.Conversation).Add(message.Sequence).Add(message.Position).Add(message.Author)
            .Add(message.EditedAtUs).Add(message.DeletedAtUs).Add(deletedBy).Add(message.GrownBytes + growth)
            .Add(logIndex).Write();
        Announce(message);
    }

    /// <summary>What was there is overwritten in the file, on the pages it needs no more as well: who deletes a message
    /// wants it gone. Everything else that goes is overwritten only where that costs nothing.</summary>
    private void ReplaceText(long position, string text)
    {
        database.Execute("PRAGMA secure_delete = ON");
        var select = SelectMessage.Start().With(position);
        Invariant.Holds(select.Step());
        digest -= rowHash.OfRow(Schema.Messages, select);
        var contentHash = select.Bytes(12).ToArray();
        var row = writer.Start(Schema.Messages, UpdateText);
        for (var column = 0; column < 12; column++)
        {
            row.Add(select.Int64(column));
        }

        select.End();
        digest += row.AddBlob(contentHash).AddText(text).Write();
        database.Execute("PRAGMA secure_delete = FAST");
    }

    private void Announce(in MessageFacts message)
    {
        var row = GetConversation(message.Conversation);
        if (row.IsRoom)
        {
            News.ChangesInRooms.TryAdd(row.Number, []);
            News.ChangesInRooms[row.Number].Add(message.Sequence);
            return;
        }

        AnnounceChanges(row.LowAccount, row.Number, [message.Sequence]);
        if (!row.IsWithOneself)
        {
            AnnounceChanges(row.HighAccount, row.Number, [message.Sequence]);
        }
    }

    /// <summary>Those inside hear of the batch's changes once.</summary>
    private void AnnounceChangesInRooms()
    {
        foreach (var (number, sequences) in News.ChangesInRooms)
        {
            // It may have closed since.
            if (rooms.TryGetValue(number, out var room))
            {
                foreach (var member in LoadMembers(room).Values.Where(each => each.Facts.IsInside))
                {
                    AnnounceChanges(member.Facts.Account, number, sequences);
                }
            }
        }
    }

    private void AnnounceChanges(long account, long conversation, IReadOnlyList<long> sequences)
    {
        if (accounts.ContainsKey(account))
        {
            News.AccountsToRing.Add(account);
            News.Changes.Add(new DeliveryChange(account, conversation, DeliveryChangeKind.Changed, 0)
            {
                Sequences = sequences,
            });
        }
    }

    /// <summary>By how many bytes the messages to a member between two sequences are larger than they were sent.
    /// </summary>
    private long ReadGrowth(ConversationRow row, long account, long after, long through)
    {
        var select = SelectGrowth.Start().With(row.Number).With(after).With(through).With(account);
        Invariant.Holds(select.Step());
        var growth = select.Int64(0);
        select.End();
        return growth;
    }

    private ConversationRow GetConversation(long conversation) =>
        LoadConversation(conversation) ?? throw new InvariantBrokenException("the conversation is there");
}
