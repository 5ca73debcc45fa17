using System.Globalization;

namespace Parley.Core.Storage;

/// <summary>The state's tables. A change of any of them is a new state version.</summary>
internal static partial class Schema
{
    /// <summary>"Prly": tells the file from other SQLite files.</summary>
    public const int ApplicationId = 0x50726C79;

    public const int FormatVersion = 8;

    /// <summary>The oldest that is read: what came since is new tables alone, which are empty then.</summary>
    private const int FormatVersionOldest = 2;

    /// <summary>Its tables are filled at any state version.</summary>
    private const int FormatOfAnyVersion = 3;

    /// <summary>From which state version on there may be something in the tables of a format.</summary>
    private static readonly (int StateVersion, int Format)[] Filled =
    [
        (StateVersions.Rooms, 4), (StateVersions.Revocations, 5), (StateVersions.ReadMarks, 6),
        (StateVersions.Hooks, 7), (StateVersions.ChangedMessages, 8),
    ];

    /// <summary>The tables that came with each format since.</summary>
    private static readonly (int Format, string Tables)[] Later =
    [
        (3, CreateTablesOfFormat3), (4, CreateTablesOfFormat4), (5, CreateTablesOfFormat5),
        (6, CreateTablesOfFormat6), (7, CreateTablesOfFormat7), (8, CreateTablesOfFormat8),
    ];

    public static readonly Table Chat = new(
        1, "chat",
        "id, applied_index, applied_term, last_time_us, state_version, next_account, next_session, next_client, "
        + "next_conversation, settings, settings_revision");

    public static readonly Table Accounts = new(
        2, "accounts",
        "number, name, password_hash, created_at_us, deleted_at_us, live_session, role, disabled_at_us");

    public static readonly Table Sessions = new(
        3, "sessions",
        "number, account, token_hash, first_client, lease_ms, touched_at_us, stream_number, ended_at_us");

    public static readonly Table Clients = new(
        4, "clients", "number, account, session, request_id, last_counter, last_position, ended_at_us");

    public static readonly Table Outcomes = new(
        5, "outcomes",
        "client, counter, content_hash, rejection, conversation, sequence, sent_at_us, position, client_previous");

    public static readonly Table Conversations = new(
        6, "conversations",
        "number, low_account, high_account, head_sequence, head_position, low_messages, low_bytes, high_bytes, "
        + "first_kept, low_delivered, low_acked_messages, low_acked_bytes, high_delivered, high_acked_messages, "
        + "high_acked_bytes, settled_sequence, settled_at_us");

    public static readonly Table Memberships = new(7, "memberships", "account, conversation");

    public static readonly Table Messages = new(
        8, "messages",
        "position, conversation, sequence, sender, client, counter, client_previous, conversation_previous, "
        + "sent_at_us, low_messages, low_bytes, high_bytes, content_hash, text");

    public static readonly Table Anchors = new(9, "anchors", "conversation, sequence, position");

    public static readonly Table Floors = new(10, "floors", "conversation, sequence, reached_at_us");

    public static readonly Table Inboxes = new(11, "inboxes", "account, messages, bytes");

    public static readonly Table Requests = new(
        12, "requests", "number, request_id, name, account, asked_at_us, refusal");

    public static readonly Table Invites = new(
        13, "invites", "number, code_hash, creator, created_at_us, expires_at_us, uses_left");

    public static readonly Table Audit = new(
        14, "audit", "number, at_us, actor, actor_name, act, subject, subject_name, detail");

    public static readonly Table LoginFailures = new(15, "login_failures", "name_hash, failures, last_at_us")
    {
        Since = 3,
    };

    public static readonly Table KnownAddresses = new(16, "known_addresses", "account, address_hash, at_us")
    {
        Since = 3,
    };

    public static readonly Table DeviceTokens = new(
        17, "device_tokens", "number, account, token_hash, label, created_at_us, session, used_at_us")
    {
        Since = 3,
    };

    public static readonly Table StreamNonces = new(18, "stream_nonces", "session, nonce") { Since = 3 };

