using System.Globalization;

namespace Parley.Raft.Storage;

/// <summary>An open segment file.</summary>
internal sealed class Segment(long number, int sectors, IStorageFile file)
{
    private const string Suffix = ".log";
    private const int NumberDigits = 16;

    public long Number => number;

    public int Sectors => sectors;

    public IStorageFile File => file;

    /// <summary>Sectors that hold batches; the writer's alone.</summary>
    public int End { get; set; }

    /// <summary>Batches may reach up to here: the last sector is kept for <see cref="LogRecordType.Closed"/>.</summary>
    public int Limit => sectors - 1;

    /// <summary>Readers at work; guarded by the log's lock, as is <see cref="IsRemoved"/>.</summary>
    public int Readers { get; set; }

    /// <summary>Its name is gone; the last reader closes the file.</summary>
    public bool IsRemoved { get; set; }

    public static string NameOf(long number) => number.ToString("D16", CultureInfo.InvariantCulture) + Suffix;

    /// <summary>Null when a file of this name is no segment.</summary>
    public static long? NumberOf(string name) =>
        name.Length == NumberDigits + Suffix.Length
        && name.EndsWith(Suffix, StringComparison.Ordinal)
        && long.TryParse(
            name.AsSpan(0, NumberDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number > 0
            ? number
            : null;
}
