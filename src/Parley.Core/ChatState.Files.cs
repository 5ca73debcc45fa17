using Parley.Core.Storage;

namespace Parley.Core;

/// <content>Opening, checkpoints and snapshots.</content>
internal sealed partial class ChatState
{
    /// <summary>A WAL that readers kept from its checkpoint grows; once it begins anew, it is cut to 64 MiB.</summary>
    private const string WriterPragmas =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0; "
        + "PRAGMA secure_delete = FAST; "
        + "PRAGMA journal_size_limit = 67108864; "
        + "PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY";

    // Copying an empty state is several times faster than creating its tables; a simulator makes thousands.
    private static readonly Lazy<byte[]> EmptyState = new(CreateEmptyState);

    /// <summary>A read is short; with many readers there is always one, and none of them long.</summary>
    private const int ReadersWaitMs = 20;

    /// <summary>The longest that Apply stands still for a checkpoint that readers are in the way of.</summary>
    private const int ReadersWaitMaxMs = 640;

    private long checkpointedIndex;
    private int readersWaitMs = ReadersWaitMs;

    /// <summary>Opens or creates the file; checks by a full scan that it is whole, indexes and all, and that its rows
    /// give its digest.</summary>
    /// <exception cref="StateDamagedException">The file is not whole, or something else.</exception>
    /// <exception cref="UnknownStateVersionException">The file is a newer program's.</exception>
    public static ChatState Open(string path) => Open(path, RequireDigest);

    /// <summary>Opens what <see cref="VerifySnapshot"/> has just scanned, without another scan: readers wait for
    /// it.</summary>
    /// <exception cref="StateDamagedException">The file is something else.</exception>
    /// <exception cref="UnknownStateVersionException">The file is a newer program's.</exception>
    public static ChatState OpenVerified(string path) => Open(path, _ => { });

    /// <summary>A state without a file, for tests and the simulator.</summary>
    public static ChatState OpenInMemory() => OpenInMemory(EmptyState.Value);

    /// <summary>A state without a file, from what <see cref="CopyBytes"/> gave.</summary>
    public static ChatState OpenInMemory(byte[] copy)
    {
        var opened = Database.OpenInMemory();
        opened.LoadBytes(copy);
        RequireKnownVersion(opened);
        Schema.Upgrade(opened);

        // Nothing is ever rolled back (a failed transaction ends the process), and nobody else can see this database.
        opened.Execute("PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY");
        return new ChatState(opened, path: "");
    }

    /// <summary>A snapshot in memory: the bytes of a file with this state.</summary>
    public byte[] CopyBytes() => database.CopyBytes();

    /// <summary>Checkpoints the WAL; the index up to which the Raft log may be cut now (an earlier one when readers
    /// were in the way). Each time in vain it waits twice as long for them: the WAL grows until one is whole.</summary>
    public long Checkpoint()
    {
        Invariant.Holds(!isBroken);
        var applied = AppliedIndex;
        if (IsInMemory || database.TryCheckpoint(readersWaitMs))
        {
            checkpointedIndex = applied;
            readersWaitMs = ReadersWaitMs;
        }
        else
        {
            readersWaitMs = Math.Min(readersWaitMs * 2, ReadersWaitMaxMs);
        }

        return checkpointedIndex;
    }

    /// <summary>Bytes of this state's pages, wherever they lie: no copy is larger. On any thread.</summary>
    public long MeasureBytes()
    {
        using var source = Database.OpenForReading(path);
        return source.ReadInt64("PRAGMA page_count") * source.ReadInt64("PRAGMA page_size");
    }

    /// <summary>Writes a consistent copy to a new file (VACUUM INTO); not synced yet. May be called on a thread of its
    /// own while Apply goes on.</summary>
    public SnapshotFacts WriteSnapshot(string path)
    {
        if (IsInMemory)
        {
            WriteCopy(database, path);
        }
        else
        {
            using var source = Database.OpenForReading(this.path);
            source.Execute("PRAGMA query_only = OFF");
            WriteCopy(source, path);
        }

        using var copy = Database.OpenForChecking(path);
        return ReadFacts(copy);
    }

