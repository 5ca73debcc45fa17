using Parley.Raft.Formation;

namespace Parley.Raft.Storage;

/// <summary>The stamp in its directory: replaced as a whole, a crash leaves the old one or the new one.</summary>
internal sealed class StampFile(IStorageDirectory files)
{
    public const string Name = "stamp";
    public const string TemporaryName = "stamp.tmp";

    /// <summary>Null when there is none.</summary>
    /// <exception cref="FormatException">It is damaged, or of a format unknown here.</exception>
    public NodeStamp? Find()
    {
        if (!files.ListFiles().Contains(Name, StringComparer.Ordinal))
        {
            return null;
        }

        // It may be seen before its name was synced.
        files.SyncDirectory();
        using var file = files.Open(Name);
        var bytes = new byte[Math.Min(file.Length, NodeStampCodec.BytesMax)];
        file.Read(0, bytes);
        return NodeStampCodec.Decode(bytes);
    }

    public void Write(NodeStamp stamp) => ReplacedFile.Write(files, Name, NodeStampCodec.Encode(stamp));
}
