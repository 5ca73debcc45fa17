using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Parley.Core.Storage;

/// <summary>One SQLite connection; one thread at a time.</summary>
/// <remarks>
/// It calls SQLite without ADO.NET in between: a command of Microsoft.Data.Sqlite allocates for every parameter and
/// reader, which cost more than the statements themselves.
/// </remarks>
internal sealed class Database : IDisposable
{
    private const int BusyTimeoutMs = 5_000;

    /// <summary>To read a page takes some; comparing what stands in it, none.</summary>
    private const int StepsBetweenGlances = 10;

    private readonly sqlite3 handle;
    private readonly List<Statement> statements = [];

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => this.handle = handle;

    /// <summary>Creates the file when it is not there.</summary>
    public static Database OpenForWriting(string path)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

        // For the moments in which a reader tends the WAL index.
        raw.sqlite3_busy_timeout(database.handle, BusyTimeoutMs);
        return database;
    }

    /// <summary>Reads a file that must be there; the connection itself may still tend the WAL index.</summary>
    public static Database OpenForReading(string path)
    {
        var database = Open(path, raw.SQLITE_OPEN_READWRITE);
        database.Execute("PRAGMA query_only = ON");

        // For the moments in which another connection recovers or restarts the WAL.
        raw.sqlite3_busy_timeout(database.handle, BusyTimeoutMs);
        return database;
    }

    /// <summary>Reads a file that nobody writes and touches nothing beside it.</summary>
    public static Database OpenForChecking(string path) => Open(path, raw.SQLITE_OPEN_READONLY);

    /// <summary>Reads a file that a node, here or in another process, may be writing; writes nothing to it.</summary>
    public static Database OpenBeside(string path)
    {
        var database = Open(path, raw.SQLITE_OPEN_READONLY);
        raw.sqlite3_busy_timeout(database.handle, BusyTimeoutMs);
        return database;
    }

    public static Database OpenInMemory() => Open(":memory:", raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);

    /// <summary>Prepared once, kept until the connection closes.</summary>
    public Statement Prepare(string sql)
    {
        CheckPrepared(raw.sqlite3_prepare_v3(handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared));
        var statement = new Statement(this, prepared);
        statements.Add(statement);
        return statement;
    }

    /// <summary>A statement whose parameters are columns of a table, for <see cref="RowWriter"/>.</summary>
    public Statement Prepare(string sql, Table table)
    {
        var statement = Prepare(sql);
        statement.MapColumns(table);
        return statement;
    }

    /// <summary>Prepared for one use; the caller disposes it.</summary>
    public Statement PrepareOnce(string sql)
    {
        CheckPrepared(raw.sqlite3_prepare_v2(handle, sql, out var prepared));
        return new Statement(this, prepared);
    }

    /// <summary>Runs statements that give no rows anyone wants.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(handle, sql));

    /// <summary>The same, where it does not matter whether it could be done.</summary>
    public void TryExecute(string sql) => _ = raw.sqlite3_exec(handle, sql);

    /// <summary>A value that the SQL gives as a single integer.</summary>
    public long ReadInt64(string sql)
    {
        using var statement = PrepareOnce(sql);
        Invariant.Holds(statement.Step());
        return statement.Int64(0);
    }

    /// <summary>A value that the SQL gives as a single text.</summary>
    public string ReadText(string sql)
    {
        using var statement = PrepareOnce(sql);
        Invariant.Holds(statement.Step());
        return statement.Text(0);
    }

    /// <summary>What runs long is asked again and again whether it is over; then the step under way fails with
    /// <see cref="StateStorageException"/>. Null: nothing is asked any more.</summary>
    public void StopWhen(Func<bool>? isOver) => raw.sqlite3_progress_handler(
        handle, isOver is null ? 0 : StepsBetweenGlances, isOver is null ? null : _ => isOver() ? 1 : 0, null);

    /// <summary>Copies the WAL into the file and syncs both; false when a long read kept frames from it, or when this
    /// connection has no WAL: then nothing was synced.</summary>
    public bool TryCheckpoint(int readersWaitMs)
    {
        raw.sqlite3_busy_timeout(handle, readersWaitMs);
        var code = raw.sqlite3_wal_checkpoint_v2(
            handle, "main", raw.SQLITE_CHECKPOINT_FULL, out var frames, out var copied);
        raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);
        if (code == raw.SQLITE_BUSY)
        {
            return false;
        }

        Check(code);
        return frames >= 0 && frames == copied; // Both are -1 without a WAL.
    }

    /// <summary>The bytes of a file with this database's content.</summary>
    public byte[] CopyBytes()
    {
        var memory = raw.sqlite3_serialize(handle, "main", out var length, 0);
        Invariant.Holds(memory != IntPtr.Zero);
        var bytes = new byte[length];
        Marshal.Copy(memory, bytes, 0, bytes.Length);
        raw.sqlite3_free(memory);
        return bytes;
    }

    /// <summary>Fills a database in memory with the bytes of a file.</summary>
    public void LoadBytes(byte[] bytes)
    {
        var memory = raw.sqlite3_malloc64(bytes.Length);
        Invariant.Holds(memory != IntPtr.Zero);
        Marshal.Copy(bytes, 0, memory, bytes.Length);
        Check(raw.sqlite3_deserialize(
            handle, "main", memory, bytes.Length, bytes.Length,
            raw.SQLITE_DESERIALIZE_FREEONCLOSE | raw.SQLITE_DESERIALIZE_RESIZEABLE));
    }

    /// <summary>The file's path; empty in memory.</summary>
    public string FileName => raw.sqlite3_db_filename(handle, "main").utf8_to_string() ?? "";

    /// <exception cref="StateDamagedException">The file is no database, or not whole.</exception>
    /// <exception cref="StateStorageException">Anything else that SQLite could not do.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            Throw(code);
        }
    }

    public void Dispose()
    {
        foreach (var statement in statements)
        {
            statement.Dispose();
        }

        handle.Dispose();
    }

    /// <summary>The program's SQL fits the schema it made: where it does not, the file's schema was damaged.</summary>
    private void CheckPrepared(int code)
    {
        if (code == raw.SQLITE_ERROR)
        {
            throw new StateDamagedException(
                $"{FileName}: not the tables of this program: {raw.sqlite3_errmsg(handle).utf8_to_string()}");
        }

        Check(code);
    }

    private void Throw(int code)
    {
        var text = $"{FileName}: SQLite answered {code}: {raw.sqlite3_errmsg(handle).utf8_to_string()}";
        if ((code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw new StateDamagedException(text);
        }

        throw new StateStorageException(text);
    }

    private static Database Open(string path, int flags)
    {
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(handle, 1);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }
}
