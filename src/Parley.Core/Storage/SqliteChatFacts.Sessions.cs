using Parley.Core.Facts;

namespace Parley.Core.Storage;

/// <content>Sessions, live and ended ones of the last day; all of them are in memory.</content>
internal sealed partial class SqliteChatFacts
{
    private readonly Dictionary<long, SessionRow> sessions = [];
    private readonly Dictionary<TokenHash, SessionRow> sessionsByToken = [];

    /// <summary>All live sessions with their tokens.</summary>
    public IEnumerable<(SessionFacts Session, TokenHash Token)> LiveSessions =>
        sessions.Values.Where(session => session.EndedAtUs == 0)
            .Select(session => (session.Facts, session.TokenHash));

    private Statement InsertSession => field ??= database.Prepare(
        """
        INSERT INTO sessions (
            number, account, token_hash, first_client, lease_ms, touched_at_us, stream_number, ended_at_us)
        VALUES (
            $number, $account, $token_hash, $first_client, $lease_ms, $touched_at_us, $stream_number, $ended_at_us)
        """,
        Schema.Sessions);

    private Statement UpdateSession => field ??= database.Prepare(
        """
        UPDATE sessions
        SET touched_at_us = $touched_at_us, stream_number = $stream_number, ended_at_us = $ended_at_us
        WHERE number = $number
        """,
        Schema.Sessions);

    public SessionFacts? FindLiveSession(long session) =>
        sessions.TryGetValue(session, out var row) && row.EndedAtUs == 0 ? row.Facts : null;

    /// <summary>With its token, live or ended; for publishing.</summary>
    public (SessionFacts Session, TokenHash Token, bool IsLive)? FindSession(long session) =>
        sessions.TryGetValue(session, out var row) ? (row.Facts, row.TokenHash, row.EndedAtUs == 0) : null;

    public TokenFacts? FindToken(in TokenHash tokenHash) =>
        sessionsByToken.TryGetValue(tokenHash, out var row)
            ? new TokenFacts(row.Facts.Number, row.Facts.Account, row.EndedAtUs == 0)
            : null;

    public long AddSession(long account, in TokenHash tokenHash, long leaseMs, long nowUs)
    {
        var session = nextSession++;
        var owner = accounts[account];
        var row = new SessionRow
        {
            Facts = new SessionFacts
            {
                Number = session,
                Account = account,
                AccountName = owner.Facts.Name,
                Lease = TimeSpan.FromMilliseconds(leaseMs),
                TouchedAtUs = nowUs,
                StreamNumber = 0,
            },
            TokenHash = tokenHash,
            FirstClient = AddClient(account, session, UInt128.Zero),
        };
        sessions.Add(session, row);
        sessionsByToken.Add(tokenHash, row);
        owner.Facts = owner.Facts with { LiveSession = session };
        Changed(owner);
        Changed(row);
        return session;
    }

    public void EndSession(long session, bool forgetClients, long nowUs)
    {
        var row = sessions[session];
        Invariant.Holds(row.EndedAtUs == 0);
        row.EndedAtUs = nowUs;
        Changed(row);
        var owner = accounts[row.Facts.Account];
        owner.Facts = owner.Facts with { LiveSession = 0 };
        Changed(owner);
        EndClients(row.Facts, forgetClients, nowUs);
        SetStreamNonce(session, 0);
        News.EndedSessions.Add(session);
    }

    public void TouchSession(long session, long touchedAtUs)
    {
        var row = sessions[session];
        row.Facts = row.Facts with { TouchedAtUs = touchedAtUs };
        Changed(row);
    }

    public void OpenStream(long session, long streamNumber, ulong nonce)
    {
        SetStreamNonce(session, nonce);
        var row = sessions[session];
        row.Facts = row.Facts with { StreamNumber = streamNumber };
        Changed(row);
        News.OpenedStreams.Add(new OpenedStream(session, streamNumber));
    }

    public ClientFacts GetFirstClient(long session) =>
        FindClient(sessions[session].FirstClient)
        ?? throw new InvariantBrokenException("a live session has its first client");

    private void Changed(SessionRow row)
    {
        Touch(row);
        News.Sessions.Add(row.Facts.Number);
    }

    private UInt128 WriteSession(SessionRow row)
    {
        Span<byte> tokenHash = stackalloc byte[TokenHash.Size];
        row.TokenHash.WriteTo(tokenHash);
        return writer.Start(Schema.Sessions, row.IsStored ? UpdateSession : InsertSession)
            .Add(row.Facts.Number).Add(row.Facts.Account).AddBlob(tokenHash).Add((long)row.FirstClient)
            .Add((long)row.Facts.Lease.TotalMilliseconds).Add(row.Facts.TouchedAtUs).Add(row.Facts.StreamNumber)
            .Add(row.EndedAtUs).Write();
    }

    private void LoadSessions()
    {
        var read = database.Prepare(
            """
            SELECT s.number, s.account, s.token_hash, s.first_client, s.lease_ms, s.touched_at_us, s.stream_number,
                   s.ended_at_us, a.name
            FROM sessions s JOIN accounts a ON a.number = s.account ORDER BY s.number
            """).Start();
        while (read.Step())
        {
            var row = new SessionRow
            {
                Facts = new SessionFacts
                {
                    Number = read.Int64(0),
                    Account = read.Int64(1),
                    AccountName = read.Text(8),
                    Lease = TimeSpan.FromMilliseconds(read.Int64(4)),
                    TouchedAtUs = read.Int64(5),
                    StreamNumber = read.Int64(6),
                },
                TokenHash = TokenHash.From(read.Bytes(2)),
                FirstClient = (ulong)read.Int64(3),
                EndedAtUs = read.Int64(7),
                StoredHash = rowHash.OfRow(Schema.Sessions, read),
                IsStored = true,
            };
            sessions.Add(row.Facts.Number, row);
            sessionsByToken.Add(row.TokenHash, row);
        }
    }
}
