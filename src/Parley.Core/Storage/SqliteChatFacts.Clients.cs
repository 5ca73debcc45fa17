using System.Buffers.Binary;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Clients and the outcomes of their last counters.</content>
/// <remarks>
/// The outcome of a stored message is its row: a client's rows are chained from the newest back. Only rejections, and
/// messages that retention dropped while their client is remembered, have rows in <c>outcomes</c>. Which counter is
/// where is found out when a client repeats itself, which is rare, and then kept.
/// </remarks>
internal sealed partial class SqliteChatFacts
{
    private const int OutcomeRingsMax = 2_048;

    private readonly Dictionary<ulong, ClientRow> clients = [];
    private readonly List<ClientRow> clientsWithRing = [];

    private Statement SelectClient => field ??= database.Prepare(
        """
        SELECT number, account, session, request_id, last_counter, last_position, ended_at_us
        FROM clients WHERE number = $number
        """);

    private Statement SelectClientsOfAccount => field ??= database.Prepare(
        "SELECT number FROM clients WHERE account = $account ORDER BY number");

    private Statement InsertClient => field ??= database.Prepare(
        """
        INSERT INTO clients (number, account, session, request_id, last_counter, last_position, ended_at_us)
        VALUES ($number, $account, $session, $request_id, $last_counter, $last_position, $ended_at_us)
        """,
        Schema.Clients);

    private Statement UpdateClient => field ??= database.Prepare(
        """
        UPDATE clients SET last_counter = $last_counter, last_position = $last_position
        WHERE number = $number
        """,
        Schema.Clients);

    private Statement UpdateClientEnded => field ??= database.Prepare(
        """
        UPDATE clients SET last_counter = $last_counter, last_position = $last_position, ended_at_us = $ended_at_us
        WHERE number = $number
        """,
        Schema.Clients);

    private Statement DeleteClient => field ??= database.Prepare("DELETE FROM clients WHERE number = $number");

    public ClientFacts? FindClient(ulong client) => LoadClient(client)?.Facts;

    public ClientFacts? FindClient(long account, long session, UInt128 requestId) =>
        ClientsOfAccount(account)
            .Find(client => client.Session == session && client.RequestId == requestId)?.Facts;

    public int CountClients(long account) => ClientsOfAccount(account).Count;

    public ulong AddClient(long account, long session, UInt128 requestId)
    {
        var row = new ClientRow
        {
            Number = nextClient++,
            Account = account,
            Session = session,
            RequestId = requestId,
        };
        clients.Add(row.Number, row);
        Touch(row);
        return row.Number;
    }

    public void ForgetClients(long account, long endedUntilUs)
    {
        foreach (var client in ClientsOfAccount(account))
        {
            if (client.EndedAtUs > 0 && client.EndedAtUs <= endedUntilUs)
            {
                Forget(client);
            }
        }
    }

    public bool ForgetEndedClient(long account)
    {
        var ended = ClientsOfAccount(account).Where(client => client.EndedAtUs > 0);
        var least = ended.MinBy(client => (client.LastCounter > 0, client.EndedAtUs, client.Number));
        if (least is null)
        {
            return false;
        }

        Forget(least);
        return true;
    }

    private void EndClients(SessionFacts session, bool forgetClients, long nowUs)
    {
        foreach (var client in ClientsOfAccount(session.Account))
        {
            if (client.Session != session.Number)
            {
                continue;
            }

            if (forgetClients)
            {
                Forget(client);
                continue;
            }

            client.EndedAtUs = nowUs;
            Touch(client);
        }
    }

    private void Forget(ClientRow client)
    {
        ForgetHookKey(client);
        DropOutcomes(client.Number, ulong.MaxValue);
        DeleteClient.Start().With((long)client.Number).Run();
        Drop(client);
        clients.Remove(client.Number);
    }

    private List<ClientRow> ClientsOfAccount(long account)
    {
        WriteCachedRows();
        var numbers = new List<ulong>();
        var select = SelectClientsOfAccount.Start().With(account);
        while (select.Step())
        {
            numbers.Add((ulong)select.Int64(0));
        }

        return numbers.ConvertAll(number =>
            LoadClient(number) ?? throw new InvariantBrokenException("a listed client is there"));
    }

    private ClientRow? LoadClient(ulong client)
    {
        if (clients.TryGetValue(client, out var cached))
        {
            return cached;
        }

        var select = SelectClient.Start().With((long)client);
        if (!select.Step())
        {
            return null;
        }

        var row = new ClientRow
        {
            Number = client,
            Account = select.Int64(1),
            Session = select.Int64(2),
            RequestId = Bytes16.From(select.Bytes(3)),
            LastCounter = (ulong)select.Int64(4),
            LastPosition = select.Int64(5),
            EndedAtUs = select.Int64(6),
            StoredHash = rowHash.OfRow(Schema.Clients, select),
            IsStored = true,
        };
        select.End();
        clients.Add(client, row);
        return row;
    }

    private UInt128 WriteClient(ClientRow row)
    {
        Span<byte> requestId = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(requestId, row.RequestId);

        // Leaving the indexed column out where it cannot have changed keeps the hot update away from the index.
        var update = row.EndedAtUs == 0 ? UpdateClient : UpdateClientEnded;
        return writer.Start(Schema.Clients, row.IsStored ? update : InsertClient)
            .Add((long)row.Number).Add(row.Account).Add(row.Session).AddBlob(requestId).Add((long)row.LastCounter)
            .Add(row.LastPosition).Add(row.EndedAtUs).Write();
    }
}
