using System.Globalization;
using Parley.Terminal;

namespace Parley.Tests.Terminal;

/// <summary>A terminal of so many columns and rows, as far as the chat uses one: what a person would see. Fails on any
/// sequence it does not know.</summary>
internal sealed class ScreenEmulator
{
    private readonly List<List<string>> rows = [[]];
    private readonly int columns;
    private readonly int height;
    private int top;
    private int row;
    private int column;
    private bool wraps = true;

    public ScreenEmulator(int columns, int height)
    {
        (this.columns, this.height) = (columns, height);
    }

    /// <summary>Rows and columns of the cursor, in all that was ever shown.</summary>
    public (int Row, int Column) Cursor => (row, column);

    /// <summary>How often a frame was shown.</summary>
    public int Frames { get; private set; }

    /// <summary>Scrollback and screen, without colours and blanks at the ends.</summary>
    public string Text => string.Join('\n', rows.Select(RowText)).TrimEnd();

    public string RowText(int at) => RowText(rows[at]);

    public void Write(string bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (bytes[at] == '\e')
            {
                at = TakeSequence(bytes, at);
                continue;
            }

            var length = bytes[at] is '\r' or '\n' ? 1 : StringInfo.GetNextTextElementLength(bytes, at);
            Put(bytes.Substring(at, length));
            at += length;
        }
    }

    private static string RowText(List<string> cells) => string.Concat(cells).TrimEnd();

    private void Put(string step)
    {
        switch (step)
        {
            case "\r":
                column = 0;
                return;
            case "\n":
                Down();
                return;
        }

        Assert.False(step.Any(char.IsControl), $"a control character reached the terminal: {(int)step[0]:x}");
        var width = CellText.StepWidth(step);
        if (width == 0)
        {
            // A mark without a base joins what stands before it.
            if (rows[row].Count == 0) { rows[row].Add(""); }
            rows[row][Math.Clamp(column - 1, 0, rows[row].Count - 1)] += step;
            return;
        }

        if (column + width > columns)
        {
            if (!wraps)
            {
                return;
            }

            column = 0;
            Down();
        }

        var cells = rows[row];
        while (cells.Count < column + width)
        {
            cells.Add(" ");
        }

        cells[column] = step;
        for (var more = 1; more < width; more++)
        {
            cells[column + more] = "";
        }

        column += width;
    }

    private void Down()
    {
        row++;
        if (row == rows.Count)
        {
            rows.Add([]);
        }

        top = Math.Max(top, row - height + 1);
    }

    private int TakeSequence(string bytes, int at)
    {
        Assert.Equal('[', bytes[at + 1]);
        var end = at + 2;
        while (!char.IsAsciiLetter(bytes[end]))
        {
            end++;
        }

        var arguments = bytes[(at + 2)..end];
        switch (bytes[end], arguments)
        {
            case ('A', _):
                row = Math.Max(top, row - int.Parse(arguments, CultureInfo.InvariantCulture));
                break;
            case ('J', ""):
                rows[row].RemoveRange(Math.Min(column, rows[row].Count), Math.Max(0, rows[row].Count - column));
                rows.RemoveRange(row + 1, rows.Count - row - 1);
                break;
            case ('l', "?7") or ('h', "?7"):
                wraps = bytes[end] == 'h';
                break;
            case ('h', "?2026"):
                Frames++;
                break;
            case ('l', "?2026") or ('m', _):
                break;
            default:
                Assert.Fail($"unknown sequence ESC[{arguments}{bytes[end]}");
                break;
        }

        return end + 1;
    }
}
