using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Parley.Client.Sending;

namespace Parley.Client.Storage;

/// <summary>The kinds of records of an outbox file; stored, so numbers are for ever.</summary>
internal enum OutboxRecordKind
{
    None = 0,

    /// <summary>A file begins: client number and the last counter that needs no repeat.</summary>
    Begin = 1,

    /// <summary>A send with counter, nonce, recipient and text.</summary>
    Send = 2,

    /// <summary>A counter's outcome is known.</summary>
    Settled = 3,

    /// <summary>This counter and those above it go to the next sends.</summary>
    Released = 4,

    /// <summary>The nonce of a settled counter.</summary>
    Nonce = 5,
}

/// <summary>
/// The encoding of an outbox file: records of length (4 bytes), the first 8 bytes of the payload's SHA-256, payload.
/// Numbers are little-endian.
/// </summary>
internal static class OutboxRecords
{
    private const int HeadBytes = 12;
    private const int ChecksumBytes = 8;
    private const int PayloadBytesMax = Limits.TextBytesMax + 256;

    public static void WriteBegin(MemoryStream to, ulong client, ulong lastCounter)
    {
        Span<byte> payload = stackalloc byte[17];
        payload[0] = (byte)OutboxRecordKind.Begin;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[1..], client);
        BinaryPrimitives.WriteUInt64LittleEndian(payload[9..], lastCounter);
        Write(to, payload);
    }

    public static void WriteCounter(MemoryStream to, OutboxRecordKind kind, ulong counter)
    {
        Span<byte> payload = stackalloc byte[9];
        payload[0] = (byte)kind;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[1..], counter);
        Write(to, payload);
    }

    public static void WriteNonce(MemoryStream to, ulong counter, ByteString nonce)
    {
        Span<byte> payload = stackalloc byte[9 + nonce.Length];
        payload[0] = (byte)OutboxRecordKind.Nonce;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[1..], counter);
        nonce.Span.CopyTo(payload[9..]);
        Write(to, payload);
    }

    public static void WriteSend(MemoryStream to, Send send)
    {
        var recipient = Encoding.UTF8.GetBytes(send.Recipient);
        var text = Encoding.UTF8.GetBytes(send.Text);
        var payload = new byte[11 + send.Nonce.Length + recipient.Length + text.Length];
        payload[0] = (byte)OutboxRecordKind.Send;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(1), send.MessageId.Counter);
        payload[9] = (byte)send.Nonce.Length;
        payload[10] = (byte)recipient.Length;
        var rest = payload.AsSpan(11);
        send.Nonce.Span.CopyTo(rest);
        recipient.CopyTo(rest[send.Nonce.Length..]);
        text.CopyTo(rest[(send.Nonce.Length + recipient.Length)..]);
        Write(to, payload);
    }

    /// <summary>Reads the whole records at the beginning of a file.</summary>
    /// <param name="file">What the file holds.</param>
    /// <param name="take">Called with each payload, in order; false: the payload makes no sense.</param>
    /// <returns>How many bytes were whole and made sense.</returns>
    public static int Read(ReadOnlySpan<byte> file, Func<byte[], bool> take)
    {
        var at = 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        while (file.Length - at >= HeadBytes)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
            if (length is <= 0 or > PayloadBytesMax || length > file.Length - at - HeadBytes)
            {
                break;
            }

            var payload = file.Slice(at + HeadBytes, length);
            SHA256.HashData(payload, hash);
            if (!hash[..ChecksumBytes].SequenceEqual(file.Slice(at + 4, ChecksumBytes)) || !take(payload.ToArray()))
            {
                break;
            }

            at += HeadBytes + length;
        }

        return at;
    }

    /// <summary>Decodes the payload of a <see cref="OutboxRecordKind.Send"/>; null when its lengths are wrong.
    /// </summary>
    public static Send? FindSend(ulong client, byte[] payload)
    {
        if (payload.Length < 11 || 11 + payload[9] + payload[10] > payload.Length)
        {
            return null;
        }

        var nonce = ByteString.CopyFrom(payload, 11, payload[9]);
        var recipient = Encoding.UTF8.GetString(payload, 11 + payload[9], payload[10]);
        var text = Encoding.UTF8.GetString(payload.AsSpan(11 + payload[9] + payload[10]));
        return new Send(new MessageId(client, Counter(payload)), recipient, text, nonce) { Recorded = true };
    }

    public static ulong Counter(byte[] payload) => BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(1));

    private static void Write(MemoryStream to, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[4 + SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, payload.Length);
        SHA256.HashData(payload, head[4..]);
        to.Write(head[..HeadBytes]);
        to.Write(payload);
    }
}
