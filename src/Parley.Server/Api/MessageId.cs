using System.Buffers.Binary;
using Google.Protobuf;

namespace Parley.Server.Api;

/// <summary>A message id: the client's number and that client's counter, 8 bytes each, big-endian.</summary>
internal readonly record struct MessageId(ulong Client, ulong Counter)
{
    private const int CounterOffset = ApiLimits.MessageIdBytes / 2;

    /// <summary>Null for anything that is not 16 bytes with a counter from 1.</summary>
    public static MessageId? Find(ByteString bytes)
    {
        if (bytes.Length != ApiLimits.MessageIdBytes)
        {
            return null;
        }

        var id = new MessageId(
            BinaryPrimitives.ReadUInt64BigEndian(bytes.Span),
            BinaryPrimitives.ReadUInt64BigEndian(bytes.Span[CounterOffset..]));
        return id.Counter > 0 ? id : null;
    }

    public ByteString ToByteString()
    {
        Span<byte> bytes = stackalloc byte[ApiLimits.MessageIdBytes];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Client);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[CounterOffset..], Counter);
        return ByteString.CopyFrom(bytes);
    }
}