    /// <summary>Reads a snapshot file, checks it by full scan (integrity, digest) and says what it holds.</summary>
    /// <exception cref="StateDamagedException">It is not whole.</exception>
    /// <exception cref="UnknownStateVersionException">It is a newer program's: to read it again will not help.
    /// </exception>
    public static SnapshotFacts VerifySnapshot(string path)
    {
        using var copy = Database.OpenForChecking(path);
        RequireIntegrity(copy);
        Schema.Require(copy);
        StoredDigest.Require(copy);
        RequireKnownVersion(copy);
        return ReadFacts(copy);
    }

    /// <summary>Checks by full scan that the digest kept up by Apply is that of the rows; for tests.</summary>
    public StateDigest ScanDigest() => StoredDigest.Scan(database);

    private static ChatState Open(string path, Action<Database> check)
    {
        var opened = Database.OpenForWriting(path);
        try
        {
            opened.Execute(WriterPragmas);
            var isNew = opened.ReadInt64("SELECT COUNT(*) FROM sqlite_schema") == 0;
            if (isNew)
            {
                Schema.Create(opened);
            }
            else
            {
                Schema.Require(opened);
                check(opened);
                RequireKnownVersion(opened);
                Schema.Upgrade(opened);
            }

            return new ChatState(opened, path);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private static byte[] CreateEmptyState()
    {
        var opened = Database.OpenInMemory();
        Schema.Create(opened);
        using var state = new ChatState(opened, path: "");
        return state.CopyBytes();
    }

    /// <summary>The digest is one of rows: a damaged index finds the wrong ones, or none, and it stays the same.
    /// </summary>
    private static void RequireIntegrity(Database database)
    {
        var integrity = database.ReadText("PRAGMA integrity_check(1)");
        if (!string.Equals(integrity, "ok", StringComparison.Ordinal))
        {
            throw new StateDamagedException($"{database.FileName}: {integrity}");
        }
    }

    private static void RequireDigest(Database database)
    {
        RequireIntegrity(database);

        // A file that was created and never written to has no digest yet.
        if (database.ReadInt64("SELECT COUNT(*) FROM node") > 0)
        {
            StoredDigest.Require(database);
        }
        else if (database.ReadInt64("SELECT COUNT(*) FROM chat") > 0)
        {
            throw new StateDamagedException($"{database.FileName}: a digest expected, none found");
        }
    }

    /// <summary>A state whose rules are not all known here is whole, but goes on to another one than at the other
    /// nodes. Asked after the digest: a flipped bit is no newer program.</summary>
    private static void RequireKnownVersion(Database database)
    {
        // A file that was created and never written to has none yet.
        var needed = database.ReadInt64("SELECT COALESCE(MAX(state_version), 0) FROM chat");
        if (needed > StateVersionMax)
        {
            throw new UnknownStateVersionException(
                $"{database.FileName}: needs state version {needed}, this program knows up to {StateVersionMax}. "
                + "What to do: start this node with a newer program; nothing is lost");
        }
    }

    private static void WriteCopy(Database source, string path) =>
        source.Prepare("VACUUM INTO $path").Start().WithText(path).Run();

    private static SnapshotFacts ReadFacts(Database copy)
    {
        var read = copy.Prepare(
            "SELECT applied_index, applied_term, last_time_us, state_version FROM chat WHERE id = 1").Start();
        if (!read.Step())
        {
            throw new StateDamagedException(
                $"{copy.FileName}: a snapshot with an applied index expected, an empty state found");
        }

        var held = new SnapshotFacts(
            read.Int64(0), read.Int64(1), read.Int64(2), read.Int32(3), StoredDigest.Read(copy));
        read.End();
        return held;
    }
}
