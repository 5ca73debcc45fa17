using System.Buffers.Binary;
using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Accounts and the requests that made them; all living ones are in memory.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<long, AccountRow> accounts = [];
    private readonly Dictionary<string, AccountRow> accountsByName = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, AccountRequest> accountRequests = [];
    private int administrators;

    /// <summary>All living accounts.</summary>
    public IEnumerable<AccountFacts> Accounts => accounts.Values.Select(account => account.Facts);

    private Statement InsertAccount => field ??= database.Prepare(
        """
        INSERT INTO accounts (
            number, name, password_hash, created_at_us, deleted_at_us, live_session, role, disabled_at_us)
        VALUES (
            $number, $name, $password_hash, $created_at_us, $deleted_at_us, $live_session, $role, $disabled_at_us)
        """,
        Schema.Accounts);

    private Statement UpdateAccount => field ??= database.Prepare(
        """
        UPDATE accounts
        SET password_hash = $password_hash, deleted_at_us = $deleted_at_us, live_session = $live_session,
            role = $role, disabled_at_us = $disabled_at_us
        WHERE number = $number
        """,
        Schema.Accounts);

    private Statement InsertAccountRequest => field ??= database.Prepare(
        """
        INSERT INTO requests (number, request_id, name, account, asked_at_us, refusal)
        VALUES ($number, $request_id, $name, $account, $asked_at_us, $refusal)
        """,
        Schema.Requests);

    public AccountFacts? FindAccount(long account) => accounts.GetValueOrDefault(account)?.Facts;

    public AccountFacts? FindAccount(string name) => accountsByName.GetValueOrDefault(name)?.Facts;

    public int CountAccounts() => accounts.Count;

    public int CountAdministrators() => administrators;

    public AccountFacts AddAccount(string name, string passwordHash, AccountRole role, long nowUs)
    {
        var row = new AccountRow
        {
            Facts = new AccountFacts(nextAccount++, name, passwordHash, nowUs, LiveSession: 0) { Role = role },
        };
        administrators += row.Facts.CanAdminister ? 1 : 0;
        accounts.Add(row.Facts.Number, row);
        accountsByName.Add(name, row);
        NameIsTaken(row.Facts.Name);
        Changed(row);
        return row.Facts;
    }

    public void ReplacePasswordHash(long account, string passwordHash)
    {
        var row = accounts[account];
        row.Facts = row.Facts with { PasswordHash = passwordHash };
        Changed(row);
    }

    public void ChangeRole(long account, AccountRole role)
    {
        var row = accounts[account];
        administrators -= row.Facts.CanAdminister ? 1 : 0;
        row.Facts = row.Facts with { Role = role };
        administrators += row.Facts.CanAdminister ? 1 : 0;
        Changed(row);
    }

    public void DisableAccount(long account, long disabledAtUs)
    {
        var row = accounts[account];
        administrators -= row.Facts.CanAdminister ? 1 : 0;
        row.Facts = row.Facts with { DisabledAtUs = disabledAtUs };
        administrators += row.Facts.CanAdminister ? 1 : 0;
        Changed(row);
    }

    public void DeleteAccount(long account, long nowUs)
    {
        var row = accounts[account];
        administrators -= row.Facts.CanAdminister ? 1 : 0;
        Invariant.Holds(row.Facts.LiveSession == 0);
        accounts.Remove(account);
        accountsByName.Remove(row.Facts.Name);
        NameIsFree(row.Facts.Name);
        row.DeletedAtUs = nowUs;
        Changed(row);
        ForgetClients(account, long.MaxValue);
        RevokeDeviceTokens(account, nowUs);
        ForgetAddresses(account);
        DropInbox(account);
        LeaveConversations(account, nowUs);
        News.DeletedAccounts.Add(account);
    }

    public AccountRequest? FindAccountRequest(UInt128 requestId) =>
        accountRequests.TryGetValue(requestId, out var request) ? request : null;

    public void RememberAccountRequest(in AccountRequest request, long logIndex)
    {
        accountRequests.Add(request.RequestId, request);
        Span<byte> requestId = stackalloc byte[Bytes16.Size];
        BinaryPrimitives.WriteUInt128BigEndian(requestId, request.RequestId);
        digest += writer.Start(Schema.Requests, InsertAccountRequest)
            .Add(logIndex).AddBlob(requestId).AddText(request.Name).Add(request.Account).Add(request.AskedAtUs)
            .Add((long)request.Refusal).Write();
    }

    private void Changed(AccountRow row)
    {
        Touch(row);
        News.Accounts.Add(row.Facts.Number);
    }

    private UInt128 WriteAccount(AccountRow row) =>
        writer.Start(Schema.Accounts, row.IsStored ? UpdateAccount : InsertAccount)
            .Add(row.Facts.Number).AddText(row.Facts.Name).AddText(row.Facts.PasswordHash).Add(row.Facts.CreatedAtUs)
            .Add(row.DeletedAtUs).Add(row.Facts.LiveSession).Add((long)row.Facts.Role).Add(row.Facts.DisabledAtUs)
            .Write();

    private void LoadAccounts()
    {
        var read = database.Prepare(
            """
            SELECT number, name, password_hash, created_at_us, deleted_at_us, live_session, role, disabled_at_us
            FROM accounts WHERE deleted_at_us = 0 ORDER BY number
            """).Start();
        while (read.Step())
        {
            var row = new AccountRow
            {
                Facts = new AccountFacts(read.Int64(0), read.Text(1), read.Text(2), read.Int64(3), read.Int64(5))
                {
                    Role = (AccountRole)read.Int32(6),
                    DisabledAtUs = read.Int64(7),
                },
                StoredHash = rowHash.OfRow(Schema.Accounts, read),
                IsStored = true,
            };
            accounts.Add(row.Facts.Number, row);
            accountsByName.Add(row.Facts.Name, row);
            NameIsTaken(row.Facts.Name);
            administrators += row.Facts.CanAdminister ? 1 : 0;
        }
    }

    private void LoadAccountRequests()
    {
        var read = database.Prepare(
            "SELECT number, request_id, name, account, asked_at_us, refusal FROM requests ORDER BY number").Start();
        while (read.Step())
        {
            var request = new AccountRequest(Bytes16.From(read.Bytes(1)), read.Text(2), read.Int64(3), read.Int64(4))
            {
                Refusal = (Rejection)read.Int32(5),
            };
            accountRequests.Add(request.RequestId, request);
        }
    }
}
