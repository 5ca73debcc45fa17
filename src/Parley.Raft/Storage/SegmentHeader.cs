using System.Buffers.Binary;

namespace Parley.Raft.Storage;

/// <summary>
/// A segment's first record: how the segment before it ended, and all that is needed to recover from here on without
/// that one.
/// </summary>
internal sealed record SegmentHeader
{
    private const ulong Magic = 0x474F4C59454C5250; // "PRLEYLOG"
    private const uint Version = 1;
    private const int FixedBytes = 72;

    /// <summary>Counts the segments, from 1; also its file's name.</summary>
    public required long Number { get; init; }

    /// <summary>The file's length in sectors.</summary>
    public required int Sectors { get; init; }

    /// <summary>Sectors of the segment before that hold batches; what comes behind them there is void.</summary>
    public required int PreviousEnd { get; init; }

    /// <summary>The last batch of the segment before; 0 in the first segment.</summary>
    public required long PreviousBatch { get; init; }

    /// <summary>The chained checksum up to that batch.</summary>
    public required uint PreviousChain { get; init; }

    /// <summary>Segments below this one were to be removed when this segment was made.</summary>
    public required long FirstSegment { get; init; }

    public required HardState HardState { get; init; }

    /// <summary>The last entry before this segment.</summary>
    public required LogIndex LastIndex { get; init; }

    public required SnapshotMark Base { get; init; }

    public byte[] Encode()
    {
        var mark = MembershipCodec.Encode(Base);
        var bytes = new byte[FixedBytes + mark.Length];
        var at = bytes.AsSpan();
        BinaryPrimitives.WriteUInt64LittleEndian(at, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(at[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(at[12..], Sectors);
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(at[24..], PreviousEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(at[28..], PreviousChain);
        BinaryPrimitives.WriteInt64LittleEndian(at[32..], PreviousBatch);
        BinaryPrimitives.WriteInt64LittleEndian(at[40..], FirstSegment);
        BinaryPrimitives.WriteInt64LittleEndian(at[48..], HardState.Term.Value);
        BinaryPrimitives.WriteInt32LittleEndian(at[56..], HardState.VotedFor.Value);
        BinaryPrimitives.WriteInt64LittleEndian(at[64..], LastIndex.Value);
        mark.CopyTo(at[FixedBytes..]);
        return bytes;
    }

    /// <exception cref="FormatException">No header of a version known here.</exception>
    public static SegmentHeader Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
        {
            throw new FormatException("no log of Parley");
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new FormatException($"log format {version}: this program knows {Version}");
        }

        return new SegmentHeader
        {
            Sectors = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            Number = BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            PreviousEnd = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
            PreviousChain = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]),
            PreviousBatch = BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            FirstSegment = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            HardState = LogRecord.ReadHardState(bytes[48..]),
            LastIndex = new LogIndex(BinaryPrimitives.ReadInt64LittleEndian(bytes[64..])),
            Base = MembershipCodec.DecodeMark(bytes[FixedBytes..]),
        };
    }
}

/// <summary>The log begins elsewhere from now on: it was cut, or a snapshot was installed.</summary>
/// <param name="FirstSegment">The first segment still needed.</param>
/// <param name="KeepsEntries">Entries beyond the mark stay; else nothing of the log does.</param>
/// <param name="Mark">The new base.</param>
internal sealed record BaseChange(long FirstSegment, bool KeepsEntries, SnapshotMark Mark)
{
    private const int FixedBytes = 9;

    public byte[] Encode()
    {
        var mark = MembershipCodec.Encode(Mark);
        var bytes = new byte[FixedBytes + mark.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, FirstSegment);
        bytes[8] = KeepsEntries ? (byte)1 : (byte)0;
        mark.CopyTo(bytes.AsSpan(FixedBytes));
        return bytes;
    }

    /// <exception cref="FormatException">The bytes are no change of the base.</exception>
    public static BaseChange Decode(ReadOnlySpan<byte> bytes)
    {
        LogRecord.Require(bytes, FixedBytes);
        return new BaseChange(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            bytes[8] == 1,
            MembershipCodec.DecodeMark(bytes[FixedBytes..]));
    }
}
