namespace Parley.Raft.Storage;

/// <summary>
/// The segment files of an open log: writes batches to the last one, begins the next, removes old ones. One writer;
/// <see cref="Find"/> and <see cref="RemoveBelow"/> under the log's lock as told.
/// </summary>
internal sealed class LogFiles : IDisposable
{
    private const string NextName = "next.tmp";

    private readonly IStorageDirectory files;
    private readonly int segmentSectors;
    private readonly BatchBuffer ownBatch = new();
    private Segment[] segments = [];
    private long batch;
    private uint chain;
    private bool nextIsPrepared;

    public LogFiles(IStorageDirectory files, DurableLogOptions options)
    {
        this.files = files;
        segmentSectors = Math.Max(2, options.SegmentBytes / LogSector.Bytes);
        if (files.ListFiles().Contains(NextName, StringComparer.Ordinal))
        {
            files.Delete(NextName);
        }
    }

    public long BytesOnDisk => segments.Sum(segment => (long)segment.Sectors * LogSector.Bytes);

    public Segment Active => segments[^1];

    /// <summary>Begins a log.</summary>
    public void CreateFirst(LogState state) => Begin(number: 1, previous: null, state, batchSectors: 0);

    /// <summary>Goes on where another process ended, and makes sure that what it wrote last is on disk.</summary>
    public void GoOn(RecoveredLog recovered)
    {
        segments = [.. recovered.Segments];
        batch = recovered.Last.Batch;
        chain = recovered.Last.Chain;
        files.SyncDirectory();
        if (segments.Length > 1)
        {
            // Also where it reads as closed: that may be the page cache, as with the last batch below.
            Close(segments[^2], recovered.Last.Header.PreviousBatch + 1);
        }

        // The last batch may be in the page cache alone, clean there after a sync that failed: written again, it is
        // synced by a sync that can be believed.
        Active.File.Write((long)recovered.Last.LastBatchStart * LogSector.Bytes, recovered.Last.ReadLastBatch());
        Active.File.Sync();

        // It may be what says where the log begins: only now are the files before that not needed any more.
        DeleteObsolete(recovered.Obsolete);
        if (recovered.IsTorn)
        {
            // What lies behind the end is never written to again: a zero sector shall mean "not written".
            Begin(Active.Number + 1, Active, recovered.State, batchSectors: 0);
        }
    }

    /// <summary>Writes and syncs one batch, in a new segment when it does not fit.</summary>
    /// <param name="content">The batch.</param>
    /// <param name="before">What the log adds up to without it.</param>
    /// <returns>The offset in <see cref="Active"/> that it begins at.</returns>
    public int Write(BatchBuffer content, LogState before)
    {
        if (content.Sectors > Active.Limit - Active.End)
        {
            Begin(Active.Number + 1, Active, before, content.Sectors);
        }

        var first = Active.End;
        WriteBatch(Active, content);
        PrepareNext();
        return first * LogSector.Bytes;
    }

    /// <summary>Under the log's lock: counts a reader in, which must be given back.</summary>
    public Segment Find(long number)
    {
        var segment = segments[(int)(number - segments[0].Number)];
        segment.Readers++;
        return segment;
    }

    /// <summary>Under the log's lock.</summary>
    public static void GiveBack(Segment segment)
    {
        segment.Readers--;
        if (segment is { Readers: 0, IsRemoved: true })
        {
            segment.File.Dispose();
        }
    }

    /// <summary>Under the log's lock: forgets segments; their files are then to be deleted by <see cref="Delete"/>.
    /// </summary>
    public IReadOnlyList<Segment> RemoveBelow(long number)
    {
        var removed = segments.Where(segment => segment.Number < number).ToArray();
        segments = segments[removed.Length..];
        foreach (var segment in removed)
        {
            segment.IsRemoved = true;
            if (segment.Readers == 0)
            {
                segment.File.Dispose();
            }
        }

        return removed;
    }

    public void Delete(IReadOnlyList<Segment> removed) =>
        DeleteObsolete([.. removed.Select(segment => Segment.NameOf(segment.Number))]);

    public void Dispose()
    {
        foreach (var segment in segments)
        {
            segment.File.Dispose();
        }
    }

    /// <summary>A segment gets its name when its header is on disk, so one with a name has a header. Only then is its
    /// predecessor closed, and only after that is anything else written to it.</summary>
    private void Begin(long number, Segment? previous, LogState state, int batchSectors)
    {
        var header = new SegmentHeader
        {
            Number = number,
            Sectors = 0,
            PreviousEnd = previous?.End ?? 0,
            PreviousBatch = batch,
            PreviousChain = chain,
            FirstSegment = state.FirstSegment,
            HardState = state.HardState,
            LastIndex = state.LastIndex,
            Base = state.Base,
        };
        LogRecord.AppendBody(ownBatch, LogRecordType.SegmentHeader, header.Encode());
        var sectors = Math.Max(segmentSectors, ownBatch.Sectors + batchSectors + 1);
        ownBatch.Clear();

        var segment = new Segment(number, sectors, files.Create(NextName, (long)sectors * LogSector.Bytes));
        nextIsPrepared = false;
        LogRecord.AppendBody(ownBatch, LogRecordType.SegmentHeader, (header with { Sectors = sectors }).Encode());
        WriteBatch(segment, ownBatch);
        ownBatch.Clear();
        files.Rename(NextName, Segment.NameOf(number));
        files.SyncDirectory();
        if (previous is not null)
        {
            Close(previous, batch);
        }

        segments = [.. segments, segment];
    }

    private void DeleteObsolete(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            files.Delete(name);
        }

        files.SyncDirectory();
    }

    private void Close(Segment segment, long nextBatch)
    {
        LogRecord.AppendBody(ownBatch, LogRecordType.Closed, []);
        uint noChain = 0;
        var bytes = ownBatch.Seal(new SectorPlace(segment.Number, segment.Limit), nextBatch, ref noChain);
        segment.File.Write((long)segment.Limit * LogSector.Bytes, bytes);
        ownBatch.Clear();
        segment.File.Sync();
    }

    private void WriteBatch(Segment segment, BatchBuffer content)
    {
        batch++;
        var bytes = content.Seal(new SectorPlace(segment.Number, segment.End), batch, ref chain);
        segment.File.Write((long)segment.End * LogSector.Bytes, bytes);
        segment.File.Sync();
        segment.End += content.Sectors;
    }

    /// <summary>Half a segment ahead of need: never in the middle of a hot batch.</summary>
    private void PrepareNext()
    {
        if (!nextIsPrepared && Active.End > Active.Sectors / 2)
        {
            files.Prepare(NextName, (long)segmentSectors * LogSector.Bytes);
            nextIsPrepared = true;
        }
    }
}
