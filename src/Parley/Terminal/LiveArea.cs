namespace Parley.Terminal;

/// <summary>What stands at the bottom and is drawn anew when it changes; everything above it is the terminal's own
/// scrollback. Texts have been through the <see cref="Sanitizer"/>, but for the one being typed.</summary>
internal sealed record LiveState
{
    /// <summary>Own lines that are on their way.</summary>
    public IReadOnlyList<string> Underway { get; init; } = [];

    /// <summary>Lines that change in place.</summary>
    public IReadOnlyList<string> Status { get; init; } = [];

    /// <summary>What is wrong now; null: nothing.</summary>
    public string? Notice { get; init; }

    public string Prompt { get; init; } = "> ";

    public string Text { get; init; } = "";

    public int Cursor { get; init; }

    /// <summary>Below the line: completions, and what Ctrl-C would do.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];
}

/// <summary>A row of the live area: what it shows, how it is painted, and what stands left of the cursor.</summary>
/// <param name="Plain">Without colours.</param>
/// <param name="Painted">With them.</param>
internal readonly record struct LiveRow(string Plain, string Painted)
{
    public static LiveRow Of(string text) => new(text, text);
}

/// <summary>The live area as rows of a terminal.</summary>
/// <param name="Rows">None is wider than the terminal.</param>
/// <param name="CursorRow">From 0.</param>
/// <param name="BeforeCursor">What stands left of the cursor in its row.</param>
internal sealed record LiveFrame(IReadOnlyList<LiveRow> Rows, int CursorRow, string BeforeCursor);

/// <summary>Lays the live area out; a pure function.</summary>
internal static class LiveArea
{
    private const int UnderwayMax = 5;
    private const string Continued = "  ";

    /// <param name="state">What to show.</param>
    /// <param name="columns">Of the terminal.</param>
    /// <param name="height">Of the terminal; the area leaves at least a row free.</param>
    /// <param name="palette">Colours.</param>
    public static LiveFrame Compose(LiveState state, int columns, int height, Palette palette)
    {
        columns = Math.Max(4, columns);
        var room = Math.Max(1, height - 1);
        var input = new InputRows(state, columns);
        var above = Above(state, columns, palette);
        above = [.. above.TakeLast(Math.Max(0, room - 1))];
        var inputRoom = Math.Max(1, room - above.Count);
        var first = Math.Clamp(input.CursorRow - inputRoom + 1, 0, Math.Max(0, input.Rows.Count - inputRoom));
        var typed = input.Rows.Skip(first).Take(inputRoom).Select(LiveRow.Of).ToList();
        if (first == 0)
        {
            var prompt = input.Prompt;
            typed[0] = new(typed[0].Plain, palette.Bold(prompt) + typed[0].Plain[prompt.Length..]);
        }

        var hints = state.Hints.Take(Math.Max(0, inputRoom - typed.Count))
            .Select(hint => Dim(CellText.Fit(hint, columns - 1), palette));
        return new([.. above, .. typed, .. hints], above.Count + input.CursorRow - first, input.BeforeCursor);
    }

    private static List<LiveRow> Above(LiveState state, int columns, Palette palette)
    {
        var rows = new List<LiveRow>();
        rows.AddRange(state.Underway.Take(UnderwayMax).Select(line => Dim(CellText.Fit(line, columns - 1), palette)));
        if (state.Underway.Count > UnderwayMax)
        {
            rows.Add(Dim(CellText.Fit($"… and {state.Underway.Count - UnderwayMax} more", columns - 1), palette));
        }

        rows.AddRange(state.Status.Select(line => Dim(CellText.Fit(line, columns - 1), palette)));
        if (state.Notice is { } notice)
        {
            rows.AddRange(CellText.Wrap(notice, columns - 1).Select(line => new LiveRow(line, palette.Alarm(line))));
        }

        return rows;
    }

    private static LiveRow Dim(string text, Palette palette) => new(text, palette.Dim(text));

    /// <summary>Prompt and text in rows, one column left free so that the cursor has a place behind the last.</summary>
    private sealed class InputRows
    {
        private readonly List<string> rows = [];
        private string row;

        public InputRows(LiveState state, int columns)
        {
            Prompt = CellText.WidthOf(state.Prompt) <= columns / 2
                ? state.Prompt
                : $"{CellText.Fit(state.Prompt.Trim(), (columns / 2) - 1)} ";
            row = Prompt;
            BeforeCursor = row;
            var width = CellText.WidthOf(row);
            for (var at = 0; at < state.Text.Length;)
            {
                var length = CellText.StepAt(state.Text, at);
                var shown = Sanitizer.Line(state.Text.Substring(at, length));
                var isBreak = state.Text[at] is '\n' or '\r';
                var shownWidth = CellText.WidthOf(shown);
                if (isBreak || width + shownWidth > columns - 1)
                {
                    MarkCursor(state.Cursor == at && isBreak);
                    rows.Add(row);
                    row = Continued;
                    width = Continued.Length;
                }

                MarkCursor(state.Cursor == at && !isBreak);
                row += isBreak ? "" : shown;
                width += isBreak ? 0 : shownWidth;
                at += length;
            }

            MarkCursor(state.Cursor >= state.Text.Length);
            rows.Add(row);
        }

        public string Prompt { get; }

        public List<string> Rows => rows;

        public int CursorRow { get; private set; }

        public string BeforeCursor { get; private set; }

        private void MarkCursor(bool isHere)
        {
            if (isHere)
            {
                (CursorRow, BeforeCursor) = (rows.Count, row);
            }
        }
    }
}
