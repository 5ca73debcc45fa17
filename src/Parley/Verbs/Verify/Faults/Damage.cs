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

/// <summary>What must have been before files are damaged in some way.</summary>
internal enum DamageNeeds
{
    None = 0,

    /// <summary>A copy of the log, and promises made since.</summary>
    OldLog = 1,

    /// <summary>A copy of the state, and promises made since.</summary>
    OldState = 2,

    /// <summary>A copy of the state; then the node was given a snapshot, which lies beside the copy as it did before it
    /// took the place of the state.</summary>
    Install = 3,

    /// <summary>The node was so far behind that it is given a snapshot now: that one is damaged.</summary>
    GivenSnapshot = 4,
}

/// <summary>One way in which files are damaged while a node is off.</summary>
/// <param name="Words">For people.</param>
/// <param name="End">What must become of it.</param>
/// <param name="Do">Does it, to a data directory.</param>
/// <param name="Needs">What must have been before.</param>
internal sealed record Damage(string Words, DamageEnd End, Action<string> Do, DamageNeeds Needs = DamageNeeds.None)
{
    private const string StampName = "stamp";

    /// <summary>Spoilt at a time: the pages of a copy without a free one all count.</summary>
    private const int PageBytes = 4_096;

    /// <summary>Of the first segment: behind its header, in what was synced long ago.</summary>
    private const int EarlyByte = 600;

    /// <summary>Votes and terms stand in the log's stream of records: what damages it damages them.</summary>
    public static IReadOnlyList<Damage> All { get; } =
    [
        new("a bit of the log flipped", DamageEnd.Refused, data => Flip(First(data), EarlyByte)),
        new("the end of the log cut off", DamageEnd.Refused, data => CutInHalf(Last(data))),
        new("a segment of the log gone", DamageEnd.Refused, data => File.Delete(First(data))),
        new("all of the log gone", DamageEnd.Refused, data => Segments(data).ForEach(File.Delete)),
        new("an old copy of the log put back", DamageEnd.Refused, PutBackOldLog, DamageNeeds.OldLog),
        new("the state file overwritten", DamageEnd.Refused, OverwriteState),
        // Until the first checkpoint there is nothing in it.
        new("the state file cut in half", DamageEnd.Either, CutStateInHalf),
        new("the state's write-ahead file gone", DamageEnd.Recovered, data => File.Delete(State(data) + "-wal")),
        new("the state file gone", DamageEnd.Either, RemoveState),
        new("an old copy of the state put back", DamageEnd.Recovered, PutBackOldState, DamageNeeds.OldState),
        new("a bit of the stamp flipped", DamageEnd.Refused, data => Flip(Path.Combine(data, StampName), 10)),
        new("the stamp gone", DamageEnd.Refused, data => File.Delete(Path.Combine(data, StampName))),
        new("snapshots of its own, damaged", DamageEnd.Recovered, LeaveDamagedSnapshots),
        new("an install of a snapshot cut short", DamageEnd.Recovered, PutBackOldState, DamageNeeds.Install),
        new("an install of a damaged snapshot cut short", DamageEnd.Refused, PutBackDamaged, DamageNeeds.Install),
        new("the snapshot it is given damaged", DamageEnd.Recovered, _ => { }, DamageNeeds.GivenSnapshot),
    ];

    /// <summary>A copy of its log that is some promises old.</summary>
    public static string OldLogOf(string data) => $"{data}.old-log";

    /// <summary>A copy of its state, in a folder that may hold more to be put beside it.</summary>
    public static string OldStateOf(string data) => $"{data}.old-state";

    /// <summary>The files of its state.</summary>
    public static IEnumerable<string> StateFiles(string data) =>
        ((string[])["", "-wal", "-shm"]).Select(suffix => State(data) + suffix).Where(File.Exists);

    /// <summary>Overwrites what lies in the middle, and the end, which is sent last.</summary>
    public static void Spoil(string file)
    {
        using var spoilt = new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
        Spoil(spoilt, spoilt.Length / 2 / PageBytes * PageBytes);
        Spoil(spoilt, spoilt.Length - PageBytes);
    }

    private static void Spoil(FileStream spoilt, long place)
    {
        var page = new byte[PageBytes];
        spoilt.Position = place;
        spoilt.ReadExactly(page);
        for (var at = 0; at < page.Length; at++)
        {
            page[at] ^= 0x5a;
        }

        spoilt.Position -= page.Length;
        spoilt.Write(page);
    }

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

    private static void CutStateInHalf(string data)
    {
        File.Delete(State(data) + "-wal");
        CutInHalf(State(data));
    }

    private static void RemoveState(string data)
    {
        foreach (var file in StateFiles(data).ToList())
        {
            File.Delete(file);
        }
    }

    private static void PutBackOldState(string data)
    {
        RemoveState(data);
        foreach (var file in Directory.GetFiles(OldStateOf(data)))
        {
            File.Move(file, Path.Combine(data, Path.GetFileName(file)));
        }

        Directory.Delete(OldStateOf(data));
    }

    private static void PutBackDamaged(string data)
    {
        PutBackOldState(data);
        Spoil(Directory.GetFiles(data, $"{ForcedSnapshot.FetchedPrefix}*").Single());
    }

    // A start uses none of them: what it has in log and state is enough, and these are in the way.
    private static void LeaveDamagedSnapshots(string data)
    {
        foreach (var prefix in (string[])[ForcedSnapshot.MadePrefix, ForcedSnapshot.FetchedPrefix])
        {
            File.WriteAllBytes(Path.Combine(data, $"{prefix}1000000-7.db"), new byte[PageBytes]);
        }
    }
}
