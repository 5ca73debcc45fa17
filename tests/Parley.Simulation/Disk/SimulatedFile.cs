namespace Parley.Simulation.Disk;

/// <summary>The bytes of a file of a <see cref="SimulatedDirectory"/>, and what its unsynced sectors held before.
/// </summary>
internal sealed class SimulatedFile
{
    private const int SectorBytes = SimulatedDirectory.SectorBytes;

    private readonly SortedDictionary<int, byte[]> syncedSectors = [];

    public SimulatedFile(long bytes) => Bytes = new byte[bytes];

    public SimulatedFile(byte[] bytes) => Bytes = bytes;

    public byte[] Bytes { get; private set; }

    public IReadOnlyList<int> UnsyncedSectors => [.. syncedSectors.Keys];

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset + bytes.Length > Bytes.Length)
        {
            var longer = new byte[offset + bytes.Length];
            Bytes.CopyTo(longer, 0);
            Bytes = longer;
        }

        for (var sector = (int)(offset / SectorBytes); (long)sector * SectorBytes < offset + bytes.Length; sector++)
        {
            syncedSectors.TryAdd(sector, SectorAt(sector).ToArray());
        }

        bytes.CopyTo(Bytes.AsSpan((int)offset));
    }

    public void Sync() => syncedSectors.Clear();

    public void Lose(Func<int, bool> survives)
    {
        foreach (var (sector, synced) in syncedSectors)
        {
            if (!survives(sector))
            {
                synced.CopyTo(SectorAt(sector));
            }
        }

        syncedSectors.Clear();
    }

    public SimulatedFile Clone()
    {
        var clone = new SimulatedFile([.. Bytes]);
        foreach (var (sector, synced) in syncedSectors)
        {
            clone.syncedSectors[sector] = synced;
        }

        return clone;
    }

    private Span<byte> SectorAt(int sector)
    {
        var start = sector * SectorBytes;
        return Bytes.AsSpan(start, Math.Min(SectorBytes, Bytes.Length - start));
    }
}
