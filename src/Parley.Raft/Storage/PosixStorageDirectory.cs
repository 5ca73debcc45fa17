namespace Parley.Raft.Storage;

/// <summary>
/// A directory of a real disk (0700). New files are written with zeros, for a sync into blocks that were merely
/// allocated must sync their state too (24 KiB here: 0.36 ms instead of 0.23 ms).
/// </summary>
internal sealed class PosixStorageDirectory : IStorageDirectory
{
    private readonly string path;
    private PosixPreparation? preparation;

    /// <summary>Opens it, or creates it and syncs its name.</summary>
    public PosixStorageDirectory(string path)
    {
        this.path = path;
        if (Directory.Exists(path))
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFailedException($"create {path}: {e.Message}", e);
        }

        PosixCalls.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public IReadOnlyList<string> ListFiles()
    {
        try
        {
            var names = Directory.GetFiles(path).Select(Path.GetFileName).OfType<string>();
            return [.. names.Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageFailedException($"list {path}: {e.Message}", e);
        }
    }

    public IStorageFile Create(string name, long bytes)
    {
        var begun = preparation ?? new PosixPreparation(PathOf(name), bytes);
        preparation = null;
        if (begun.IsOf(PathOf(name), bytes))
        {
            return begun.Finish();
        }

        begun.Abandon();
        return new PosixPreparation(PathOf(name), bytes).Finish();
    }

    public void Prepare(string name, long bytes)
    {
        if (preparation is null)
        {
            preparation = new PosixPreparation(PathOf(name), bytes);
            preparation.Start();
        }
    }

    public IStorageFile Open(string name) =>
        new PosixStorageFile(PosixCalls.Open(PathOf(name), PosixCalls.ReadWrite), PathOf(name));

    public void Rename(string from, string to) => PosixCalls.Rename(PathOf(from), PathOf(to));

    public void Delete(string name) => PosixCalls.Delete(PathOf(name));

    public void SyncDirectory() => PosixCalls.SyncDirectory(path);

    private string PathOf(string name) => Path.Combine(path, name);
}
