using System.Buffers.Binary;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>What was decided about a client's last counters.</content>
internal sealed partial class SqliteChatFacts
{
    private Statement InsertOutcome => field ??= database.Prepare(
        """
        INSERT INTO outcomes (
            client, counter, content_hash, rejection, conversation, sequence, sent_at_us, position, client_previous)
        VALUES (
            $client, $counter, $content_hash, $rejection, $conversation, $sequence, $sent_at_us, $position,
            $client_previous)
        """,
        Schema.Outcomes);

    private Statement SelectOutcomes => field ??= database.Prepare(
        """
        SELECT client, counter, content_hash, rejection, conversation, sequence, sent_at_us, position, client_previous
        FROM outcomes WHERE client = $client AND counter <= $counter ORDER BY counter
        """);

    private Statement SelectOutcomeRow => field ??= database.Prepare(
        """
        SELECT content_hash, rejection, conversation, sequence, sent_at_us, position
        FROM outcomes WHERE client = $client AND counter = $counter
        """);

    private Statement DeleteOutcomes => field ??= database.Prepare(
        "DELETE FROM outcomes WHERE client = $client AND counter <= $counter");

    public RememberedOutcome? FindOutcome(ulong client, ulong counter)
    {
        var row = clients[client];
        if (counter == 0 || counter > row.LastCounter || counter <= Outlived(row.LastCounter))
        {
            return null;
        }

        var ring = row.Outcomes ?? LoadRing(row);
        return ring[counter] == OutcomeRing.InOutcomes
            ? ReadOutcomeRow(client, counter)
            : ReadMessageOutcome(ring[counter], counter);
    }

    public void RememberRejection(in SendIdentity identity, Rejection reason)
    {
        var row = clients[identity.Client];
        TakeCounter(row, identity.Counter, OutcomeRing.InOutcomes);
        DropOutcomes(identity.Client, Outlived(row.LastCounter));
        Span<byte> contentHash = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(contentHash, identity.ContentHash);
        digest += writer.Start(Schema.Outcomes, InsertOutcome)
            .Add((long)identity.Client).Add((long)identity.Counter).AddBlob(contentHash).Add((long)reason)
            .Add(0).Add(0).Add(0).Add(0).Add(0).Write();
    }

    /// <summary>Counters up to here are no longer remembered.</summary>
    private static ulong Outlived(ulong lastCounter) =>
        lastCounter > Limits.ClientOutcomesMax ? lastCounter - Limits.ClientOutcomesMax : 0;

    private void TakeCounter(ClientRow client, ulong counter, long place)
    {
        Invariant.Holds(counter == client.LastCounter + 1);
        client.LastCounter = counter;
        if (client.Outcomes is { } ring)
        {
            ring[counter] = place;
        }

        Touch(client);
    }

    private OutcomeRing LoadRing(ClientRow client)
    {
        var ring = new OutcomeRing();
        var outlived = Outlived(client.LastCounter);
        var previousOfDropped = new Dictionary<long, long>();
        var select = SelectOutcomes.Start().With((long)client.Number).With(long.MaxValue);
        while (select.Step())
        {
            var counter = (ulong)select.Int64(1);
            if (counter > outlived)
            {
                ring[counter] = OutcomeRing.InOutcomes;
            }

            if (select.Int64(7) != 0)
            {
                previousOfDropped[select.Int64(7)] = select.Int64(8);
            }
        }

        var position = client.LastPosition;
        while (position != 0)
        {
            if (previousOfDropped.TryGetValue(position, out var previous))
            {
                position = previous;
                continue;
            }

            var message = SelectOutcome.Start().With(position);
            if (!message.Step() || (ulong)message.Int64(0) <= outlived)
            {
                message.End();
                break;
            }

            ring[(ulong)message.Int64(0)] = position;
            position = message.Int64(1);
            message.End();
        }

        client.Outcomes = ring;
        clientsWithRing.Add(client);
        return ring;
    }

    private void ForgetRings()
    {
        foreach (var client in clientsWithRing)
        {
            client.Outcomes = null;
        }

        clientsWithRing.Clear();
    }

    private RememberedOutcome ReadMessageOutcome(long position, ulong counter)
    {
        var select = SelectOutcome.Start().With(position);
        Invariant.Holds(select.Step() && (ulong)select.Int64(0) == counter);
        var remembered = new RememberedOutcome(
            Bytes16.From(select.Bytes(5)),
            new Outcome.MessageStored(select.Int64(2), select.Int64(3), select.Int64(4), position));
        select.End();
        return remembered;
    }

    private RememberedOutcome ReadOutcomeRow(ulong client, ulong counter)
    {
        var select = SelectOutcomeRow.Start().With((long)client).With((long)counter);
        Invariant.Holds(select.Step());
        var rejection = (Rejection)select.Int32(1);
        Outcome outcome = rejection == Rejection.None
            ? new Outcome.MessageStored(select.Int64(2), select.Int64(3), select.Int64(4), select.Int64(5))
            : new Outcome.Rejected(rejection);
        var remembered = new RememberedOutcome(Bytes16.From(select.Bytes(0)), outcome);
        select.End();
        return remembered;
    }

    /// <summary>Deletes a client's rows up to a counter.</summary>
    private void DropOutcomes(ulong client, ulong throughCounter)
    {
        var through = (long)Math.Min(throughCounter, long.MaxValue);
        var found = false;
        var select = SelectOutcomes.Start().With((long)client).With(through);
        while (select.Step())
        {
            digest -= rowHash.OfRow(Schema.Outcomes, select);
            found = true;
        }

        if (found)
        {
            DeleteOutcomes.Start().With((long)client).With(through).Run();
        }
    }
}
