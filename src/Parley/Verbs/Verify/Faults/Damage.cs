namespace Parley.Verbs.Verify.Faults;

/// <summary>What must become of a node that starts on damaged files.</summary>
internal enum DamageEnd
{
    None = 0,

    /// <summary>It refuses to start, with its own exit code and a sentence.</summary>
    Refused = 1,

    /// <summary>It serves: what is missing is in its log.</summary>
    Recovered = 2,

    /// <summary>One or the other: it depends on how far the log was cut.</summary>
    Either = 3,
}

/// <summary>One way in which files are damaged while a node is off.</summary>
/// <param name="Words">For people.</param>
/// <param name="End">What must become of it.</param>
/// <param name="Do">Does it, to a data directory.</param>
internal sealed record Damage(string Words, DamageEnd End, Action<string> Do)
{
    /// <summary>Of the first segment: behind its header, in what was synced long ago.</summary>
    private const int EarlyByte = 600;

    /// <summary>Votes and terms stand in the log's stream of records: what damages it damages them.</summary>
    public static IReadOnlyList<Damage> All { get; } =
    [
        new("a bit of the log flipped", DamageEnd.Refused, data => Flip(First(data), EarlyByte)),
        new("the end of the log cut off", DamageEnd.Refused, data => CutInHalf(Last(data))),
        new("a segment of the log gone", DamageEnd.Refused, data => File.Delete(First(data))),
        new("an old copy of the log put back", DamageEnd.Refused, PutBackOldLog),
        new("the state file overwritten", DamageEnd.Refused, OverwriteState),
        new("the state's write-ahead file gone", DamageEnd.Recovered, data => File.Delete(State(data) + "-wal")),
        new("the state file gone", DamageEnd.Either, RemoveState),
        new("a bit of the stamp flipped", DamageEnd.Refused, data => Flip(Path.Combine(data, "stamp"), 10)),
    ];

    /// <summary>It begins with a copy of the log that is some promises old, at <see cref="OldLogOf"/>.</summary>
    public bool NeedsOldLog => Do == PutBackOldLog;

    public static string OldLogOf(string data) => $"{data}.old-log";

    private static string LogOf(string data) => Path.Combine(data, "log");

    private static string State(string data) => Path.Combine(data, "state.db");

    private static string First(string data) => Segments(data)[0];

    private static string Last(string data) => Segments(data)[^1];

    private static List<string> Segments(string data) =>
        [.. Directory.GetFiles(LogOf(data), "*.log").Order(StringComparer.Ordinal)];

    private static void Flip(string file, int place)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[Math.Min(place, bytes.Length - 1)] ^= 0x10;
        File.WriteAllBytes(file, bytes);
    }

    private static void CutInHalf(string file)
    {
        using var cut = new FileStream(file, FileMode.Open, FileAccess.Write);
        cut.SetLength(cut.Length / 2);
    }

    private static void PutBackOldLog(string data)
    {
        Directory.Delete(LogOf(data), recursive: true);
        Directory.Move(OldLogOf(data), LogOf(data));
    }

    // With its write-ahead file, whose pages would stand in for those that are damaged.
    private static void OverwriteState(string data)
    {
        File.Delete(State(data) + "-wal");
        var bytes = File.ReadAllBytes(State(data));
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x5a;
        }

        File.WriteAllBytes(State(data), bytes);
    }

    private static void RemoveState(string data)
    {
        foreach (var file in (string[])["", "-wal", "-shm"])
        {
            File.Delete(State(data) + file);
        }
    }
}
