using System.Globalization;
using Parley.Raft.Storage;

namespace Parley.Server.Consensus;

/// <summary>Says that the cluster removed the node of this data directory, or replaced it: what it holds falls behind
/// from there, and nobody asks it any more.</summary>
internal static class RemovalFile
{
    public const string Name = "removed";

    private const string WhatToDo =
        "What to do: nothing, if that was meant; to bring this machine back, start the node with an empty directory "
        + "(--data) and add it: parley cluster add";

    /// <summary>Written before the state has applied the entry that removed the node: a crash in between applies it
    /// again.</summary>
    /// <returns>The sentence for the operator.</returns>
    /// <exception cref="StorageFailedException">It could not be written.</exception>
    public static string Write(string directory, int node, string clusterId)
    {
        var sentence = string.Create(
            CultureInfo.InvariantCulture, $"node {node} was removed from cluster {clusterId}, or replaced in it");
        MarkFile.Write(directory, Name, sentence);
        return $"{sentence}; it stops. {WhatToDo}";
    }

    /// <exception cref="DataDirectoryRefusedException">The directory holds one.</exception>
    public static void Refuse(string directory)
    {
        if (MarkFile.Find(directory, Name) is { } sentence)
        {
            throw new DataDirectoryRefusedException($"data directory {directory} refused: {sentence}. {WhatToDo}");
        }
    }
}
