using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;

namespace Parley.Server.Api;

/// <summary>
/// Tells whether a repeated message id still has its first content: the first 16 bytes of SHA-256 over recipient name,
/// text and nonce, each behind its length (4 bytes, big-endian). The same on every node and for ever.
/// </summary>
internal static class ContentHash
{
    private const int Bytes = 16;
    private const int LengthBytes = 4;
    private const int StackBytesMax = 1_024;

    /// <param name="recipient">The name as stored, lower-case.</param>
    /// <param name="text">As sent.</param>
    /// <param name="nonce">0 to 16 bytes.</param>
    public static ByteString Of(string recipient, string text, ByteString nonce)
    {
        var partsMax = Encoding.UTF8.GetMaxByteCount(recipient.Length + text.Length) + nonce.Length;
        var lengthMax = (3 * LengthBytes) + partsMax;
        var rented = lengthMax > StackBytesMax ? ArrayPool<byte>.Shared.Rent(lengthMax) : null;
        var buffer = rented ?? stackalloc byte[StackBytesMax];
        var end = Append(buffer, 0, recipient);
        end = Append(buffer, end, text);
        BinaryPrimitives.WriteInt32BigEndian(buffer[end..], nonce.Length);
        nonce.Span.CopyTo(buffer[(end + LengthBytes)..]);
        end += LengthBytes + nonce.Length;

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer[..end], hash);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return ByteString.CopyFrom(hash[..Bytes]);
    }

    private static int Append(Span<byte> buffer, int start, string part)
    {
        var length = Encoding.UTF8.GetBytes(part, buffer[(start + LengthBytes)..]);
        BinaryPrimitives.WriteInt32BigEndian(buffer[start..], length);
        return start + LengthBytes + length;
    }
}
