using System.Globalization;
using System.Text;
using Parley.Core.Storage;

namespace Parley.Core.Search;

/// <summary>
/// The index of all texts of a state in a file of its own: an FTS5 table without content. One thread writes; any thread
/// may ask for offers. It knows up to which log index it follows the state, in the same transaction as what it holds.
/// </summary>
/// <remarks>
/// A term carries its conversation's number before it ("2f:hello"), so a lookup touches the messages of one
/// conversation alone, and neither results nor times tell of others'. FTS5 of SQLite 3.53.3, as it is bundled, was
/// tried: inserting a row that is there keeps its old terms too, and deleting one that is not there does nothing.
/// </remarks>
internal sealed class MessageIndexFile : IMessageIndex, IDisposable
{
    public const int FormatVersion = 1;

    /// <summary>"PrlS": tells the file from other SQLite files.</summary>
    private const int ApplicationId = 0x50726C53;

    private const int ReadersIdleMax = 4;

    private const string Tables = """
        CREATE TABLE about (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, through INTEGER NOT NULL) STRICT;
        CREATE VIRTUAL TABLE words USING fts5 (
            terms, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars ':'");
        """;

    private readonly object gate = new();
    private readonly Stack<OfferReader> idle = new();
    private readonly Database database;
    private readonly string path;
    private readonly StringBuilder terms = new();
    private int readers;
    private bool isClosed;

    /// <summary>The file says a smaller <see cref="Through"/>: nothing was to be written since.</summary>
    private bool isBehind;

    private MessageIndexFile(Database database, string path)
    {
        this.database = database;
        this.path = path;
        Through = database.ReadInt64("SELECT through FROM about WHERE id = 1");
    }

    /// <summary>It has every message that the state had when this log index was applied, but for those dropped since,
    /// and no other; also where a crash took that back from the state, which will apply it again.</summary>
    public long Through
    {
        get => Volatile.Read(ref field);
        private set => Volatile.Write(ref field, value);
    }

    private Statement BeginTransaction => field ??= database.Prepare("BEGIN IMMEDIATE");

    private Statement CommitTransaction => field ??= database.Prepare("COMMIT");

    private Statement InsertMessage => field ??= database.Prepare(
        "INSERT INTO words (rowid, terms) VALUES ($position, $terms)");

    private Statement DeleteMessage => field ??= database.Prepare("DELETE FROM words WHERE rowid = $position");

    private Statement UpdateThrough => field ??= database.Prepare(
        "UPDATE about SET through = $through WHERE id = 1");

    private Statement SelectPositions => field ??= database.Prepare(
        "SELECT id FROM words_docsize WHERE id > $after ORDER BY id LIMIT $rows");

    /// <summary>Makes an empty one; there must be no file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="owner">Whose state it follows: another's is never taken for it.</param>
    /// <exception cref="MessageIndexException">It cannot be written.</exception>
    public static MessageIndexFile Create(string path, string owner) => Guard(() => Opened(path, database =>
    {
        database.Execute(
            "BEGIN;" + Tables
            + string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId};")
            + string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {FormatVersion};"));
        using var insert = database.PrepareOnce("INSERT INTO about (id, owner, through) VALUES (1, $owner, 0)");
        insert.WithText(OwnerAndForm(owner)).Run();
        database.Execute("COMMIT");
        return new MessageIndexFile(database, path);
    }));

    /// <summary>Opens one that is there.</summary>
    /// <exception cref="MessageIndexException">It is damaged, another's, of another version, or none.</exception>
    public static MessageIndexFile Open(string path, string owner) => Guard(() => Opened(path, database =>
    {
        var isOurs = database.ReadInt64("PRAGMA application_id") == ApplicationId
            && database.ReadInt64("PRAGMA user_version") == FormatVersion
            && string.Equals(
                database.ReadText("SELECT owner FROM about WHERE id = 1"),
                OwnerAndForm(owner),
                StringComparison.Ordinal);
        return isOurs
            ? new MessageIndexFile(database, path)
            : throw new MessageIndexException("it is of another version, or of another node's state", isDamaged: true);
    }));

    /// <summary>Reads all of it: pages, and what FTS5 knows of its own structure. Takes seconds for a million messages.
    /// </summary>
    /// <exception cref="MessageIndexException">It is damaged, or cannot be read.</exception>
    public void Check() => Guard(() =>
    {
        var found = database.ReadText("PRAGMA integrity_check(1)");
        return string.Equals(found, "ok", StringComparison.Ordinal)
            ? true
            : throw new MessageIndexException(found, isDamaged: true);
    });

    /// <summary>Takes messages in and others out, and moves <see cref="Through"/>; in one transaction.</summary>
    /// <param name="added">Above <see cref="Through"/>, in order.</param>
    /// <param name="dropped">Positions; those it does not have are ignored.</param>
    /// <param name="through">Not smaller than it was.</param>
    /// <exception cref="MessageIndexException">Nothing was written; it must be closed.</exception>
    public void Write(
        IReadOnlyCollection<IndexedMessage> added, IReadOnlyCollection<long> dropped, long through) =>
        Write(added, [], dropped, through);

    /// <summary>Takes the next messages in, and those that say something else now.</summary>
    /// <exception cref="MessageIndexException">Nothing was written; it must be closed.</exception>
    public void Write(in TextBatch batch) => Write(batch.Messages, batch.Rewritten, [], batch.Through);

