using Parley.Raft.Formation;
using Parley.Raft.Storage;

namespace Parley.Server.Backup;

/// <summary>Reads the stamp of a data directory that a node may have in use.</summary>
internal static class NodeStamps
{
    /// <summary>Of a node that belongs to a cluster.</summary>
    /// <exception cref="DataDirectoryRefusedException">It does not, or is none.</exception>
    public static NodeStamp Read(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, StampFile.Name);
        if (!File.Exists(path))
        {
            throw new DataDirectoryRefusedException(
                $"{dataDirectory}: a node's data directory expected, no {StampFile.Name} found in it; give the folder "
                + "that the node has as --data");
        }

        try
        {
            var stamp = NodeStampCodec.Decode(File.ReadAllBytes(path));
            return stamp is { Stage: FormationStage.Formed, HasLog: true }
                ? stamp
                : throw new DataDirectoryRefusedException(
                    $"{dataDirectory}: node {stamp.Self.Value} belongs to no cluster yet: there is nothing in it");
        }
        catch (FormatException damage)
        {
            throw new DataDirectoryRefusedException($"{dataDirectory}: {damage.Message}");
        }
    }
}
