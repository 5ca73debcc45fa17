namespace Parley.Raft.Storage;

/// <summary>A small file that is written anew as a whole: whoever reads it finds the old content or the new.</summary>
internal static class ReplacedFile
{
    /// <summary>Synced with its name.</summary>
    /// <exception cref="StorageFailedException">It failed: which of the two is there is unknown.</exception>
    public static void Write(IStorageDirectory files, string name, ReadOnlySpan<byte> bytes)
    {
        var temporary = TemporaryNameOf(name);
        if (files.ListFiles().Contains(temporary, StringComparer.Ordinal))
        {
            files.Delete(temporary);
        }

        using (var file = files.Create(temporary, bytes.Length))
        {
            file.Write(0, bytes);
            file.Sync();
        }

        files.Rename(temporary, name);
        files.SyncDirectory();
    }

    public static string TemporaryNameOf(string name) => name + ".tmp";
}
