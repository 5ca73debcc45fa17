using System.Buffers.Binary;
using System.Globalization;

namespace Parley.Client;

/// <summary>A message's id: the sending client's number and that client's counter.</summary>
/// <param name="Client">Given out by the cluster.</param>
/// <param name="Counter">From 1.</param>
public readonly record struct MessageId(ulong Client, ulong Counter)
{
    /// <summary>Its length on the wire.</summary>
    public const int Bytes = 16;

    /// <summary>Reads 32 hexadecimal digits.</summary>
    public static bool TryParse(string? text, out MessageId id)
    {
        id = default;
        if (text is not { Length: 2 * Bytes } ||
            !TryParseHalf(text.AsSpan(0, Bytes), out var client) ||
            !TryParseHalf(text.AsSpan(Bytes), out var counter))
        {
            return false;
        }

        id = new MessageId(client, counter);
        return true;
    }

    /// <summary>Reads the 16 bytes of the wire.</summary>
    public static MessageId FromBytes(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    /// <summary>Writes the 16 bytes of the wire.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Client);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Counter);
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Client:x16}{Counter:x16}");

    private static bool TryParseHalf(ReadOnlySpan<char> digits, out ulong half) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out half);
}
