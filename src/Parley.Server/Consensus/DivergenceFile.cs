using System.Globalization;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>Says that the state in this data directory was found to be wrong.</summary>
internal static class DivergenceFile
{
    public const string Name = "diverged";

    /// <exception cref="StorageFailedException">It could not be written.</exception>
    public static void Write(string directory, string sentence) => MarkFile.Write(directory, Name, sentence);

    /// <exception cref="DataDirectoryRefusedException">The directory holds one.</exception>
    public static void Refuse(string directory, int node)
    {
        if (MarkFile.Find(directory, Name) is { } sentence)
        {
            throw new DataDirectoryRefusedException(
                $"data directory {directory} refused: its state was found to differ from the cluster's: {sentence}. "
                + $"What to do: {WhatToDo(node)}");
        }
    }

    public static string WhatToDo(int node) => string.Create(
        CultureInfo.InvariantCulture,
        $"keep the data directory for a look and report it; start the node with an empty one, and replace it in the ")
        + string.Create(CultureInfo.InvariantCulture, $"cluster: parley cluster replace --id {node}");
}
