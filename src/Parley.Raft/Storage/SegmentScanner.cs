using System.Diagnostics.CodeAnalysis;

namespace Parley.Raft.Storage;

/// <summary>
/// Reads a segment from its first sector on, proves every sector, and tells an unsynced tail from damage by the rule of
/// docs/log-format.md.
/// </summary>
internal sealed class SegmentScanner
{
    private const int TailSectors = 2048;

    private readonly string name;
    private readonly long number;
    private readonly IStorageFile file;
    private readonly int sectors;
    private byte[] buffer = new byte[64 << 10];
    private byte[] stream = [];
    private int at;
    private long batch;
    private uint chain;

    /// <summary>Reads the header.</summary>
    /// <exception cref="LogDamagedException">It is not what a segment of this name begins with.</exception>
    public SegmentScanner(IStorageFile file, long number)
    {
        this.file = file;
        this.number = number;
        name = Segment.NameOf(number);
        var length = file.Length;
        if (length % LogSector.Bytes != 0 || length < 2 * LogSector.Bytes || length > int.MaxValue)
        {
            Damaged(0, $"{length} bytes long: cut short or not a segment");
        }

        sectors = (int)(length / LogSector.Bytes);
        Header = ReadHeader();
    }

    public delegate void RecordVisitor(LogRecordView record, ReadOnlySpan<byte> body, int offset);

    public SegmentHeader Header { get; }

    public int Sectors => sectors;

    /// <summary>Sectors that hold whole batches, as read so far.</summary>
    public int End => at;

    /// <summary>The number of the last whole batch.</summary>
    public long Batch => batch;

    public uint Chain => chain;

    /// <summary>Where the last whole batch begins.</summary>
    public int LastBatchStart { get; private set; }

    /// <summary>Reads a segment that has a next one, which says how this one ended.</summary>
    public void ScanTo(SegmentHeader next, RecordVisitor visit)
    {
        while (at < next.PreviousEnd && ReadBatch(next.PreviousEnd))
        {
            VisitBatch(visit);
        }

        if (at != next.PreviousEnd)
        {
            Damaged(at, $"a bad record before the end that {Segment.NameOf(next.Number)} tells");
        }

        if (batch != next.PreviousBatch || chain != next.PreviousChain)
        {
            Damaged(at, $"{Segment.NameOf(next.Number)} does not follow it: one of them was exchanged");
        }
    }

    /// <summary>Reads the last segment.</summary>
    /// <returns>Whether there is an unsynced tail behind the last whole batch.</returns>
    public bool ScanLast(RecordVisitor visit)
    {
        while (at < sectors - 1 && ReadBatch(sectors - 1))
        {
            VisitBatch(visit);
        }

        if (IsClosed())
        {
            Damaged(sectors - 1, $"the log goes on in {Segment.NameOf(number + 1)}, which is missing");
        }

        return HasTornTail();
    }

    /// <summary>Reads the whole batches of a segment that may be written to meanwhile; says nothing of what comes
    /// behind them.</summary>
    public void ScanWhole(RecordVisitor visit)
    {
        while (at < sectors - 1 && ReadBatch(sectors - 1))
        {
            VisitBatch(visit);
        }
    }

    /// <summary>Whether the segment's last sector says that there is a next one.</summary>
    public bool IsClosed()
    {
        ReadSectors(sectors - 1, 1);
        var sector = buffer.AsSpan(0, LogSector.Bytes);
        if (LogSector.IsZero(sector))
        {
            return false;
        }

        if (LogSector.Read(sector, new SectorPlace(number, sectors - 1)) is null)
        {
            Damaged(sectors - 1, "the closing sector is bad");
        }

        return true;
    }

    /// <summary>The last whole batch as it was written.</summary>
    public ReadOnlySpan<byte> ReadLastBatch()
    {
        ReadSectors(LastBatchStart, at - LastBatchStart);
        return buffer.AsSpan(0, (at - LastBatchStart) * LogSector.Bytes);
    }

    private SegmentHeader ReadHeader()
    {
        ReadSectors(0, 1);
        batch = (LogSector.Read(buffer, new SectorPlace(number, 0))?.Batch ?? 0) - 1;
        if (batch < 0 || !ReadBatch(sectors - 1))
        {
            Damaged(0, "the segment's header is bad");
        }

        SegmentHeader? header = null;
        VisitBatch((record, body, _) => header =
            record.Type == LogRecordType.SegmentHeader ? SegmentHeader.Decode(body) : null);
        if (header is null || header.Number != number || header.Sectors != sectors
            || header.PreviousBatch + 1 != batch)
        {
            Damaged(0, "the segment's header is of another file");
        }

        // The chain was begun before it was known where the segment before had left it.
        chain = header.PreviousChain;
        ReadSectors(0, at);
        Link(at);
        return header;
    }

