using System.Text;
using SQLitePCL;

namespace Parley.Core.Storage;

/// <summary>A prepared statement: start it, bind its parameters in order, step, read, end.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    private int[] parameterOfColumn = [];
    private int bound;

    /// <summary>Columns of the current row.</summary>
    public int Columns => raw.sqlite3_column_count(handle);

    public void MapColumns(Table table)
    {
        parameterOfColumn = new int[table.Columns.Count];
        for (var column = 0; column < parameterOfColumn.Length; column++)
        {
            parameterOfColumn[column] = raw.sqlite3_bind_parameter_index(handle, "$" + table.Columns[column]);
        }
    }

    /// <summary>The parameter that takes this column's value, 0 for none.</summary>
    public int ParameterOfColumn(int column) => parameterOfColumn[column];

    /// <summary>Begins anew; the next <see cref="With(long)"/> binds the first parameter.</summary>
    public Statement Start()
    {
        raw.sqlite3_reset(handle);
        bound = 0;
        return this;
    }

    public Statement With(long value)
    {
        Bind(++bound, value);
        return this;
    }

    public Statement WithText(string value)
    {
        BindText(++bound, Encoding.UTF8.GetBytes(value));
        return this;
    }

    public Statement WithBlob(ReadOnlySpan<byte> value)
    {
        BindBlob(++bound, value);
        return this;
    }

    public void Bind(int parameter, long value) => database.Check(raw.sqlite3_bind_int64(handle, parameter, value));

    public void BindText(int parameter, ReadOnlySpan<byte> utf8) =>
        database.Check(raw.sqlite3_bind_text(handle, parameter, utf8));

    public void BindBlob(int parameter, ReadOnlySpan<byte> value) =>
        database.Check(raw.sqlite3_bind_blob(handle, parameter, value));

    /// <summary>True when there is a (further) row; false ends the statement.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(handle);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        database.Check(code);
        raw.sqlite3_reset(handle);
        return false;
    }

    /// <summary>Runs a statement that gives no rows.</summary>
    public void Run() => Invariant.Holds(!Step());

    /// <summary>Needed where rows may be left unread: an open statement keeps its read transaction.</summary>
    public void End() => raw.sqlite3_reset(handle);

    public long Int64(int column) => raw.sqlite3_column_int64(handle, column);

    public int Int32(int column) => checked((int)raw.sqlite3_column_int64(handle, column));

    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(handle, column));

    /// <summary>Bytes of a text or blob; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(handle, column);

    public bool IsInteger(int column) => raw.sqlite3_column_type(handle, column) == raw.SQLITE_INTEGER;

    public void Dispose() => handle.Dispose();
}
