using Google.Protobuf;
using Parley.Core.Delivery;
using Parley.Core.Facts;
using Parley.Core.Log.V1;

namespace Parley.Core.Storage;

/// <summary>
/// The facts of the chat on SQLite. Rows that change with every message are kept in memory and written once per batch;
/// messages, and everything rare, are written as they come.
/// </summary>
/// <remarks>
/// Used by the applier alone, in this order: <see cref="Begin"/>, the methods of <see cref="IChatFacts"/>,
/// <see cref="Commit"/>. After an exception in between the object must not be used again: memory and file differ.
/// A statement that scans a table of cached rows must call <see cref="WriteCachedRows"/> first.
/// </remarks>
internal sealed partial class SqliteChatFacts : IChatFacts
{
    private const int CachedRowsMax = 200_000;

    private readonly Database database;
    private readonly RowWriter writer = new();
    private readonly RowHash rowHash = new();
    private readonly List<CachedRow> dirtyRows = [];
    private long nextAccount = 1;
    private long nextSession = 1;
    private ulong nextClient = 1;
    private long nextConversation = 1;
    private UInt128 chatRowHash;
    private UInt128 digest;

    /// <param name="database">Where they are.</param>
    /// <param name="membersInMemoryMax">People of rooms that stay in memory after a batch.</param>
    public SqliteChatFacts(Database database, int membersInMemoryMax = CachedRowsMax)
    {
        this.database = database;
        this.membersInMemoryMax = membersInMemoryMax;
        if (!TryLoadChat())
        {
            Begin();
            Commit();
        }

        LoadAccounts();
        LoadSessions();
        LoadAccountRequests();
        LoadInvites();
        LoadLoginFailures();
        LoadDeviceTokens();
        LoadRevokedTokens();
        LoadRooms();
        LoadRoomRequests();
        CountAudit();
    }

    public long AppliedIndex { get; private set; }

    public long AppliedTerm { get; private set; }

    public long LastTimeUs { get; private set; }

    public int StateVersion { get; private set; } = 1;

    public Settings Settings { get; private set; } = new();

    public long SettingsRevision { get; private set; }

    /// <summary>As of the last COMMIT.</summary>
    public StateDigest Digest => new(digest);

    /// <summary>What this batch changed for those outside.</summary>
    public BatchNews News { get; private set; } = new();

    private Statement BeginTransaction => field ??= database.Prepare("BEGIN IMMEDIATE");

    private Statement CommitTransaction => field ??= database.Prepare("COMMIT");

    private Statement UpsertChat => field ??= database.Prepare(
        """
        INSERT OR REPLACE INTO chat (
            id, applied_index, applied_term, last_time_us, state_version, next_account, next_session, next_client,
            next_conversation, settings, settings_revision)
        VALUES (
            $id, $applied_index, $applied_term, $last_time_us, $state_version, $next_account, $next_session,
            $next_client, $next_conversation, $settings, $settings_revision)
        """,
        Schema.Chat);

    private Statement UpsertNode => field ??= database.Prepare(
        "INSERT OR REPLACE INTO node (id, digest_high, digest_low) VALUES (1, $digest_high, $digest_low)");

    public void Begin()
    {
        News = new BatchNews();
        BeginTransaction.Start().Run();
    }

    public void MoveApplied(in CommittedEntry entry)
    {
        AppliedIndex = entry.Index;
        AppliedTerm = entry.Term;
        LastTimeUs = entry.TimeUs;
    }

    /// <summary>Writes what is cached, the applied index and the digest, and commits.</summary>
    public void Commit()
    {
        AnnounceRooms();
        AnnounceChangesInRooms();
        WriteCachedRows();
        WriteChat();
        CommitTransaction.Start().Run();
        TrimCaches();
    }

    public void RaiseVersion(int stateVersion)
    {
        StateVersion = stateVersion;
        Schema.Stamp(database, stateVersion);
        foreach (var nameHash in loginFailures.Keys)
        {
            Reweigh(nameHash);
        }
    }

    public void ChangeSettings(Settings settings)
    {
        Settings = settings.Clone();
        SettingsRevision++;
        News.SettingsChanged = true;
    }

    private bool TryLoadChat()
    {
        var find = database.Prepare(
            """
            SELECT id, applied_index, applied_term, last_time_us, state_version, next_account, next_session,
                   next_client, next_conversation, settings, settings_revision
            FROM chat
            """).Start();
        if (!find.Step())
        {
            return false;
        }

        AppliedIndex = find.Int64(1);
        AppliedTerm = find.Int64(2);
        LastTimeUs = find.Int64(3);
        StateVersion = find.Int32(4);
        nextAccount = find.Int64(5);
        nextSession = find.Int64(6);
        nextClient = (ulong)find.Int64(7);
        nextConversation = find.Int64(8);
        Settings = Settings.Parser.ParseFrom(find.Bytes(9));
        SettingsRevision = find.Int64(10);
        chatRowHash = rowHash.OfRow(Schema.Chat, find);
        find.End();
        digest = StoredDigest.Read(database).Value;
        return true;
    }

    private void WriteChat()
    {
        digest -= chatRowHash;
        chatRowHash = writer.Start(Schema.Chat, UpsertChat)
            .Add(1).Add(AppliedIndex).Add(AppliedTerm).Add(LastTimeUs).Add(StateVersion)
            .Add(nextAccount).Add(nextSession).Add((long)nextClient).Add(nextConversation)
            .AddBlob(Settings.ToByteArray()).Add(SettingsRevision).Write();
        digest += chatRowHash;
        UpsertNode.Start().With((long)(ulong)(digest >> 64)).With((long)(ulong)digest).Run();
    }

    /// <summary>Marks a cached row to be written with the batch.</summary>
    private void Touch(CachedRow row)
    {
        if (!row.IsDirty)
        {
            row.IsDirty = true;
            dirtyRows.Add(row);
        }
    }

    /// <summary>Writes the rows that are only in memory yet; the cache stays.</summary>
    private void WriteCachedRows()
    {
        foreach (var row in dirtyRows)
        {
            // A row that was forgotten meanwhile has been taken out of the file and the digest there.
            if (row.IsDirty)
            {
                Write(row);
            }
        }

        dirtyRows.Clear();
    }

    private void Write(CachedRow row)
    {
        var hash = row switch
        {
            ConversationRow conversation => WriteConversation(conversation),
            ClientRow client => WriteClient(client),
            InboxRow inbox => WriteInbox(inbox),
            SessionRow session => WriteSession(session),
            AccountRow account => WriteAccount(account),
            RoomRow room => WriteRoom(room),
            RoomMemberRow member => WriteRoomMember(member),
            ReadMarkRow mark => WriteReadMark(mark),
            _ => throw new InvariantBrokenException("every kind of cached row can be written"),
        };
        digest += hash - row.StoredHash;
        row.StoredHash = hash;
        row.IsStored = true;
        row.IsDirty = false;
    }

    /// <summary>Takes a row that is being deleted out of the digest, and keeps it from being written again.</summary>
    private void Drop(CachedRow row)
    {
        digest -= row.StoredHash;
        row.StoredHash = UInt128.Zero;
        row.IsDirty = false;
        row.IsStored = false;
    }

    private void TrimCaches()
    {
        if (conversations.Count + clients.Count + inboxes.Count > CachedRowsMax)
        {
            conversations.Clear();
            conversationsByPair.Clear();
            clients.Clear();
            clientsWithRing.Clear();
            inboxes.Clear();
        }

        TrimReadMarks();

        TrimRoomMembers();
        if (clientsWithRing.Count > OutcomeRingsMax)
        {
            ForgetRings();
        }
    }
}
