using System.Buffers.Binary;
using Parley.Core.Delivery;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>What log time and acknowledgement let go.</content>
internal sealed partial class SqliteChatFacts
{
    private Statement SelectFloor => field ??= database.Prepare(
        """
        SELECT COALESCE(MAX(sequence), 0) FROM floors
        WHERE conversation = $conversation AND reached_at_us <= $reached_at_us
        """);

    private Statement SelectFloors => field ??= database.Prepare(
        """
        SELECT conversation, sequence, reached_at_us FROM floors
        WHERE conversation = $conversation AND sequence <= $sequence ORDER BY sequence
        """);

    private Statement DeleteFloors => field ??= database.Prepare(
        "DELETE FROM floors WHERE conversation = $conversation AND sequence <= $sequence");

    private Statement SelectAnchors => field ??= database.Prepare(
        """
        SELECT conversation, sequence, position FROM anchors
        WHERE conversation = $conversation AND sequence <= $sequence ORDER BY sequence
        """);

    private Statement DeleteAnchors => field ??= database.Prepare(
        "DELETE FROM anchors WHERE conversation = $conversation AND sequence <= $sequence");

    private Statement SelectMessage => field ??= database.Prepare(
        """
        SELECT position, conversation, sequence, sender, client, counter, client_previous, conversation_previous,
               sent_at_us, low_messages, low_bytes, high_bytes, content_hash, text
        FROM messages WHERE position = $position
        """);

    private Statement DeleteMessage => field ??= database.Prepare("DELETE FROM messages WHERE position = $position");

    private Statement SelectExpiredRequests => field ??= database.Prepare(
        """
        SELECT number, request_id, name, account, asked_at_us, refusal FROM requests
        WHERE asked_at_us <= $asked_at_us ORDER BY number LIMIT $rows
        """);

    private Statement DeleteRequest => field ??= database.Prepare("DELETE FROM requests WHERE number = $number");

    private Statement SelectExpiredSessions => field ??= database.Prepare(
        """
        SELECT number FROM sessions
        WHERE ended_at_us > 0 AND ended_at_us <= $ended_at_us ORDER BY number LIMIT $rows
        """);

    private Statement DeleteSession => field ??= database.Prepare("DELETE FROM sessions WHERE number = $number");

    private Statement SelectExpiredClients => field ??= database.Prepare(
        """
        SELECT number FROM clients
        WHERE ended_at_us > 0 AND ended_at_us <= $ended_at_us ORDER BY number LIMIT $rows
        """);

    public long GetSettledSequence(long conversation, long atUs)
    {
        var row = LoadConversation(conversation) ?? throw new InvariantBrokenException("the conversation is there");
        if (row.SettledAtUs <= atUs)
        {
            return row.SettledSequence;
        }

        var select = SelectFloor.Start().With(conversation).With(atUs);
        Invariant.Holds(select.Step());
        var sequence = select.Int64(0);
        select.End();
        return sequence;
    }

    public int DropMessages(long conversation, long throughSequence, int rowsMax)
    {
        var row = LoadConversation(conversation) ?? throw new InvariantBrokenException("the conversation is there");
        var through = Math.Min(throughSequence, row.FirstKept + rowsMax - 1);
        Invariant.Holds(through <= row.SettledSequence);
        if (through < row.FirstKept)
        {
            return 0;
        }

        var dropped = (int)(through - row.FirstKept + 1);
        var position = FindPosition(row, through);
        for (var sequence = through; sequence >= row.FirstKept; sequence--)
        {
            position = DropMessage(position, sequence);
        }

        row.FirstKept = through + 1;
        if (!row.IsRoom)
        {
            RaiseMark(row, row.LowAccount, through);
            RaiseMark(row, row.HighAccount, through);
        }

        Touch(row, ConversationParts.Rest);
        DropRows(Schema.Anchors, SelectAnchors, DeleteAnchors, conversation, through);
        DropRows(Schema.Floors, SelectFloors, DeleteFloors, conversation, through);
        DropRows(Schema.ChangedMessages, SelectChanges, DeleteChanges, conversation, through);
        ForgetIfEmpty(row);
        return dropped;
    }

