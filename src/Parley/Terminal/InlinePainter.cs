using System.Text;

namespace Parley.Terminal;

/// <summary>
/// What to write so that new lines stand above the live area and the area below them, whatever stood there before.
/// It asks the terminal nothing. Rows of the area are written with wrapping off, and what stands left of the cursor is
/// written twice, the second time to leave the cursor behind it: a terminal that holds a character for narrower or
/// wider than we do shows a gap at worst. Not for many threads.
/// </summary>
internal sealed class InlinePainter
{
    private LiveFrame? shown;

    /// <summary>Lines for the scrollback, then the area.</summary>
    /// <param name="above">Each wraps as the terminal wraps; a line break in it begins a further row.</param>
    /// <param name="frame">The area as it shall be.</param>
    /// <param name="columns">Of the terminal now; rows that were wider than that have been wrapped by it.</param>
    /// <returns>Empty when nothing changes.</returns>
    public string Draw(IReadOnlyList<string> above, LiveFrame frame, int columns)
    {
        if (above.Count == 0 && shown is not null && IsSame(shown, frame))
        {
            return "";
        }

        var bytes = new StringBuilder(Ansi.FrameBegin);
        BackToTop(bytes, columns);
        foreach (var line in above)
        {
            bytes.Append(line.Replace("\n", "\r\n", StringComparison.Ordinal)).Append("\r\n");
        }

        bytes.Append(Ansi.WrapOff);
        bytes.AppendJoin("\r\n", frame.Rows.Select(row => row.Painted));
        var below = frame.Rows.Count - 1 - frame.CursorRow;
        bytes.Append(Ansi.Up(below)).Append('\r');
        var row = frame.Rows[frame.CursorRow];
        bytes.Append(Painted(row, frame.BeforeCursor));
        bytes.Append(Ansi.WrapOn).Append(Ansi.FrameEnd);
        shown = frame;
        return bytes.ToString();
    }

    /// <summary>Takes the area away: the cursor stands where it began.</summary>
    public string Erase(int columns)
    {
        var bytes = new StringBuilder();
        BackToTop(bytes, columns);
        shown = null;
        return bytes.ToString();
    }

    /// <summary>Something else has written: the area is drawn where the cursor is.</summary>
    public void Forget() => shown = null;

    private static bool IsSame(LiveFrame one, LiveFrame other) =>
        one.CursorRow == other.CursorRow && one.BeforeCursor == other.BeforeCursor
        && one.Rows.SequenceEqual(other.Rows);

    // A painted prompt is kept painted; the text behind it has no colours.
    private static string Painted(LiveRow row, string beforeCursor)
    {
        var rest = row.Plain[beforeCursor.Length..];
        return row.Painted.EndsWith(rest, StringComparison.Ordinal) ? row.Painted[..^rest.Length] : beforeCursor;
    }

    private void BackToTop(StringBuilder bytes, int columns)
    {
        if (shown is null)
        {
            return;
        }

        // A terminal that became narrower has broken wider rows into several, and the cursor went with its text.
        var up = shown.Rows.Take(shown.CursorRow).Sum(row => RowsOf(CellText.WidthOf(row.Plain), columns));
        up += CellText.WidthOf(shown.BeforeCursor) / Math.Max(1, columns);
        bytes.Append('\r').Append(Ansi.Up(up)).Append(Ansi.ClearBelow);
    }

    private static int RowsOf(int width, int columns) => Math.Max(1, (width + columns - 1) / Math.Max(1, columns));
}
