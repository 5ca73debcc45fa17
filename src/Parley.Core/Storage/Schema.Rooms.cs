namespace Parley.Core.Storage;

/// <content>The tables that rooms brought.</content>
internal static partial class Schema
{
    private const string CreateTablesOfFormat4 = """
        CREATE TABLE rooms (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL, by_invitation INTEGER NOT NULL, topic TEXT NOT NULL,
            owner INTEGER NOT NULL, members INTEGER NOT NULL, retention_days INTEGER NOT NULL) STRICT;
        CREATE INDEX rooms_by_name ON rooms (name);

        CREATE TABLE room_members (
            room INTEGER NOT NULL, account INTEGER NOT NULL, standing INTEGER NOT NULL, muted INTEGER NOT NULL,
            barred INTEGER NOT NULL, since INTEGER NOT NULL, first_sequence INTEGER NOT NULL,
            delivered INTEGER NOT NULL, PRIMARY KEY (room, account)) STRICT, WITHOUT ROWID;
        CREATE INDEX room_members_by_account ON room_members (account);

        CREATE TABLE room_requests (
            number INTEGER PRIMARY KEY, account INTEGER NOT NULL, request_id BLOB NOT NULL, refusal INTEGER NOT NULL,
            room INTEGER NOT NULL, asked_at_us INTEGER NOT NULL) STRICT;
        """;
}
