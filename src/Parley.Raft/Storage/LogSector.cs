using System.Buffers.Binary;

namespace Parley.Raft.Storage;

/// <summary>
/// The unit a log file is made of: 512 bytes that a disk writes whole or not at all. Each carries a checksum that
/// covers its place (segment and sector number), and which part of which batch it is, so that every written sector is
/// non-zero and proves itself; see docs/log-format.md.
/// </summary>
internal static class LogSector
{
    public const int Bytes = 512;
    public const int BodyBytes = Bytes - BodyAt;

    private const int CountAt = 4;
    private const int OrdinalAt = 8;
    private const int BatchAt = 12;
    private const int BodyAt = 20;

    /// <summary>Where a byte of a batch's stream of bodies lies, counted from the batch's first sector.</summary>
    public static int PlaceOf(int streamOffset)
    {
        var (sector, offset) = Math.DivRem(streamOffset, BodyBytes);
        return (sector * Bytes) + BodyAt + offset;
    }

    public static Span<byte> Body(Span<byte> sector) => sector[BodyAt..Bytes];

    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> sector) => sector[BodyAt..Bytes];

    /// <summary>Fills in the head; returns the checksum.</summary>
    public static uint Seal(Span<byte> sector, SectorPlace place, SectorHead head)
    {
        BinaryPrimitives.WriteInt32LittleEndian(sector[CountAt..], head.Count);
        BinaryPrimitives.WriteInt32LittleEndian(sector[OrdinalAt..], head.Ordinal);
        BinaryPrimitives.WriteInt64LittleEndian(sector[BatchAt..], head.Batch);
        var sum = SumOf(sector, place);
        BinaryPrimitives.WriteUInt32LittleEndian(sector, sum);
        return sum;
    }

    /// <summary>Null when this is no sector that was written at this place.</summary>
    public static SectorHead? Read(ReadOnlySpan<byte> sector, SectorPlace place)
    {
        if (Sum(sector) != SumOf(sector, place))
        {
            return null;
        }

        var head = new SectorHead(
            BinaryPrimitives.ReadInt32LittleEndian(sector[CountAt..]),
            BinaryPrimitives.ReadInt32LittleEndian(sector[OrdinalAt..]),
            BinaryPrimitives.ReadInt64LittleEndian(sector[BatchAt..]));
        return head.Batch > 0 && head.Ordinal >= 0 && head.Ordinal < head.Count ? head : null;
    }

    public static uint Sum(ReadOnlySpan<byte> sector) => BinaryPrimitives.ReadUInt32LittleEndian(sector);

    public static bool IsZero(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0) < 0;

    private static uint SumOf(ReadOnlySpan<byte> sector, SectorPlace place) =>
        Checksum.Of((ulong)place.Segment, (ulong)place.Sector, sector[CountAt..Bytes]);
}

/// <summary>Where a sector belongs.</summary>
internal readonly record struct SectorPlace(long Segment, int Sector);

/// <summary>Which part of which batch a sector is.</summary>
/// <param name="Count">Sectors of the batch.</param>
/// <param name="Ordinal">This one's number among them, from 0.</param>
/// <param name="Batch">The batch's number, from 1, never used twice in a segment.</param>
internal readonly record struct SectorHead(int Count, int Ordinal, long Batch);
