using Parley.Core.Log.V1;

namespace Parley.Core.Storage;

/// <summary>Finds what the leader may propose to purge; remembers where it stopped looking.</summary>
internal sealed class PurgeSearch
{
    private const int ConversationsPerCall = 10_000;

    private const string SelectSettled = """
        SELECT c.number, c.first_kept, c.settled_sequence, c.settled_at_us, c.low_account, r.number,
               r.retention_days
        FROM conversations c LEFT JOIN rooms r ON r.number = c.number
        WHERE c.number > $after AND c.settled_sequence >= c.first_kept
        ORDER BY c.number LIMIT $conversations
        """;

    private const string SelectFloor = """
        SELECT COALESCE(MAX(sequence), 0) FROM floors
        WHERE conversation = $conversation AND reached_at_us <= $settled_until_us
        """;

    private const string SelectExpired = """
        SELECT EXISTS (SELECT 1 FROM requests WHERE asked_at_us <= $requests_until_us)
            OR EXISTS (SELECT 1 FROM sessions WHERE ended_at_us > 0 AND ended_at_us <= $requests_until_us)
            OR EXISTS (SELECT 1 FROM invites WHERE expires_at_us <= $requests_until_us)
            OR EXISTS (SELECT 1 FROM room_requests WHERE asked_at_us <= $requests_until_us)
            OR EXISTS (SELECT 1 FROM revoked_tokens WHERE revoked_at_us <= $requests_until_us)
            OR EXISTS (SELECT 1 FROM clients WHERE ended_at_us > 0 AND ended_at_us <= $clients_until_us)
        """;

    private readonly Lock gate = new();
    private long after;

    public Purge? Find(Database database, long timeUs, int rowsMax)
    {
        lock (gate)
        {
            var purge = new Purge { ForgetExpired = HasExpired(database, timeUs) };
            var startedInside = after > 0;
            AddCuts(purge, database, timeUs, Math.Min(rowsMax, Limits.PurgeRowsMax));
            if (startedInside && after == 0 && purge.Cuts.Count == 0)
            {
                // The rest held nothing; what comes before where it began might.
                AddCuts(purge, database, timeUs, Math.Min(rowsMax, Limits.PurgeRowsMax));
            }

            return purge.ForgetExpired || purge.Cuts.Count > 0 ? purge : null;
        }
    }

    private static bool HasExpired(Database database, long timeUs)
    {
        using var select = database.PrepareOnce(SelectExpired)
            .With(timeUs - Microseconds.Of(Limits.RequestMemory))
            .With(timeUs - Microseconds.Of(Limits.ClientMemory));
        Invariant.Holds(select.Step());
        return select.Int64(0) != 0;
    }

    private void AddCuts(Purge purge, Database database, long timeUs, int rowsMax)
    {
        var settings = ReadSettings(database);
        using var selectFloor = database.PrepareOnce(SelectFloor);
        var (rowsLeft, seen, last) = (rowsMax, 0, after);
        using var select = database.PrepareOnce(SelectSettled)
            .With(after).With(ConversationsPerCall);
        while (rowsLeft > 0 && select.Step())
        {
            var (number, firstKept) = (select.Int64(0), select.Int64(1));
            var untilUs = SettledUntilUs(settings, select, timeUs);
            var settled = select.Int64(3) <= untilUs ? select.Int64(2) : ReadFloor(selectFloor, number, untilUs);
            var through = Math.Min(settled, firstKept + rowsLeft - 1);
            if (through >= firstKept)
            {
                purge.Cuts.Add(new ConversationMark { Conversation = number, Sequence = through });
                rowsLeft -= (int)(through - firstKept + 1);
            }

            // A conversation that was cut only in part comes first again.
            last = through < settled ? number - 1 : number;
            seen++;
        }

        after = rowsLeft > 0 && seen < ConversationsPerCall ? 0 : last;
    }

    private static long SettledUntilUs(Settings settings, Statement row, long timeUs)
    {
        if (row.Int64(4) != 0)
        {
            return settings.SettledUntilUs(timeUs);
        }

        // A closed room's messages are nobody's any more.
        return row.Int64(5) == 0 ? timeUs : settings.RoomSettledUntilUs(row.Int32(6), timeUs);
    }

    private static long ReadFloor(Statement select, long conversation, long untilUs)
    {
        select.Start().With(conversation).With(untilUs);
        Invariant.Holds(select.Step());
        var sequence = select.Int64(0);
        select.End();
        return sequence;
    }

    private static Settings ReadSettings(Database database)
    {
        using var select = database.PrepareOnce("SELECT settings FROM chat WHERE id = 1");
        Invariant.Holds(select.Step());
        return Settings.Parser.ParseFrom(select.Bytes(0));
    }
}