    public static readonly Table Rooms = new(
        20, "rooms", "number, name, by_invitation, topic, owner, members, retention_days")
    {
        Since = 4,
    };

    public static readonly Table RoomMembers = new(
        21, "room_members", "room, account, standing, muted, barred, since, first_sequence, delivered")
    {
        Since = 4,
    };

    public static readonly Table RoomRequests = new(
        22, "room_requests", "number, account, request_id, refusal, room, asked_at_us")
    {
        Since = 4,
    };

    public static readonly Table RevokedTokens = new(23, "revoked_tokens", "number, account, token_hash, revoked_at_us")
    {
        Since = 5,
    };

    public static readonly Table ReadMarks = new(26, "read_marks", "conversation, account, sequence, told")
    {
        Since = 6,
    };

    public static readonly Table Hooks = new(60, "hooks", "number, recipient, room") { Since = 7 };

    public static readonly Table ChangedMessages = new(
        70, "changed_messages",
        "conversation, sequence, position, author, edited_at_us, deleted_at_us, deleted_by, grown_bytes, changed")
    {
        Since = 8,
    };

    /// <summary>Everything the digest covers; the table <c>node</c> (the digest itself) is the node's own.</summary>
    public static readonly IReadOnlyList<Table> Replicated =
    [
        Chat, Accounts, Sessions, Clients, Outcomes, Conversations, Memberships, Messages, Anchors, Floors, Inboxes,
        Requests, Invites, Audit, LoginFailures, KnownAddresses, DeviceTokens, StreamNonces, Rooms, RoomMembers,
        RoomRequests, RevokedTokens, ReadMarks, Hooks, ChangedMessages,
    ];