    private void Write(
        IReadOnlyCollection<IndexedMessage> added,
        IReadOnlyCollection<IndexedMessage> rewritten,
        IReadOnlyCollection<long> dropped,
        long through) => Guard(() =>
    {
        Invariant.Holds(through >= Through);
        if (added.Count == 0 && rewritten.Count == 0 && dropped.Count == 0)
        {
            isBehind |= through > Through;
            return Through = through; // Stands in the file with the next that is written; until then it is read again.
        }

        BeginTransaction.Start().Run();
        foreach (var position in dropped)
        {
            DeleteMessage.Start().With(position).Run();
        }

        // A row that is there keeps its old terms, too, if it is not deleted first.
        foreach (var message in rewritten)
        {
            Invariant.Holds(message.Position <= Through);
            DeleteMessage.Start().With(message.Position).Run();
            InsertMessage.Start().With(message.Position).WithText(TermsOf(message)).Run();
        }

        var last = Through;
        foreach (var message in added)
        {
            Invariant.Holds(message.Position > last && message.Position <= through);
            last = message.Position;
            InsertMessage.Start().With(message.Position).WithText(TermsOf(message)).Run();
        }

        UpdateThrough.Start().With(through).Run();
        CommitTransaction.Start().Run();
        isBehind = false;
        return Through = through;
    });

    /// <summary>The positions it has above one, in order.</summary>
    public IReadOnlyList<long> ListPositions(long after, int rowsMax) => Guard(() =>
    {
        var positions = new List<long>();
        var select = SelectPositions.Start().With(after).With(rowsMax);
        while (select.Step())
        {
            positions.Add(select.Int64(0));
        }

        return positions;
    });

    public IReadOnlyList<long> Offer(in IndexQuestion question, Func<bool> isOver, out bool isCut)
    {
        var (terms, before, positionsMax) = (question.Terms, question.Before, question.PositionsMax);
        var match = string.Join(" OR ", question.Conversations.Select(conversation =>
            $"({string.Join(" AND ", terms.Select(term => $"\"{TermOf(conversation, term)}\""))})"));
        var reader = Rent();
        var isWhole = false;
        try
        {
            (var positions, isCut) = Guard(() =>
                (reader ??= OpenReader()).Read(match, before, positionsMax, isOver));
            isWhole = true;
            return positions;
        }
        finally
        {
            Return(reader, isWhole);
        }
    }

    /// <summary>Waits for those who ask; then the file may go.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            while (readers > 0)
            {
                Monitor.Wait(gate);
            }

            while (idle.TryPop(out var reader))
            {
                reader.Dispose();
            }
        }

        if (isBehind)
        {
            database.TryExecute(string.Create(
                CultureInfo.InvariantCulture, $"UPDATE about SET through = {Through} WHERE id = 1"));
        }

        database.Dispose();
    }

    private static string OwnerAndForm(string owner) => $"{owner}, {TextUnits.Form}";

    private static MessageIndexFile Opened(string path, Func<Database, MessageIndexFile> open)
    {
        var opened = Database.OpenForWriting(path);
        try
        {
            opened.Execute(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216; "
                + "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY");
            return open(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Units are letters, digits and marks: no term can be anything but a term to FTS5.</summary>
    private static string TermOf(long conversation, string term) =>
        string.Create(CultureInfo.InvariantCulture, $"{conversation:x}:{term}");

    private static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (StateDamagedException exception)
        {
            throw new MessageIndexException(exception.Found, isDamaged: true);
        }
        catch (StateStorageException exception)
        {
            throw new MessageIndexException(exception.Message, isDamaged: false);
        }
    }

    private string TermsOf(in IndexedMessage message)
    {
        terms.Clear();
        foreach (var term in TextUnits.TermsOf(TextUnits.Of(message.Text)))
        {
            terms.Append(TermOf(message.Conversation, term)).Append(' ');
        }

        return terms.ToString();
    }

    /// <summary>Null: the caller opens one.</summary>
    private OfferReader? Rent()
    {
        lock (gate)
        {
            if (isClosed)
            {
                throw new MessageIndexException("it is being made anew", isDamaged: false);
            }

            readers++;
            return idle.TryPop(out var reader) ? reader : null;
        }
    }

    private void Return(OfferReader? reader, bool isWhole)
    {
        lock (gate)
        {
            if (reader is not null && isWhole && idle.Count < ReadersIdleMax)
            {
                idle.Push(reader);
                reader = null;
            }
        }

        reader?.Dispose();
        lock (gate)
        {
            readers--;
            Monitor.PulseAll(gate);
        }
    }

    private OfferReader OpenReader()
    {
        var opened = Database.OpenForReading(path);
        try
        {
            opened.Execute("PRAGMA cache_size = -8192");
            return new OfferReader(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>A connection that asks.</summary>
    private sealed class OfferReader(Database database) : IDisposable
    {
        private Statement SelectOffers => field ??= database.Prepare(
            "SELECT rowid FROM words WHERE words MATCH $terms AND rowid < $before ORDER BY rowid DESC LIMIT $rows");

        public (List<long> Positions, bool IsCut) Read(
            string match, long before, int positionsMax, Func<bool> isOver)
        {
            var positions = new List<long>();
            var select = SelectOffers;
            var wasOver = false;
            database.StopWhen(() => wasOver = wasOver || isOver());
            try
            {
                select.Start().WithText(match).With(before).With(positionsMax);
                while (select.Step())
                {
                    positions.Add(select.Int64(0));
                }

                return (positions, false);
            }
            catch (StateStorageException) when (wasOver)
            {
                select.End();
                return (positions, true);
            }
            finally
            {
                database.StopWhen(null);
            }
        }

        public void Dispose() => database.Dispose();
    }
}
