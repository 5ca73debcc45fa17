using System.Buffers.Binary;
using System.Text;
using Parley.Raft;
using Parley.Raft.Storage;
using Parley.Simulation.Disk;

namespace Parley.Fuzz.Targets;

/// <summary>
/// A segment of the log. After a first byte of 0: the file as it is. After any other: records (type, kind, length in
/// two bytes, body), which get the right checksums and places, a first one of the header's type as header; type 255
/// ends a batch. A log that opens reads whole, says the same when it is opened again, and takes an entry more.
/// </summary>
internal sealed class LogTarget : FuzzTarget
{
    private const int SegmentBytes = 4 << 10;
    private const int HeadBytes = 4;
    private const byte AsFile = 0;
    private const byte AsRecords = 1;
    private const byte EndOfBatch = 255;

    private static readonly string FileName = Segment.NameOf(1);
    private static readonly DurableLogOptions Options = new() { SegmentBytes = SegmentBytes };

    private static readonly SnapshotMark Begin = new()
    {
        Index = new LogIndex(0),
        Term = new Term(0),
        TimeUs = 0,
        Membership = new Membership { Members = [new Member(new NodeId(1), true, 0xA1, "127.0.0.1:7501")] },
    };

    private readonly byte[] fresh;
    private readonly byte[] used;

    public LogTarget()
    {
        var disk = new SimulatedDirectory();
        using (Open(disk))
        {
            fresh = disk.Content(FileName).ToArray();
        }

        using (var log = Open(disk))
        {
            log.Append(new HardState(new Term(2), new NodeId(1)), [EntryOf(1, 1, "one"), EntryOf(2, 2, "two")]);
            log.Sync();
            log.Append(null, [EntryOf(3, 2, new string('x', 600))]);
            log.Sync();
            log.CutTo(new LogIndex(1));
            used = disk.Content(FileName).ToArray();
        }
    }

    public override IReadOnlyList<byte[]> Seeds =>
        [[AsFile, .. used], [AsFile, .. fresh], ToRecords(used), ToRecords(fresh)];

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        [EndOfBatch, 0, 0, 0],
        [(byte)LogRecordType.Entry, (byte)EntryKind.Command, 24, 0],
        [(byte)LogRecordType.Entry, (byte)EntryKind.Membership, 40, 0],
        [(byte)LogRecordType.HardState, 0, 12, 0],
        [(byte)LogRecordType.Base, 0, 60, 0],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
    ];

    public override void Check(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var disk = new SimulatedDirectory();
        disk.Put(FileName, input[0] == AsFile ? input[1..] : FromRecords(input.AsSpan(1)));
        Property.Accepts<LogDamagedException>(() => CheckLog(disk));
    }

    private static void CheckLog(SimulatedDirectory disk)
    {
        string said;
        LogIndex last;
        using (var log = Open(disk))
        {
            said = Describe(log);
            last = log.LastIndex;
        }

        using (var log = Open(disk))
        {
            Property.Same(said, Describe(log));
            if (last.Value == long.MaxValue)
            {
                return;
            }

            log.Append(null, [EntryOf(last.Value + 1, 1, "one more")]);
            log.Sync();
            said = Describe(log);
        }

        using (var log = Open(disk))
        {
            Property.Same(said, Describe(log));
        }
    }

    private static DurableLog Open(SimulatedDirectory disk) => DurableLog.Open(disk, Options, Begin);

    private static string Describe(DurableLog log)
    {
        var text = new StringBuilder().Append(log.Base.Index).Append(log.Base.Term).Append(log.HardState);
        text.Append(Convert.ToHexString(MembershipCodec.Encode(log.Membership)));
        foreach (var entry in log.ReadEntries(log.Base.Index.Next, log.LastIndex, int.MaxValue))
        {
            text.Append(entry.Index).Append(entry.Term).Append(entry.Kind).Append(entry.TimeUs)
                .Append(Convert.ToHexString(entry.Payload.Span));
        }

        return text.ToString();
    }

    private static Entry EntryOf(long index, long term, string text) => new()
    {
        Index = new LogIndex(index),
        Term = new Term(term),
        Kind = EntryKind.Command,
        TimeUs = index,
        Payload = Encoding.UTF8.GetBytes(text),
    };

    /// <summary>What <see cref="FromRecords"/> makes this file of.</summary>
    private static byte[] ToRecords(byte[] file)
    {
        var disk = new SimulatedDirectory();
        disk.Put(FileName, file);
        using var opened = disk.Open(FileName);
        var scanner = new SegmentScanner(opened, 1);
        var records = new List<byte> { AsRecords };
        Add(records, (byte)LogRecordType.SegmentHeader, 0, scanner.Header.Encode());
        Add(records, EndOfBatch, 0, []);
        var batch = scanner.Batch;
        scanner.ScanWhole((record, body, _) =>
        {
            if (scanner.Batch != batch)
            {
                batch = scanner.Batch;
                Add(records, EndOfBatch, 0, []);
            }

            Add(records, (byte)record.Type, (byte)record.Kind, body);
        });
        return [.. records];
    }

    private static void Add(List<byte> records, byte type, byte kind, ReadOnlySpan<byte> body)
    {
        records.AddRange([type, kind, (byte)body.Length, (byte)(body.Length >> 8)]);
        records.AddRange(body);
    }

    private byte[] FromRecords(ReadOnlySpan<byte> records)
    {
        var file = new byte[SegmentBytes];
        var batch = new BatchBuffer();
        var (at, number) = (0, 1L);
        if (records.IsEmpty || records[0] != (byte)LogRecordType.SegmentHeader)
        {
            at = 1;
            number = 2;
            fresh.AsSpan(0, LogSector.Bytes).CopyTo(file);
        }

        while (records.Length >= HeadBytes)
        {
            var (type, kind) = (records[0], records[1]);
            var length = Math.Min(
                BinaryPrimitives.ReadUInt16LittleEndian(records[2..]), records.Length - HeadBytes);
            if (type == EndOfBatch)
            {
                at = Seal(batch, file, at, ref number);
            }
            else
            {
                AppendRecord(batch, type, kind, records.Slice(HeadBytes, length));
            }

            records = records[(HeadBytes + length)..];
        }

        Seal(batch, file, at, ref number);
        return file;
    }

    private static void AppendRecord(BatchBuffer batch, byte type, byte kind, ReadOnlySpan<byte> body)
    {
        var record = new byte[LogRecord.HeadBytes + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), body.Length);
        record[8] = type;
        record[9] = kind;
        body.CopyTo(record.AsSpan(LogRecord.HeadBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(record, Checksum.Of(record.AsSpan(4)));
        batch.Append(record);
    }

    /// <summary>Writes it as far as there is room; the sector that the next one begins with.</summary>
    private static int Seal(BatchBuffer batch, byte[] file, int at, ref long number)
    {
        if (batch.IsEmpty)
        {
            return at;
        }

        var chain = 0U;
        var room = Math.Max(0, file.Length - (at * LogSector.Bytes));
        var bytes = batch.Seal(new SectorPlace(1, at), number++, ref chain);
        bytes[..Math.Min(bytes.Length, room)].CopyTo(file.AsSpan(file.Length - room));
        at += batch.Sectors;
        batch.Clear();
        return at;
    }
}
