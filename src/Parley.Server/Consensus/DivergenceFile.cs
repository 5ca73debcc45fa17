using System.Globalization;
using System.Text;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>A file in the data directory that says its state was found to be wrong: whoever starts the node again (a
/// supervisor does so at once) shall not serve from it.</summary>
internal static class DivergenceFile
{
    public const string Name = "diverged";

    private const int BytesMax = 1_024;

    /// <summary>Synced with its name; a crash in between leaves an empty one, which counts as well.</summary>
    /// <exception cref="StorageFailedException">It could not be written.</exception>
    public static void Write(string directory, string sentence)
    {
        var bytes = Encoding.UTF8.GetBytes(sentence);
        var files = new PosixStorageDirectory(directory);
        using (var file = files.Create(Name, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        files.SyncDirectory();
    }

    /// <exception cref="DataDirectoryRefusedException">The directory holds one.</exception>
    public static void Refuse(string directory, int node)
    {
        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            return;
        }

        using var file = File.OpenRead(path);
        var bytes = new byte[BytesMax];
        var sentence = Encoding.UTF8.GetString(bytes, 0, file.ReadAtLeast(bytes, BytesMax, throwOnEndOfStream: false));
        throw new DataDirectoryRefusedException(
            $"data directory {directory} refused: its state was found to differ from the cluster's: "
            + $"{sentence.TrimEnd('\0')}. What to do: {WhatToDo(node)}");
    }

    public static string WhatToDo(int node) => string.Create(
        CultureInfo.InvariantCulture,
        $"keep the data directory for a look and report it; start the node with an empty one, and replace it in the ")
        + string.Create(CultureInfo.InvariantCulture, $"cluster: parley cluster replace {node}");
}
