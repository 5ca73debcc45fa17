using System.Buffers.Binary;
using System.IO.Hashing;

namespace Parley.Core.Storage;

/// <summary>The hash of one row: table number, then every column; integers as 8 bytes, texts and blobs with their
/// length before them. The state's digest is the sum of these.</summary>
internal sealed class RowHash
{
    private byte[] buffer = new byte[32_768];
    private int length;

    public void Start(Table table)
    {
        buffer[0] = table.Number;
        length = 1;
    }

    public void Add(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Space(sizeof(long)), value);
        length += sizeof(long);
    }

    public void Add(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Space(sizeof(int) + value.Length)[sizeof(int)..]);
        AddedBytes(value.Length);
    }

    /// <summary>Adds a text and gives its UTF-8 bytes, valid until the next addition.</summary>
    public ReadOnlySpan<byte> AddText(string value)
    {
        var space = Space(sizeof(int) + System.Text.Encoding.UTF8.GetMaxByteCount(value.Length));
        var written = System.Text.Encoding.UTF8.GetBytes(value, space[sizeof(int)..]);
        AddedBytes(written);
        return buffer.AsSpan(length - written, written);
    }

    /// <summary>Adds every column of a statement's current row, which must be the table's columns in order.</summary>
    public UInt128 OfRow(Table table, Statement row)
    {
        Start(table);
        var columns = table.Columns.Count;
        for (var column = 0; column < columns; column++)
        {
            if (row.IsInteger(column))
            {
                Add(row.Int64(column));
            }
            else
            {
                Add(row.Bytes(column));
            }
        }

        return Value();
    }

    public UInt128 Value() => XxHash128.HashToUInt128(buffer.AsSpan(0, length));

    private void AddedBytes(int count)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(length), count);
        length += sizeof(int) + count;
    }

    private Span<byte> Space(int count)
    {
        if (buffer.Length - length < count)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + count));
        }

        return buffer.AsSpan(length);
    }
}
