using System.Text.Json;
using Parley.Terminal;

namespace Parley.Verbs;

/// <summary>
/// Prints rows in the form that was asked for. What stands in a row is said once, as JSON: plain rows have its values
/// in its order, a table its names above them. In cells a line break is <c>\n</c>, a tab <c>\t</c>, a backslash
/// <c>\\</c>, and what could move a cursor is replaced.
/// </summary>
/// <param name="form">The form.</param>
/// <param name="output">Where to.</param>
internal sealed class RowWriter(OutputForm form, TextWriter output)
{
    private const string Nothing = "-";
    private const string Gap = "  ";

    /// <summary>Long and opaque: a table is for people.</summary>
    private static readonly string[] LeftOut = ["conversation", "message_id"];

    /// <summary>What people wrote, of any length, stands at the end of a table's row.</summary>
    private static readonly string[] AtTheEnd = ["text", "topic", "label", "detail", "found", "advice"];

    private readonly List<Cell[]> pending = [];
    private string[]? names;
    private int[] widths = [];

    /// <summary>One row of several. A table shows it at the <see cref="End"/>.</summary>
    /// <param name="json">One object as one line.</param>
    /// <param name="text">For people; harmless.</param>
    public void Write(Func<string> json, Func<string> text)
    {
        switch (form)
        {
            case OutputForm.Json:
                Print(json());
                break;
            case OutputForm.Plain:
                Print(string.Join('\t', Cells(json()).Select(cell => cell.Value)));
                break;
            case OutputForm.Table:
                pending.Add(Cells(json()));
                break;
            default:
                Print(text());
                break;
        }
    }

    /// <summary>Shows the rows of a table that wait; those that come later stand below them, without names above.
    /// </summary>
    public void Flush()
    {
        if (pending.Count == 0)
        {
            return;
        }

        string[]? above = null;
        if (names is null)
        {
            var found = pending[0].Select(cell => cell.Name).ToArray();
            names = [.. found.Except(LeftOut).Except(AtTheEnd), .. AtTheEnd.Intersect(found)];
            names = names.Length > 0 ? names : found;
            (above, widths) = (names, new int[names.Length]);
        }

        var rows = pending.Select(cells => names.Select(name => ValueOf(cells, name)).ToArray())
            .Prepend(above).OfType<string[]>().ToList();
        pending.Clear();
        foreach (var row in rows)
        {
            widths = [.. widths.Zip(row, (width, value) => Math.Max(width, CellText.WidthOf(value)))];
        }

        foreach (var row in rows)
        {
            var cells = row.Zip(widths, (value, width) => value + new string(' ', width - CellText.WidthOf(value)));
            Print(string.Join(Gap, cells).TrimEnd());
        }
    }

    /// <summary>That was all: what comes later is another table.</summary>
    public void End()
    {
        Flush();
        names = null;
    }

    private void Print(string line)
    {
        output.Write(line + "\n");
        output.Flush();
    }

    private static string ValueOf(Cell[] cells, string name) =>
        Array.Find(cells, cell => cell.Name == name).Value is { Length: > 0 } value ? value : Nothing;

    private static Cell[] Cells(string json)
    {
        using var read = JsonDocument.Parse(json);
        return [.. read.RootElement.EnumerateObject().Select(each => new Cell(each.Name, TextOf(each.Value)))];
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => Sanitizer.Line(value.GetString()!
            .Replace("\\", @"\\", StringComparison.Ordinal)
            .Replace("\t", @"\t", StringComparison.Ordinal)
            .ReplaceLineEndings(@"\n")),
        _ => value.GetRawText(),
    };

    private readonly record struct Cell(string Name, string Value);
}
