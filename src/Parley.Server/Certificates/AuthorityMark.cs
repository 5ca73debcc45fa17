using Parley.Raft.Storage;

namespace Parley.Server.Certificates;

/// <summary>
/// A file in the data directory of a node that belongs to a cluster: whose bundles it takes. With another cluster's it
/// would show itself to nodes and clients as what it is not.
/// </summary>
internal static class AuthorityMark
{
    public const string Name = "authority";

    /// <summary>Refuses a bundle of another cluster than the directory's first; marks the directory with the first.
    /// </summary>
    /// <param name="directory">Of a node that is formed.</param>
    /// <param name="bundle">Null: without certificates, the mark plays no part.</param>
    /// <exception cref="DataDirectoryRefusedException">It is another cluster's.</exception>
    /// <exception cref="StorageFailedException">The mark could not be written.</exception>
    public static void Keep(string directory, NodeBundle? bundle)
    {
        if (bundle is null)
        {
            return;
        }

        var path = Path.Combine(directory, Name);
        if (!File.Exists(path))
        {
            SecretFile.Write(path, bundle.Cluster);
            return;
        }

        var marked = File.ReadAllText(path);
        if (!string.Equals(marked, bundle.Cluster, StringComparison.Ordinal))
        {
            throw new DataDirectoryRefusedException(
                $"data directory {directory} refused: a bundle of its cluster's authority ({marked}) expected, one of "
                + $"{bundle.Cluster} found. What to do: start the node with its own cluster's bundle, or give it "
                + "another directory (--data); where the authority was lost and made anew, remove the file "
                + $"{path} on every node");
        }
    }
}
