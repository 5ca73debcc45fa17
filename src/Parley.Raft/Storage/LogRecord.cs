using System.Buffers.Binary;
using System.Globalization;

namespace Parley.Raft.Storage;

/// <summary>What a record of the log is; stored: numbers are never reused.</summary>
internal enum LogRecordType : byte
{
    None = 0,

    /// <summary>A <see cref="SegmentHeader"/>; alone in a segment's first batch.</summary>
    SegmentHeader = 1,

    HardState = 2,

    Entry = 3,

    /// <summary>A <see cref="BaseChange"/>.</summary>
    Base = 4,

    /// <summary>The log goes on in the next segment; alone in a segment's last sector.</summary>
    Closed = 5,
}

/// <summary>
/// The bytes of one record: checksum (4; CRC-32C of all that follows), length of the body (4), type (1), kind of the
/// entry (1), zero (2), body. All numbers are little-endian.
/// </summary>
internal static class LogRecord
{
    public const int HeadBytes = 12;
    public const int EntryFixedBytes = 24;
    public const int HardStateBytes = 12;

    private const int LengthAt = 4;
    private const int TypeAt = 8;
    private const int KindAt = 9;

    public static void AppendEntry(BatchBuffer batch, Entry entry)
    {
        Span<byte> fixedPart = stackalloc byte[HeadBytes + EntryFixedBytes];
        var body = fixedPart[HeadBytes..];
        BinaryPrimitives.WriteInt64LittleEndian(body, entry.Index.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], entry.Term.Value);
        BinaryPrimitives.WriteInt64LittleEndian(body[16..], entry.TimeUs);
        fixedPart[KindAt] = (byte)entry.Kind;
        Append(batch, LogRecordType.Entry, fixedPart, entry.Payload.Span);
    }

    public static void AppendHardState(BatchBuffer batch, HardState hardState)
    {
        Span<byte> record = stackalloc byte[HeadBytes + HardStateBytes];
        BinaryPrimitives.WriteInt64LittleEndian(record[HeadBytes..], hardState.Term.Value);
        BinaryPrimitives.WriteInt32LittleEndian(record[(HeadBytes + 8)..], hardState.VotedFor.Value);
        Append(batch, LogRecordType.HardState, record, []);
    }

    public static void AppendBody(BatchBuffer batch, LogRecordType type, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        Append(batch, type, head, body);
    }

    /// <summary>Length of the body that follows this head; negative when the head says nonsense.</summary>
    public static int BodyLength(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadInt32LittleEndian(head[LengthAt..]);

    /// <summary>Reads the record at the front.</summary>
    /// <returns>null when there is none, or a bad one.</returns>
    public static LogRecordView? Read(ReadOnlySpan<byte> stream)
    {
        if (stream.Length < HeadBytes)
        {
            return null;
        }

        var length = BodyLength(stream);
        if (length < 0 || length > stream.Length - HeadBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(stream)
                != Checksum.Of(stream.Slice(LengthAt, HeadBytes - LengthAt + length)))
        {
            return null;
        }

        return new LogRecordView((LogRecordType)stream[TypeAt], (EntryKind)stream[KindAt], length);
    }

    /// <exception cref="FormatException">The body is too short for one.</exception>
    public static HardState ReadHardState(ReadOnlySpan<byte> body)
    {
        Require(body, HardStateBytes);
        return new HardState(
            new Term(BinaryPrimitives.ReadInt64LittleEndian(body)),
            new NodeId(BinaryPrimitives.ReadInt32LittleEndian(body[8..])));
    }

    /// <exception cref="FormatException">The body is too short for one.</exception>
    public static EntryFacts ReadEntryFacts(EntryKind kind, ReadOnlySpan<byte> body)
    {
        Require(body, EntryFixedBytes);
        return new EntryFacts(
            new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(body)),
            new Term(BinaryPrimitives.ReadInt64LittleEndian(body[8..])),
            kind,
            BinaryPrimitives.ReadInt64LittleEndian(body[16..]));
    }

    /// <exception cref="FormatException">The body is shorter than that.</exception>
    public static void Require(ReadOnlySpan<byte> body, int bytes)
    {
        if (body.Length < bytes)
        {
            throw new FormatException(string.Create(
                CultureInfo.InvariantCulture, $"a record of at least {bytes} bytes expected, {body.Length} found"));
        }
    }

    /// <summary>The kind of an entry whose record was read in two parts; null when its checksum is wrong.</summary>
    public static EntryKind? CheckEntry(ReadOnlySpan<byte> fixedPart, ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.ReadUInt32LittleEndian(fixedPart) == Checksum.Of(fixedPart[LengthAt..], payload)
        && fixedPart[TypeAt] == (byte)LogRecordType.Entry
            ? (EntryKind)fixedPart[KindAt]
            : null;

    private static void Append(
        BatchBuffer batch, LogRecordType type, Span<byte> fixedPart, ReadOnlySpan<byte> rest)
    {
        BinaryPrimitives.WriteInt32LittleEndian(fixedPart[LengthAt..], fixedPart.Length - HeadBytes + rest.Length);
        fixedPart[TypeAt] = (byte)type;
        BinaryPrimitives.WriteUInt32LittleEndian(fixedPart, Checksum.Of(fixedPart[LengthAt..], rest));
        batch.Append(fixedPart);
        batch.Append(rest);
    }
}

/// <summary>What a record's head says; its body follows the head.</summary>
internal readonly record struct LogRecordView(LogRecordType Type, EntryKind Kind, int BodyLength);

/// <summary>An entry without its payload.</summary>
internal readonly record struct EntryFacts(LogIndex Index, Term Term, EntryKind Kind, long TimeUs);
