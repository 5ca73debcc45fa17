using System.Buffers.Binary;
using System.Numerics;

namespace Parley.Raft.Storage;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal static class Checksum
{
    public static uint Of(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    /// <summary>Of two spans as if they were one.</summary>
    public static uint Of(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) =>
        ~Continue(Continue(uint.MaxValue, first), second);

    /// <summary>Of two numbers followed by bytes.</summary>
    public static uint Of(ulong first, ulong second, ReadOnlySpan<byte> bytes) =>
        ~Continue(BitOperations.Crc32C(BitOperations.Crc32C(uint.MaxValue, first), second), bytes);

    /// <summary>A sum over sums: tells one sequence of blocks from any other.</summary>
    public static uint Chain(uint chain, uint sum) => BitOperations.Crc32C(chain, sum);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
