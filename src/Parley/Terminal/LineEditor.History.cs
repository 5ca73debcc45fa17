namespace Parley.Terminal;

/// <content>Earlier lines: one by one, and by searching.</content>
internal sealed partial class LineEditor
{
    private int? place;
    private string draft = "";
    private HistorySearch? search;

    /// <summary>What is looked for in the history; null: nothing is.</summary>
    public string? SearchQuery => search?.Query;

    /// <summary>No earlier line has it.</summary>
    public bool SearchFailed => search is { Place: null, Query.Length: > 0 };

    private void Up()
    {
        if (LineStart(Cursor) is var start and > 0)
        {
            MoveTo(LineStart(start - 1), Cursor - start);
            return;
        }

        var older = (place ?? history.Lines.Count) - 1;
        if (older >= 0)
        {
            draft = place is null ? Text : draft;
            Show(older);
        }
    }

    private void Down()
    {
        if (LineEnd(Cursor) is var end && end < Text.Length)
        {
            MoveTo(end + 1, Cursor - LineStart(Cursor));
        }
        else if (place is { } shown && shown + 1 < history.Lines.Count)
        {
            Show(shown + 1);
        }
        else if (place is not null)
        {
            place = null;
            Set(draft, draft.Length);
        }
    }

    private void MoveTo(int lineStart, int offset)
    {
        var wanted = Math.Min(lineStart + offset, LineEnd(lineStart));
        Cursor = lineStart;
        while (Cursor < wanted)
        {
            Cursor += CellText.StepAt(Text, Cursor);
        }
    }

    private void Show(int line)
    {
        place = line;
        Set(history.Lines[line], history.Lines[line].Length);
    }

    private void BeginSearch() => search = new HistorySearch("", Place: null, Text, Cursor);

    private bool IsOfSearch(Key key)
    {
        switch (key)
        {
            case Key.Search:
                SearchFor(search!.Query, older: true);
                return true;
            case Key.Backspace:
                SearchFor(search!.Query[..Math.Max(0, search.Query.Length - 1)], older: false);
                return true;
            case Key.Cancel or Key.Interrupt:
                EndSearch(keep: false);
                return true;
            case Key.Enter:
                EndSearch(keep: true);
                return true;
            default:
                return false;
        }
    }

    private void SearchFor(string query, bool older)
    {
        var from = (search!.Place ?? history.Lines.Count) - (older || search.Place is null ? 1 : 0);
        var found = query.Length == 0 ? null : history.FindBackwards(query, from);
        if (found is null && older)
        {
            return;
        }

        search = search with { Query = query, Place = found };
        if (found is { } line)
        {
            var text = history.Lines[line];
            Set(text, text.IndexOf(query, StringComparison.OrdinalIgnoreCase) + query.Length);
        }
    }

    private void EndSearch(bool keep)
    {
        if (search is { } ended && !keep)
        {
            Set(ended.TextBefore, ended.CursorBefore);
        }

        search = null;
    }

    private sealed record HistorySearch(string Query, int? Place, string TextBefore, int CursorBefore);
}