    /// <summary>Reads the batch that begins here into the buffer; false when it is not whole.</summary>
    private bool ReadBatch(int limit)
    {
        ReadSectors(at, 1);
        if (LogSector.Read(buffer, new SectorPlace(number, at)) is not { Ordinal: 0 } head
            || head.Batch != batch + 1 || head.Count > limit - at)
        {
            return false;
        }

        ReadSectors(at, head.Count);
        for (var i = 0; i < head.Count; i++)
        {
            var sector = buffer.AsSpan(i * LogSector.Bytes, LogSector.Bytes);
            if (LogSector.Read(sector, new SectorPlace(number, at + i)) != head with { Ordinal = i })
            {
                return false;
            }
        }

        LastBatchStart = at;
        at += head.Count;
        batch++;
        Link(head.Count);
        return true;
    }

    private void Link(int count)
    {
        for (var i = 0; i < count; i++)
        {
            chain = Checksum.Chain(chain, LogSector.Sum(buffer.AsSpan(i * LogSector.Bytes)));
        }
    }

    private void VisitBatch(RecordVisitor visit)
    {
        var count = at - LastBatchStart;
        if (stream.Length < count * LogSector.BodyBytes)
        {
            stream = new byte[count * LogSector.BodyBytes];
        }

        for (var i = 0; i < count; i++)
        {
            LogSector.Body(buffer.AsSpan(i * LogSector.Bytes)).CopyTo(stream.AsSpan(i * LogSector.BodyBytes));
        }

        var rest = stream.AsSpan(0, count * LogSector.BodyBytes);
        while (!LogSector.IsZero(rest))
        {
            var offset = (LastBatchStart * LogSector.Bytes)
                + LogSector.PlaceOf((count * LogSector.BodyBytes) - rest.Length);
            var record = LogRecord.Read(rest)
                ?? throw LogDamage.At(name, offset, "a bad record in a sound batch");

            Visit(visit, record, rest.Slice(LogRecord.HeadBytes, record.BodyLength), offset);
            rest = rest[(LogRecord.HeadBytes + record.BodyLength)..];
        }
    }

    /// <summary>A sound record of another form than its type has is damage too.</summary>
    private void Visit(RecordVisitor visit, LogRecordView record, ReadOnlySpan<byte> body, int offset)
    {
        try
        {
            visit(record, body, offset);
        }
        catch (FormatException e)
        {
            throw LogDamage.At(name, offset, e.Message);
        }
    }

    /// <summary>All behind the last whole batch is either unwritten or part of one batch, the next, that is not whole;
    /// anything else is damage.</summary>
    private bool HasTornTail()
    {
        var count = 0;
        for (var first = at; first < sectors - 1; first += TailSectors)
        {
            var chunk = Math.Min(TailSectors, sectors - 1 - first);
            ReadSectors(first, chunk);
            if (LogSector.IsZero(buffer.AsSpan(0, chunk * LogSector.Bytes)))
            {
                continue;
            }

            for (var i = 0; i < chunk; i++)
            {
                CheckTailSector(first + i, buffer.AsSpan(i * LogSector.Bytes, LogSector.Bytes), ref count);
            }
        }

        return count > 0;
    }

    private void CheckTailSector(int sector, ReadOnlySpan<byte> bytes, ref int count)
    {
        if (LogSector.IsZero(bytes))
        {
            return;
        }

        var head = LogSector.Read(bytes, new SectorPlace(number, sector))
            ?? throw LogDamage.At(name, sector * LogSector.Bytes, "a bad sector that is no unwritten one");

        if (head.Batch != batch + 1)
        {
            Damaged(at, $"batch {batch + 1} is missing or bad, and batch {head.Batch} comes after it");
        }

        if (head.Ordinal != sector - at || head.Count > sectors - 1 - at || (count != 0 && head.Count != count))
        {
            Damaged(sector, "a sector that does not belong here");
        }

        count = head.Count;
    }

    private void ReadSectors(int first, int count)
    {
        if (buffer.Length < count * LogSector.Bytes)
        {
            buffer = new byte[Math.Max(count, TailSectors) * LogSector.Bytes];
        }

        var bytes = buffer.AsSpan(0, count * LogSector.Bytes);
        if (file.Read((long)first * LogSector.Bytes, bytes) != bytes.Length)
        {
            Damaged(first, "the file ends too early");
        }
    }

    [DoesNotReturn]
    private void Damaged(int sector, string what) => throw LogDamage.At(name, sector * LogSector.Bytes, what);
}

/// <summary>Words for a log that must not be used.</summary>
internal static class LogDamage
{
    public static LogDamagedException At(string file, int offset, string what) => new(
        $"log damaged: {file}, offset {offset}: {what}. Nothing of this log is used: what it had promised may be "
        + "gone. What to do: keep the data directory for a look, start the node with an empty one, and replace the "
        + "node in the cluster: parley cluster replace --id ID");
}
