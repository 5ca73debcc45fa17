using Parley.Raft.Storage;

namespace Parley.Simulation.Disk;

/// <summary>What is about to be done to a simulated disk.</summary>
internal enum DiskOperation
{
    None = 0,
    Create = 1,
    Write = 2,
    Sync = 3,
    Rename = 4,
    Delete = 5,
    SyncDirectory = 6,
}

/// <summary>
/// A directory on a simulated disk: sectors of 512 bytes are written whole or not at all, and what was not synced may
/// be lost, sector by sector and name by name, at <see cref="PowerLoss(Func{string, int, bool}, Func{int, bool})"/>.
/// A process that is killed loses nothing: open the same directory again.
/// </summary>
internal sealed class SimulatedDirectory : IStorageDirectory
{
    public const int SectorBytes = 512;

    private readonly Dictionary<string, SimulatedFile> files = new(StringComparer.Ordinal);
    private readonly List<NameChange> unsyncedNames = [];

    /// <summary>Called before each operation with the file's name; throws to make it fail or to end the process there.
    /// </summary>
    public Action<DiskOperation, string>? Before { get; set; }

    /// <summary>Called before each write with name, offset and bytes: how many of them reach the page cache before
    /// <see cref="StorageFailedException"/>, in whole sectors; null or all of them: the write succeeds.</summary>
    public Func<string, long, int, int>? BytesWritten { get; set; }

    /// <summary>How many times files were synced.</summary>
    public int Syncs { get; private set; }

    public IReadOnlyList<string> ListFiles() => [.. files.Keys.Order(StringComparer.Ordinal)];

    public IStorageFile Create(string name, long bytes)
    {
        Before?.Invoke(DiskOperation.Create, name);
        if (files.ContainsKey(name))
        {
            throw new StorageFailedException($"create {name}: exists");
        }

        var file = new SimulatedFile(bytes);
        Change(new NameChange(name, file));
        return new Handle(this, name, file);
    }

    public IStorageFile Open(string name) => new Handle(this, name, Find(name));

    public void Rename(string from, string to)
    {
        Before?.Invoke(DiskOperation.Rename, from);
        var file = Find(from);
        Change(new NameChange(to, file, from));
    }

    public void Delete(string name)
    {
        Before?.Invoke(DiskOperation.Delete, name);
        Find(name);
        Change(new NameChange(name, null));
    }

    public void SyncDirectory()
    {
        Before?.Invoke(DiskOperation.SyncDirectory, "");
        unsyncedNames.Clear();
    }

    /// <summary>The power fails: each unsynced sector and each unsynced change of a name survives or not.</summary>
    public void PowerLoss(Func<string, int, bool> sectorSurvives, Func<int, bool> nameChangeSurvives)
    {
        var survived = unsyncedNames.Where((_, i) => nameChangeSurvives(i)).ToArray();
        for (var i = unsyncedNames.Count - 1; i >= 0; i--)
        {
            Undo(unsyncedNames[i]);
        }

        unsyncedNames.Clear();
        foreach (var change in survived)
        {
            Redo(change);
        }

        foreach (var (name, file) in files)
        {
            file.Lose(sector => sectorSurvives(name, sector));
        }
    }

    /// <summary>The power fails: everything unsynced survives or not as the dice fall.</summary>
    public void PowerLoss(Random random) => PowerLoss((_, _) => random.Next(2) == 0, _ => random.Next(2) == 0);

    /// <summary>The sectors of a file that were written and not synced, ascending.</summary>
    public IReadOnlyList<int> UnsyncedSectors(string name) => Find(name).UnsyncedSectors;

    /// <summary>The bytes of a file as they are, to be damaged at will.</summary>
    public byte[] Content(string name) => Find(name).Bytes;

    /// <summary>Puts a file there from outside, synced.</summary>
    public void Put(string name, byte[] bytes) => files[name] = new SimulatedFile([.. bytes]);

    /// <summary>Removes a file from outside, synced.</summary>
    public void Remove(string name) => files.Remove(name);

    /// <summary>Another disk with the same synced and unsynced content; failpoints are not copied.</summary>
    public SimulatedDirectory Clone()
    {
        var copies = new Dictionary<SimulatedFile, SimulatedFile>();
        var clone = new SimulatedDirectory();
        foreach (var (name, file) in files)
        {
            clone.files[name] = Copied(file);
        }

        foreach (var change in unsyncedNames)
        {
            clone.unsyncedNames.Add(change with
            {
                File = change.File is null ? null : Copied(change.File),
                Replaced = change.Replaced is null ? null : Copied(change.Replaced),
            });
        }

        return clone;

        SimulatedFile Copied(SimulatedFile file) =>
            copies.TryGetValue(file, out var copy) ? copy : copies[file] = file.Clone();
    }

    private SimulatedFile Find(string name) =>
        files.TryGetValue(name, out var file) ? file : throw new StorageFailedException($"{name}: no such file");

    private void Change(NameChange change)
    {
        unsyncedNames.Add(change with { Replaced = files.GetValueOrDefault(change.Name) });
        Redo(change);
    }

    private void Redo(NameChange change)
    {
        if (change.From is not null)
        {
            files.Remove(change.From);
        }

        if (change.File is null)
        {
            files.Remove(change.Name);
        }
        else
        {
            files[change.Name] = change.File;
        }
    }

    private void Undo(NameChange change)
    {
        files.Remove(change.Name);
        if (change.Replaced is not null)
        {
            files[change.Name] = change.Replaced;
        }

        if (change.From is not null)
        {
            files[change.From] = change.File!;
        }
    }

    private sealed record NameChange(string Name, SimulatedFile? File, string? From = null)
    {
        public SimulatedFile? Replaced { get; init; }
    }

    /// <summary>An open file; several may be open on one.</summary>
    private sealed class Handle(SimulatedDirectory directory, string name, SimulatedFile file) : IStorageFile
    {
        private bool closed;

        public long Length => file.Bytes.Length;

        public void Write(long offset, ReadOnlySpan<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            directory.Before?.Invoke(DiskOperation.Write, name);
            var written = directory.BytesWritten?.Invoke(name, offset, bytes.Length) ?? bytes.Length;
            if (written >= bytes.Length)
            {
                file.Write(offset, bytes);
            }
            else
            {
                // A write that is interrupted ends at a page, or where the disk refused.
                file.Write(offset, bytes[..(written / SectorBytes * SectorBytes)]);
                throw new StorageFailedException($"write {name}: {written} of {bytes.Length} bytes");
            }
        }

        public int Read(long offset, Span<byte> bytes)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            var count = (int)Math.Clamp(file.Bytes.Length - offset, 0, bytes.Length);
            file.Bytes.AsSpan((int)Math.Min(offset, file.Bytes.Length), count).CopyTo(bytes);
            return count;
        }

        public void Sync()
        {
            ObjectDisposedException.ThrowIf(closed, this);
            directory.Before?.Invoke(DiskOperation.Sync, name);
            directory.Syncs++;
            file.Sync();
        }

        public void Dispose() => closed = true;
    }
}
