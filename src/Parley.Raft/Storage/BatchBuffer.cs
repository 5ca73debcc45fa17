namespace Parley.Raft.Storage;

/// <summary>The records of one batch, laid out in sectors as they will be written.</summary>
internal sealed class BatchBuffer
{
    private const int KeptBytesMax = 8 << 20;
    private const int FirstBytes = 64 << 10;

    private byte[] bytes = new byte[FirstBytes];
    private int streamBytes;

    public bool IsEmpty => streamBytes == 0;

    public int Sectors => (streamBytes + LogSector.BodyBytes - 1) / LogSector.BodyBytes;

    /// <summary>Where the next byte will lie, counted from the batch's first sector.</summary>
    public int NextPlace => LogSector.PlaceOf(streamBytes);

    public void Append(ReadOnlySpan<byte> stream)
    {
        EnsureRoom(stream.Length);
        while (!stream.IsEmpty)
        {
            var place = LogSector.PlaceOf(streamBytes);
            var count = Math.Min(stream.Length, LogSector.Bytes - (place % LogSector.Bytes));
            stream[..count].CopyTo(bytes.AsSpan(place));
            stream = stream[count..];
            streamBytes += count;
        }
    }

    /// <summary>Completes the sectors for their place; <paramref name="chain"/> goes on over their checksums.</summary>
    public ReadOnlySpan<byte> Seal(SectorPlace first, long batch, ref uint chain)
    {
        var count = Sectors;
        for (var i = 0; i < count; i++)
        {
            var sum = LogSector.Seal(
                bytes.AsSpan(i * LogSector.Bytes, LogSector.Bytes),
                first with { Sector = first.Sector + i },
                new SectorHead(count, i, batch));
            chain = Checksum.Chain(chain, sum);
        }

        return bytes.AsSpan(0, count * LogSector.Bytes);
    }

    public void Clear()
    {
        if (bytes.Length > KeptBytesMax)
        {
            bytes = new byte[FirstBytes];
        }
        else
        {
            bytes.AsSpan(0, Sectors * LogSector.Bytes).Clear();
        }

        streamBytes = 0;
    }

    private void EnsureRoom(int more)
    {
        var needed = ((streamBytes + more) / LogSector.BodyBytes + 1) * LogSector.Bytes;
        if (needed > bytes.Length)
        {
            Array.Resize(ref bytes, Math.Max(needed, bytes.Length * 2));
        }
    }
}
