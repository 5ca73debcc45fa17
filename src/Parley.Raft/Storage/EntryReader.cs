using System.Buffers;

namespace Parley.Raft.Storage;

/// <summary>Reads entries back from segments, in order, through a window; each is checked again.</summary>
internal sealed class EntryReader : IDisposable
{
    private const int WindowBytes = 64 << 10;

    private readonly byte[] window = ArrayPool<byte>.Shared.Rent(WindowBytes);
    private Segment? segment;
    private int windowStart;
    private int windowLength;

    /// <exception cref="LogDamagedException">What is there now is not what was written.</exception>
    public Entry Read(Segment from, int offset, LogIndex expected)
    {
        if (segment != from)
        {
            segment = from;
            windowLength = 0;
        }

        Span<byte> fixedPart = stackalloc byte[LogRecord.HeadBytes + LogRecord.EntryFixedBytes];
        var next = ReadStream(offset, fixedPart);
        var payloadBytes = LogRecord.BodyLength(fixedPart) - LogRecord.EntryFixedBytes;
        if (payloadBytes < 0 || payloadBytes > (from.Sectors * (long)LogSector.Bytes) - next)
        {
            throw LogDamage.At(Segment.NameOf(from.Number), offset, $"entry {expected} cannot be read back");
        }

        var payload = payloadBytes == 0 ? [] : new byte[payloadBytes];
        ReadStream(next, payload);
        var kind = LogRecord.CheckEntry(fixedPart, payload);
        var facts = LogRecord.ReadEntryFacts(kind ?? EntryKind.None, fixedPart[LogRecord.HeadBytes..]);
        if (kind is null || facts.Index != expected)
        {
            throw LogDamage.At(Segment.NameOf(from.Number), offset, $"entry {expected} cannot be read back");
        }

        return new Entry
        {
            Index = facts.Index,
            Term = facts.Term,
            Kind = facts.Kind,
            TimeUs = facts.TimeUs,
            Payload = payload,
        };
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(window);

    /// <summary>Returns the offset of the byte after.</summary>
    private int ReadStream(int offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = Math.Min(destination.Length, LogSector.Bytes - (offset % LogSector.Bytes));
            MoveWindow(offset, count);
            window.AsSpan(offset - windowStart, count).CopyTo(destination);
            destination = destination[count..];
            offset += count;
            if (offset % LogSector.Bytes == 0)
            {
                offset += LogSector.Bytes - LogSector.BodyBytes;
            }
        }

        return offset;
    }

    private void MoveWindow(int offset, int count)
    {
        if (offset >= windowStart && offset + count <= windowStart + windowLength)
        {
            return;
        }

        windowStart = offset - (offset % LogSector.Bytes);
        windowLength = segment!.File.Read(windowStart, window.AsSpan(0, WindowBytes));
        if (offset + count > windowStart + windowLength)
        {
            throw LogDamage.At(Segment.NameOf(segment.Number), offset, "the file ends too early");
        }
    }
}