    public void ForgetExpired(long requestsUntilUs, long clientsUntilUs, int rowsMax)
    {
        WriteCachedRows();
        var requests = SelectExpiredRequests.Start().With(requestsUntilUs).With(rowsMax);
        var expiredRequests = new List<long>();
        while (requests.Step())
        {
            digest -= rowHash.OfRow(Schema.Requests, requests);
            expiredRequests.Add(requests.Int64(0));
            accountRequests.Remove(Bytes16.From(requests.Bytes(1)));
        }

        foreach (var request in expiredRequests)
        {
            DeleteRequest.Start().With(request).Run();
        }

        foreach (var number in ReadNumbers(SelectExpiredSessions, requestsUntilUs, rowsMax))
        {
            var session = sessions[number];
            DeleteSession.Start().With(number).Run();
            Drop(session);
            sessions.Remove(number);
            sessionsByToken.Remove(session.TokenHash);
        }

        foreach (var number in ReadNumbers(SelectExpiredClients, clientsUntilUs, rowsMax))
        {
            Forget(LoadClient((ulong)number) ?? throw new InvariantBrokenException("an expired client is there"));
        }
    }

    private static List<long> ReadNumbers(Statement select, long untilUs, int rowsMax)
    {
        var numbers = new List<long>();
        select.Start().With(untilUs).With(rowsMax);
        while (select.Step())
        {
            numbers.Add(select.Int64(0));
        }

        return numbers;
    }

    /// <summary>Deletes a message but keeps its outcome while its client may repeat it; the position before.</summary>
    private long DropMessage(long position, long sequence)
    {
        var select = SelectMessage.Start().With(position);
        Invariant.Holds(select.Step() && select.Int64(2) == sequence);
        digest -= rowHash.OfRow(Schema.Messages, select);
        var previous = select.Int64(7);
        var identity = new SendIdentity(
            (ulong)select.Int64(4), (ulong)select.Int64(5), Bytes16.From(select.Bytes(12)));
        var outcome = new Outcome.MessageStored(select.Int64(1), sequence, select.Int64(8), position);
        var clientPrevious = select.Int64(6);
        select.End();
        DeleteMessage.Start().With(position).Run();
        News.DroppedMessages.Add(position);
        KeepOutcome(identity, outcome, clientPrevious);
        return previous;
    }

    private void KeepOutcome(in SendIdentity identity, Outcome.MessageStored outcome, long clientPrevious)
    {
        var client = LoadClient(identity.Client);
        if (client is null || identity.Counter <= Outlived(client.LastCounter))
        {
            return;
        }

        if (client.Outcomes is { } ring)
        {
            ring[identity.Counter] = OutcomeRing.InOutcomes;
        }

        DropOutcomes(identity.Client, Outlived(client.LastCounter));
        Span<byte> contentHash = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(contentHash, identity.ContentHash);
        digest += writer.Start(Schema.Outcomes, InsertOutcome)
            .Add((long)identity.Client).Add((long)identity.Counter).AddBlob(contentHash).Add((long)Rejection.None)
            .Add(outcome.Conversation).Add(outcome.Sequence).Add(outcome.SentAtUs).Add(outcome.LogIndex)
            .Add(clientPrevious).Write();
    }

    /// <summary>A member's own messages may be dropped before it acknowledged them; nothing is left to deliver.
    /// </summary>
    private void RaiseMark(ConversationRow row, long account, long sequence)
    {
        ref var mark = ref row.Mark(account);
        if (mark.Delivered >= sequence)
        {
            return;
        }

        mark.Delivered = sequence;
        if (sequence == row.HeadSequence)
        {
            News.Changes.Add(new DeliveryChange(account, row.Number, DeliveryChangeKind.Caught, 0));
        }
    }

    private void DropRows(Table table, Statement select, Statement delete, long conversation, long throughSequence)
    {
        var found = false;
        select.Start().With(conversation).With(throughSequence);
        while (select.Step())
        {
            digest -= rowHash.OfRow(table, select);
            found = true;
        }

        if (found)
        {
            delete.Start().With(conversation).With(throughSequence).Run();
        }
    }
}