    public static void Create(Database database) => database.Execute(
        "BEGIN;" + CreateTables + TablesAfter(0)
        + string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId};")
        + string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {FormatVersion};")
        + "COMMIT");

    /// <exception cref="StateDamagedException">The file is something else.</exception>
    /// <exception cref="UnknownStateVersionException">It has a format after this program's.</exception>
    public static void Require(Database database)
    {
        var applicationId = database.ReadInt64("PRAGMA application_id");
        var version = FormatOf(database);
        if (applicationId == ApplicationId && version > FormatVersion)
        {
            throw new UnknownStateVersionException(
                $"{database.FileName}: a state of format {version}, this program reads up to {FormatVersion}. "
                + "What to do: start this node with a newer program; if no program has that format, the file is "
                + "damaged: keep the data directory for a look and replace the node");
        }

        if (applicationId != ApplicationId || version < FormatVersionOldest)
        {
            throw new StateDamagedException(string.Create(
                CultureInfo.InvariantCulture,
                $"{database.FileName}: a Parley state of format {FormatVersionOldest} to {FormatVersion} expected, "
                + $"application id {applicationId:x8} with format {version} found"));
        }
    }

    /// <summary>Gives a file of an older format the tables of this one; its digest stays, for new tables are empty.
    /// While they must be, the file goes on saying the older format: a program of that time goes on with it, too.
    /// </summary>
    public static void Upgrade(Database database)
    {
        if (FormatOf(database) == FormatVersion)
        {
            return;
        }

        database.Execute("BEGIN");
        foreach (var (format, tables) in Later)
        {
            var first = Replicated.First(table => table.Since == format).Name;
            var found = $"SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '{first}'";
            if (database.ReadInt64(found) == 0)
            {
                database.Execute(tables);
            }
        }

        Stamp(database, (int)database.ReadInt64("SELECT COALESCE(MAX(state_version), 0) FROM chat"));
        database.Execute("COMMIT");
    }

    /// <summary>Writes into a file which programs can go on with it from this state version on; never back. In a
    /// transaction that the caller has begun.</summary>
    public static void Stamp(Database database, int stateVersion)
    {
        var needed = Filled.Where(step => step.StateVersion <= stateVersion).Select(step => step.Format)
            .Append(FormatOfAnyVersion).Max();
        if (FormatOf(database) < needed)
        {
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {needed}"));
        }
    }

    /// <summary>The tables that a file has, which may be of an older format.</summary>
    public static IEnumerable<Table> TablesOf(Database database)
    {
        var version = FormatOf(database);
        return Replicated.Where(table => table.Since <= version);
    }

    private static string TablesAfter(long version) =>
        string.Concat(Later.Where(step => step.Format > version).Select(step => step.Tables));

    private static long FormatOf(Database database) => database.ReadInt64("PRAGMA user_version");

    private const string CreateTables = """
        CREATE TABLE chat (
            id INTEGER PRIMARY KEY, applied_index INTEGER NOT NULL, applied_term INTEGER NOT NULL,
            last_time_us INTEGER NOT NULL, state_version INTEGER NOT NULL, next_account INTEGER NOT NULL,
            next_session INTEGER NOT NULL, next_client INTEGER NOT NULL, next_conversation INTEGER NOT NULL,
            settings BLOB NOT NULL, settings_revision INTEGER NOT NULL) STRICT;

        CREATE TABLE node (id INTEGER PRIMARY KEY, digest_high INTEGER NOT NULL, digest_low INTEGER NOT NULL) STRICT;

        CREATE TABLE accounts (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, password_hash TEXT NOT NULL,
            created_at_us INTEGER NOT NULL, deleted_at_us INTEGER NOT NULL, live_session INTEGER NOT NULL,
            role INTEGER NOT NULL, disabled_at_us INTEGER NOT NULL) STRICT;
        CREATE INDEX accounts_by_name ON accounts (name);

        CREATE TABLE sessions (
            number INTEGER PRIMARY KEY, account INTEGER NOT NULL, token_hash BLOB NOT NULL,
            first_client INTEGER NOT NULL, lease_ms INTEGER NOT NULL, touched_at_us INTEGER NOT NULL,
            stream_number INTEGER NOT NULL, ended_at_us INTEGER NOT NULL) STRICT;
        CREATE INDEX sessions_ended ON sessions (ended_at_us) WHERE ended_at_us > 0;

        CREATE TABLE clients (
            number INTEGER PRIMARY KEY, account INTEGER NOT NULL, session INTEGER NOT NULL, request_id BLOB NOT NULL,
            last_counter INTEGER NOT NULL, last_position INTEGER NOT NULL, ended_at_us INTEGER NOT NULL) STRICT;
        CREATE INDEX clients_by_account ON clients (account);
        CREATE INDEX clients_ended ON clients (ended_at_us) WHERE ended_at_us > 0;

        CREATE TABLE outcomes (
            client INTEGER NOT NULL, counter INTEGER NOT NULL, content_hash BLOB NOT NULL, rejection INTEGER NOT NULL,
            conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, sent_at_us INTEGER NOT NULL,
            position INTEGER NOT NULL, client_previous INTEGER NOT NULL,
            PRIMARY KEY (client, counter)) STRICT, WITHOUT ROWID;

        CREATE TABLE conversations (
            number INTEGER PRIMARY KEY, low_account INTEGER NOT NULL, high_account INTEGER NOT NULL,
            head_sequence INTEGER NOT NULL, head_position INTEGER NOT NULL, low_messages INTEGER NOT NULL,
            low_bytes INTEGER NOT NULL, high_bytes INTEGER NOT NULL, first_kept INTEGER NOT NULL,
            low_delivered INTEGER NOT NULL, low_acked_messages INTEGER NOT NULL, low_acked_bytes INTEGER NOT NULL,
            high_delivered INTEGER NOT NULL, high_acked_messages INTEGER NOT NULL, high_acked_bytes INTEGER NOT NULL,
            settled_sequence INTEGER NOT NULL, settled_at_us INTEGER NOT NULL) STRICT;
        CREATE UNIQUE INDEX conversations_by_pair ON conversations (low_account, high_account);

        CREATE TABLE memberships (
            account INTEGER NOT NULL, conversation INTEGER NOT NULL,
            PRIMARY KEY (account, conversation)) STRICT, WITHOUT ROWID;

        CREATE TABLE messages (
            position INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, sequence INTEGER NOT NULL,
            sender INTEGER NOT NULL, client INTEGER NOT NULL, counter INTEGER NOT NULL,
            client_previous INTEGER NOT NULL, conversation_previous INTEGER NOT NULL, sent_at_us INTEGER NOT NULL,
            low_messages INTEGER NOT NULL, low_bytes INTEGER NOT NULL, high_bytes INTEGER NOT NULL,
            content_hash BLOB NOT NULL, text TEXT NOT NULL) STRICT;

        CREATE TABLE anchors (
            conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL,
            PRIMARY KEY (conversation, sequence)) STRICT, WITHOUT ROWID;

        CREATE TABLE floors (
            conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, reached_at_us INTEGER NOT NULL,
            PRIMARY KEY (conversation, sequence)) STRICT, WITHOUT ROWID;

        CREATE TABLE inboxes (
            account INTEGER PRIMARY KEY, messages INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;

        CREATE TABLE requests (
            number INTEGER PRIMARY KEY, request_id BLOB NOT NULL, name TEXT NOT NULL, account INTEGER NOT NULL,
            asked_at_us INTEGER NOT NULL, refusal INTEGER NOT NULL) STRICT;

        CREATE TABLE invites (
            number INTEGER PRIMARY KEY, code_hash BLOB NOT NULL, creator INTEGER NOT NULL,
            created_at_us INTEGER NOT NULL, expires_at_us INTEGER NOT NULL, uses_left INTEGER NOT NULL) STRICT;

        CREATE TABLE audit (
            number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, actor INTEGER NOT NULL, actor_name TEXT NOT NULL,
            act INTEGER NOT NULL, subject INTEGER NOT NULL, subject_name TEXT NOT NULL,
            detail TEXT NOT NULL) STRICT;
        """;

    private const string CreateTablesOfFormat3 = """
        CREATE TABLE login_failures (
            name_hash BLOB NOT NULL PRIMARY KEY, failures INTEGER NOT NULL, last_at_us INTEGER NOT NULL)
            STRICT, WITHOUT ROWID;

        CREATE TABLE known_addresses (
            account INTEGER NOT NULL, address_hash BLOB NOT NULL, at_us INTEGER NOT NULL,
            PRIMARY KEY (account, address_hash)) STRICT, WITHOUT ROWID;

        CREATE TABLE device_tokens (
            number INTEGER PRIMARY KEY, account INTEGER NOT NULL, token_hash BLOB NOT NULL, label TEXT NOT NULL,
            created_at_us INTEGER NOT NULL, session INTEGER NOT NULL, used_at_us INTEGER NOT NULL) STRICT;

        CREATE TABLE stream_nonces (session INTEGER PRIMARY KEY, nonce INTEGER NOT NULL) STRICT;
        """;

    private const string CreateTablesOfFormat5 = """
        CREATE TABLE revoked_tokens (
            number INTEGER PRIMARY KEY, account INTEGER NOT NULL, token_hash BLOB NOT NULL,
            revoked_at_us INTEGER NOT NULL) STRICT;
        """;

    private const string CreateTablesOfFormat6 = """
        CREATE TABLE read_marks (
            conversation INTEGER NOT NULL, account INTEGER NOT NULL, sequence INTEGER NOT NULL, told INTEGER NOT NULL,
            PRIMARY KEY (conversation, account)) STRICT, WITHOUT ROWID;
        """;

    private const string CreateTablesOfFormat7 = """
        CREATE TABLE hooks (number INTEGER PRIMARY KEY, recipient INTEGER NOT NULL, room INTEGER NOT NULL) STRICT;
        CREATE INDEX IF NOT EXISTS clients_of_hooks ON clients (account, request_id) WHERE account < 0;
        """;

    private const string CreateTablesOfFormat8 = """
        CREATE TABLE changed_messages (
            conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, position INTEGER NOT NULL,
            author INTEGER NOT NULL, edited_at_us INTEGER NOT NULL, deleted_at_us INTEGER NOT NULL,
            deleted_by INTEGER NOT NULL, grown_bytes INTEGER NOT NULL, changed INTEGER NOT NULL,
            PRIMARY KEY (conversation, sequence)) STRICT, WITHOUT ROWID;
        CREATE INDEX changed_messages_by_change ON changed_messages (changed);
        """;
}
