using System.Text;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>A file in the data directory whose presence forbids its use, with the sentence that says why: whoever
/// starts the node again (a supervisor does so at once) shall not serve from it.</summary>
internal static class MarkFile
{
    private const int BytesMax = 1_024;

    /// <summary>Synced with its name; a crash in between leaves an empty one, which counts as well.</summary>
    /// <exception cref="StorageFailedException">It could not be written.</exception>
    public static void Write(string directory, string name, string sentence)
    {
        var bytes = Encoding.UTF8.GetBytes(sentence);
        var files = new PosixStorageDirectory(directory);
        using (var file = files.Create(name, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        files.SyncDirectory();
    }

    /// <summary>Its sentence; null: there is none.</summary>
    public static string? Find(string directory, string name)
    {
        var path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            return null;
        }

        using var file = File.OpenRead(path);
        var bytes = new byte[BytesMax];
        return Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, BytesMax, throwOnEndOfStream: false))
            .TrimEnd('\0');
    }
}
