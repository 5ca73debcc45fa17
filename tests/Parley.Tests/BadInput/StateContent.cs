using System.Globalization;
using Parley.Core.Storage;
using Parley.Server.Consensus;

namespace Parley.Tests.BadInput;

/// <summary>What a node's state holds, without how far its log is: refused commands are in the log too, and the digest
/// of the whole state moves with it. Wrong passwords come into it a second later, perhaps those of another table: they
/// are left out too.</summary>
internal static class StateContent
{
    private const string Counters =
        "next_account, next_session, next_client, next_conversation, settings_revision";

    /// <summary>Equal texts, equal content; a node may have the file open.</summary>
    public static string Read(string dataDirectory)
    {
        using var database = Database.OpenForReading(Path.Combine(dataDirectory, SnapshotFiles.StateName));
        var hash = new RowHash();
        var sums = new List<string>();
        foreach (var table in Schema.Replicated.Except([Schema.Chat, Schema.LoginFailures]))
        {
            var sum = UInt128.Zero;
            var rows = database.Prepare($"SELECT {string.Join(", ", table.Columns)} FROM {table.Name}").Start();
            while (rows.Step())
            {
                sum += hash.OfRow(table, rows);
            }

            sums.Add(string.Create(CultureInfo.InvariantCulture, $"{table.Name} {sum:x32}"));
        }

        sums.AddRange(Counters.Split(", ").Select(column => string.Create(
            CultureInfo.InvariantCulture, $"{column} {database.ReadInt64($"SELECT {column} FROM chat")}")));
        return string.Join('\n', sums);
    }
}
