namespace Parley.Raft.Storage;

/// <summary>Reads a log as the last process left it.</summary>
internal sealed class LogRecovery
{
    private readonly IStorageDirectory files;
    private readonly List<long> numbers;
    private readonly List<Segment> segments = [];

    private LogRecovery(IStorageDirectory files, List<long> numbers)
    {
        this.files = files;
        this.numbers = numbers;
    }

    /// <summary>Null when there is no log yet.</summary>
    /// <exception cref="LogDamagedException">It is damaged.</exception>
    public static RecoveredLog? Recover(IStorageDirectory files)
    {
        var found = files.ListFiles().Select(Segment.NumberOf).OfType<long>().Order().ToList();
        return found.Count == 0 ? null : new LogRecovery(files, found).Recover();
    }

    private RecoveredLog Recover()
    {
        try
        {
            return RecoverSegments();
        }
        catch
        {
            segments.ForEach(segment => segment.File.Dispose());
            throw;
        }
    }

    private RecoveredLog RecoverSegments()
    {
        // What was cut away must not be missed, what was not must not be missing: the last segment knows.
        var first = FindFirstSegment();
        var last = numbers[^1];
        if (first < 1 || first > last)
        {
            throw LogDamage.At(Segment.NameOf(last), 0, $"it says that the log begins with segment {first}");
        }

        for (var number = first; number <= last; number++)
        {
            if (!numbers.Contains(number))
            {
                throw LogDamage.At(Segment.NameOf(number), 0, "the file is missing");
            }
        }

        var scanners = OpenScanners(first, last);
        var state = new LogState(
            scanners[0].Header.Base,
            scanners[0].Header.LastIndex,
            scanners[0].Header.HardState,
            scanners[0].Header.FirstSegment);
        for (var i = 0; i + 1 < scanners.Count; i++)
        {
            scanners[i].ScanTo(scanners[i + 1].Header, VisitorOf(state, first + i));
        }

        var isTorn = scanners[^1].ScanLast(VisitorOf(state, last));
        if (!state.Settle())
        {
            throw LogDamage.At(Segment.NameOf(first), 0, $"it does not reach back to the base {state.Base.Index}");
        }

        CheckClosings(scanners);
        for (var i = 0; i < segments.Count; i++)
        {
            segments[i].End = scanners[i].End;
        }

        return new RecoveredLog
        {
            State = state,
            Segments = segments,
            Last = scanners[^1],
            IsTorn = isTorn,
            Obsolete = [.. numbers.Where(number => number < first).Select(Segment.NameOf)],
        };
    }

    private long FindFirstSegment()
    {
        using var file = files.Open(Segment.NameOf(numbers[^1]));
        var scanner = new SegmentScanner(file, numbers[^1]);
        var first = scanner.Header.FirstSegment;
        scanner.ScanLast((record, body, _) =>
            first = record.Type == LogRecordType.Base ? BaseChange.Decode(body).FirstSegment : first);
        return first;
    }

    private List<SegmentScanner> OpenScanners(long first, long last)
    {
        var scanners = new List<SegmentScanner>();
        for (var number = first; number <= last; number++)
        {
            var file = files.Open(Segment.NameOf(number));
            try
            {
                scanners.Add(new SegmentScanner(file, number));
            }
            catch
            {
                file.Dispose();
                throw;
            }

            segments.Add(new Segment(number, scanners[^1].Sectors, file));
        }

        return scanners;
    }

    private static SegmentScanner.RecordVisitor VisitorOf(LogState state, long segment) => (record, body, offset) =>
    {
        switch (record.Type)
        {
            case LogRecordType.HardState:
                state.HardState = LogRecord.ReadHardState(body);
                break;
            case LogRecordType.Entry:
                AddEntry(state, record.Kind, body, new EntryPlace(segment, offset));
                break;
            case LogRecordType.Base:
                ChangeBase(state, BaseChange.Decode(body), new EntryPlace(segment, offset));
                break;
            default:
                throw LogDamage.At(
                    Segment.NameOf(segment), offset, $"a record of the unknown type {(byte)record.Type}");
        }
    };

    private static void AddEntry(LogState state, EntryKind kind, ReadOnlySpan<byte> body, EntryPlace place)
    {
        var entry = LogRecord.ReadEntryFacts(kind, body);
        if (entry.Index > state.LastIndex.Next)
        {
            throw LogDamage.At(
                Segment.NameOf(place.Segment), place.Offset, $"entry {entry.Index} after {state.LastIndex}");
        }

        var membership = kind == EntryKind.Membership
            ? MembershipCodec.Decode(body[LogRecord.EntryFixedBytes..])
            : null;
        state.Entries.Add(entry, membership, place);
    }

    private static void ChangeBase(LogState state, BaseChange change, EntryPlace place)
    {
        if (change.KeepsEntries && change.Mark.Index > state.LastIndex)
        {
            throw LogDamage.At(
                Segment.NameOf(place.Segment), place.Offset, $"base {change.Mark.Index} after {state.LastIndex}");
        }

        state.Apply(change);
    }

    /// <summary>All but the last two must say that they are closed, and the last but one too once its successor was
    /// used: else a next segment could get lost without a trace.</summary>
    private static void CheckClosings(List<SegmentScanner> scanners)
    {
        for (var i = 0; i + 1 < scanners.Count; i++)
        {
            var successorWasUsed = i + 2 < scanners.Count || scanners[i + 1].LastBatchStart > 0;
            if (!scanners[i].IsClosed() && successorWasUsed)
            {
                throw LogDamage.At(
                    Segment.NameOf(scanners[i].Header.Number),
                    (scanners[i].Sectors - 1) * LogSector.Bytes,
                    "the closing sector is missing");
            }
        }
    }
}

/// <summary>What <see cref="LogRecovery"/> found.</summary>
internal sealed record RecoveredLog
{
    public required LogState State { get; init; }

    /// <summary>Ascending, open.</summary>
    public required List<Segment> Segments { get; init; }

    /// <summary>The last segment as read.</summary>
    public required SegmentScanner Last { get; init; }

    /// <summary>An unsynced batch follows the last whole one.</summary>
    public required bool IsTorn { get; init; }

    /// <summary>Files of segments that were cut away and are still there.</summary>
    public required IReadOnlyList<string> Obsolete { get; init; }
}
