namespace Parley.Core.Storage;

/// <summary>The digest as the file has it, and as a full scan finds it.</summary>
internal static class StoredDigest
{
    /// <summary>What the applier wrote with its last batch.</summary>
    public static StateDigest Read(Database database)
    {
        var high = (ulong)database.ReadInt64("SELECT digest_high FROM node WHERE id = 1");
        var low = (ulong)database.ReadInt64("SELECT digest_low FROM node WHERE id = 1");
        return new StateDigest(new UInt128(high, low));
    }

    /// <summary>The sum over every row of every replicated table.</summary>
    public static StateDigest Scan(Database database)
    {
        var hash = new RowHash();
        var sum = UInt128.Zero;
        foreach (var table in Schema.TablesOf(database))
        {
            // A sum does not depend on the order of its rows, so any will do.
            var read = database.Prepare($"SELECT {string.Join(", ", table.Columns)} FROM {table.Name}").Start();
            while (read.Step())
            {
                sum += hash.OfRow(table, read);
            }
        }

        return new StateDigest(sum);
    }

    /// <exception cref="StateDamagedException">The rows do not give the digest that was stored with them.</exception>
    public static void Require(Database database)
    {
        var stored = Read(database);
        var found = Scan(database);
        if (stored != found)
        {
            throw new StateDamagedException($"{database.FileName}: digest {stored} expected, {found} found");
        }
    }
}
