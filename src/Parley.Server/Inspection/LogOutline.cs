using System.Globalization;
using Parley.Raft.Storage;

namespace Parley.Server.Inspection;

/// <summary>What is in a node's log, without what anybody said or who it was: a line a segment, and the last records'
/// heads. The node may run.</summary>
internal sealed class LogOutline
{
    private readonly Queue<string> heads = [];
    private readonly SortedDictionary<long, SegmentTally> segments = [];
    private readonly int headsMax;
    private readonly LogDump dump;
    private long leftOut;
    private string hardState = "none";

    private LogOutline(int headsMax)
    {
        this.headsMax = headsMax;
        dump = new LogDump(new LogDumpOptions(1, long.MaxValue, ShowTexts: false, OnlyKinds: true), Keep);
    }

    /// <summary>Lines about the segments; the last says how the log ends.</summary>
    public IReadOnlyList<string> Segments { get; private set; } = [];

    /// <summary>The last records, in the order they were written.</summary>
    public IReadOnlyList<string> Heads =>
        [Say($"{leftOut} earlier records are left out"), .. heads];

    /// <param name="dataDirectory">The node's.</param>
    /// <param name="headsMax">How many records' heads are kept.</param>
    /// <exception cref="DataDirectoryRefusedException">There is no log.</exception>
    public static LogOutline Of(string dataDirectory, int headsMax)
    {
        var folder = LogDump.FolderOf(dataDirectory);
        var outline = new LogOutline(headsMax);
        var end = "read whole";
        try
        {
            PosixLogInspection.Visit(folder, outline.Take);
        }
        catch (Exception damage) when (damage is LogDamagedException or StorageFailedException or FormatException)
        {
            end = damage.Message; // What comes before it is worth as much.
        }

        outline.Segments =
        [
            .. outline.segments.Select(segment => segment.Value.Describe(segment.Key, folder)),
            $"hard state: {outline.hardState}",
            end,
        ];
        return outline;
    }

    private void Take(LogPlace place, LogRecordView record, ReadOnlySpan<byte> body)
    {
        dump.Show(place, record, body);
        if (!segments.TryGetValue(place.Segment, out var tally))
        {
            segments[place.Segment] = tally = new SegmentTally();
        }

        tally.Records++;
        if (record.Type == LogRecordType.Entry)
        {
            var entry = LogRecord.ReadEntryFacts(record.Kind, body);
            tally.First ??= entry;
            tally.Last = entry;
        }
        else if (record.Type == LogRecordType.HardState)
        {
            var read = LogRecord.ReadHardState(body);
            hardState = Say($"term {read.Term.Value}, voted for {read.VotedFor.Value}");
        }
    }

    private void Keep(string line)
    {
        heads.Enqueue(line);
        if (heads.Count > headsMax)
        {
            heads.Dequeue();
            leftOut++;
        }
    }

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class SegmentTally
    {
        public long Records { get; set; }

        public EntryFacts? First { get; set; }

        public EntryFacts? Last { get; set; }

        public string Describe(long number, string folder)
        {
            var name = Segment.NameOf(number);
            var file = new FileInfo(Path.Combine(folder, name));
            var length = file.Exists ? Say($"{file.Length} bytes") : "gone by now";
            return First is { } first && Last is { } last
                ? Say($"{name}  {length}, {Records} records, entries {first.Index} of term {first.Term.Value} to ")
                    + Say($"{last.Index} of term {last.Term.Value}")
                : Say($"{name}  {length}, {Records} records, no entries");
        }
    }
}
