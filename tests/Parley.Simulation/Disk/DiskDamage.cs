using Parley.Simulation.Time;

namespace Parley.Simulation.Disk;

/// <summary>What disks do to old data: bits flip where nothing was written for long.</summary>
internal static class DiskDamage
{
    private const int AttemptsMax = 20;
    private const int RecentBytes = 4_096;

    /// <summary>Flips a bit of a byte that was written and synced; false when no such byte was found.</summary>
    public static bool TryFlip(SimulatedDirectory disk, SeededRandom random)
    {
        var names = disk.ListFiles();
        if (names.Count == 0)
        {
            return false;
        }

        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            var name = random.Pick(names);
            var bytes = disk.Content(name);
            var at = bytes.Length == 0 ? 0 : random.Between(0, bytes.Length - 1);
            if (bytes.Length > 0 && attempt % 2 == 0)
            {
                // What was written last is what is read again.
                at = Math.Max(0, bytes.AsSpan().LastIndexOfAnyExcept((byte)0) - random.Between(0, RecentBytes));
            }

            if (bytes.Length > 0 && bytes[at] != 0
                && !disk.UnsyncedSectors(name).Contains(at / SimulatedDirectory.SectorBytes))
            {
                bytes[at] ^= (byte)(1 << random.Between(0, 7));
                return true;
            }
        }

        return false;
    }
}
