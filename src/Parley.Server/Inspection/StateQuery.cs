using Parley.Core.Storage;
using Parley.Raft.Storage;
using Parley.Server.Consensus;

namespace Parley.Server.Inspection;

/// <summary>Asks a node's state file, whether the node runs or not. A long answer would keep a running node from
/// emptying its write-ahead file, so it ends after a while.</summary>
internal static class StateQuery
{
    /// <summary>How long a question may take.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(10);

    /// <summary>The names of the columns, then the rows.</summary>
    /// <exception cref="DataDirectoryRefusedException">There is no state.</exception>
    /// <exception cref="StateQuestionException">It was refused, or took too long.</exception>
    public static IEnumerable<IReadOnlyList<string?>> Run(
        string dataDirectory, string sql, bool showTexts, TimeProvider time)
    {
        var path = Path.Combine(dataDirectory, SnapshotFiles.StateName);
        if (!File.Exists(path))
        {
            throw new DataDirectoryRefusedException(
                $"{dataDirectory}: a node's data directory expected, no {SnapshotFiles.StateName} found in it; give "
                + "the folder that the node has as --data");
        }

        return Ask(path, sql, showTexts, time);
    }

    private static IEnumerable<IReadOnlyList<string?>> Ask(string path, string sql, bool showTexts, TimeProvider time)
    {
        var begin = time.GetTimestamp();
        using var question = new StateQuestion(path, showTexts, () => time.GetElapsedTime(begin) > TimeMax);
        foreach (var row in question.Ask(sql))
        {
            yield return row;
        }
    }
}
