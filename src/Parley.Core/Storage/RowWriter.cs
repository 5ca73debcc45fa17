namespace Parley.Core.Storage;

/// <summary>Binds a row's values, column by column, to a statement and hashes them on the way.</summary>
internal sealed class RowWriter
{
    private readonly RowHash hash = new();
    private Statement statement = null!;
    private Table table = null!;
    private int column;

    /// <summary>The statement may use only some of the columns; all are given, all are hashed.</summary>
    public RowWriter Start(Table rowTable, Statement rowStatement)
    {
        table = rowTable;
        statement = rowStatement.Start();
        hash.Start(rowTable);
        column = 0;
        return this;
    }

    public RowWriter Add(long value)
    {
        hash.Add(value);
        var parameter = statement.ParameterOfColumn(column++);
        if (parameter != 0)
        {
            statement.Bind(parameter, value);
        }

        return this;
    }

    public RowWriter AddText(string value)
    {
        var utf8 = hash.AddText(value);
        var parameter = statement.ParameterOfColumn(column++);
        if (parameter != 0)
        {
            statement.BindText(parameter, utf8);
        }

        return this;
    }

    public RowWriter AddBlob(ReadOnlySpan<byte> value)
    {
        hash.Add(value);
        var parameter = statement.ParameterOfColumn(column++);
        if (parameter != 0)
        {
            statement.BindBlob(parameter, value);
        }

        return this;
    }

    /// <summary>Runs the statement; the row's hash.</summary>
    public UInt128 Write()
    {
        Invariant.Holds(column == table.Columns.Count);
        statement.Run();
        return hash.Value();
    }
}
