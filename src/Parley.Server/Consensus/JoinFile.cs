using System.Globalization;
using System.Text;
using Parley.Raft;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>Up to where the log of the cluster that took this directory in said nothing that counts for it: it may have
/// been named there and removed again, and never have heard of either.</summary>
internal static class JoinFile
{
    public const string Name = "joined";

    /// <exception cref="StorageFailedException">It could not be written.</exception>
    public static void Write(string directory, LogIndex index) => ReplacedFile.Write(
        new PosixStorageDirectory(directory),
        Name,
        Encoding.ASCII.GetBytes(index.Value.ToString(CultureInfo.InvariantCulture)));

    /// <summary><see cref="LogIndex.None"/> where there is none.</summary>
    /// <exception cref="DataDirectoryRefusedException">It is something else.</exception>
    public static LogIndex Find(string directory) => MarkFile.Find(directory, Name) is not { } text
        ? LogIndex.None
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new LogIndex(index)
            : throw new DataDirectoryRefusedException(
                $"data directory {directory} refused: a log index expected in its file {Name}, something else found. "
                + "What to do: keep the directory for a look, start the node with an empty one and add or replace it");
}
