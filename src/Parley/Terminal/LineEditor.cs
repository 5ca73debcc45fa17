namespace Parley.Terminal;

/// <summary>What a key came to, beyond the change of the text.</summary>
internal enum EditorResult
{
    Edited,

    /// <summary>The line is done: <see cref="LineEditor.Take"/> it.</summary>
    Submitted,
    Completion,
    Interrupted,
    EndOfInput,
    Redraw,
    Suspend,
}

/// <summary>
/// The line that is being typed: Emacs keys, kill and yank, history, search in the history. No terminal, no clock: keys
/// in, text and cursor out. Not for many threads.
/// </summary>
internal sealed partial class LineEditor(InputHistory history)
{
    private string killed = "";
    private bool lastWasKill;

    /// <summary>With line breaks, when there are several lines.</summary>
    public string Text { get; private set; } = "";

    /// <summary>UTF-16 units before the cursor; always between two characters.</summary>
    public int Cursor { get; private set; }

    /// <summary>Takes what was typed and empties the line; it is in the history now.</summary>
    public string Take()
    {
        var line = Text;
        history.Add(line);
        Clear();
        return line;
    }

    /// <summary>Empties the line; its text is forgotten.</summary>
    public void Clear()
    {
        Set("", 0);
        place = null;
        search = null;
    }

    /// <summary>Text and cursor anew, as a completion found them.</summary>
    public void Set(string text, int cursor)
    {
        // What was put together may have become one character.
        var at = cursor == 0 ? 0 : text.LastIndexOf('\n', cursor - 1) + 1;
        while (at < cursor)
        {
            at += CellText.StepAt(text, at);
        }

        (Text, Cursor) = (text, at);
    }

    /// <summary>One input.</summary>
    public EditorResult Apply(TerminalInput input)
    {
        var wasKill = lastWasKill;
        lastWasKill = false;
        switch (input)
        {
            case TerminalInput.Typed typed when search is not null:
                SearchFor(search.Query + typed.Text, older: false);
                return EditorResult.Edited;
            case TerminalInput.Typed typed:
                Insert(typed.Text);
                return EditorResult.Edited;
            case TerminalInput.Pasted pasted:
                EndSearch(keep: true);
                Insert(pasted.Text);
                return EditorResult.Edited;
            case TerminalInput.Pressed pressed when search is not null && IsOfSearch(pressed.Key):
                return EditorResult.Edited;
            case TerminalInput.Pressed pressed:
                EndSearch(keep: true);
                return Press(pressed.Key, wasKill);
            default:
                return EditorResult.Edited;
        }
    }

    private EditorResult Press(Key key, bool wasKill)
    {
        switch (key)
        {
            case Key.Enter:
                return EditorResult.Submitted;
            case Key.Tab:
                return EditorResult.Completion;
            case Key.Interrupt:
                return EditorResult.Interrupted;
            case Key.Redraw:
                return EditorResult.Redraw;
            case Key.Suspend:
                return EditorResult.Suspend;
            case Key.EndOfInput when Text.Length == 0:
                return EditorResult.EndOfInput;
            case Key.NewLine:
                Insert("\n");
                break;
            case Key.Search:
                BeginSearch();
                break;
            default:
                if (!Move(key))
                {
                    Change(key, wasKill);
                }

                break;
        }

        return EditorResult.Edited;
    }

    private bool Move(Key key)
    {
        switch (key)
        {
            case Key.Left:
                Cursor -= Cursor > 0 ? CellText.StepBefore(Text, Cursor) : 0;
                return true;
            case Key.Right:
                Cursor += Cursor < Text.Length ? CellText.StepAt(Text, Cursor) : 0;
                return true;
            case Key.Home:
                Cursor = LineStart(Cursor);
                return true;
            case Key.End:
                Cursor = LineEnd(Cursor);
                return true;
            case Key.WordLeft:
                Cursor = WordStart(Cursor, IsOfWord);
                return true;
            case Key.WordRight:
                Cursor = WordEnd(Cursor);
                return true;
            case Key.Up:
                Up();
                return true;
            case Key.Down:
                Down();
                return true;
            default:
                return false;
        }
    }

    private void Change(Key key, bool wasKill)
    {
        switch (key)
        {
            case Key.Backspace when Cursor > 0:
                Remove(Cursor - CellText.StepBefore(Text, Cursor), Cursor);
                break;
            case Key.Delete or Key.EndOfInput when Cursor < Text.Length:
                Remove(Cursor, Cursor + CellText.StepAt(Text, Cursor));
                break;
            case Key.KillToEnd:
                var end = LineEnd(Cursor);
                Kill(Cursor, end == Cursor && end < Text.Length ? end + 1 : end, wasKill, before: false);
                break;
            case Key.KillToStart:
                Kill(LineStart(Cursor), Cursor, wasKill, before: true);
                break;
            case Key.KillWordLeft:
                Kill(WordStart(Cursor, one => !char.IsWhiteSpace(one)), Cursor, wasKill, before: true);
                break;
            case Key.KillWordRight:
                Kill(Cursor, WordEnd(Cursor), wasKill, before: false);
                break;
            case Key.Yank:
                Insert(killed);
                break;
            case Key.Transpose:
                Transpose();
                break;
        }
    }

    private void Insert(string text) => Set(Text.Insert(Cursor, text), Cursor + text.Length);

    private void Remove(int from, int to) => Set(Text.Remove(from, to - from), from);

    // Kills in a row are yanked together.
    private void Kill(int from, int to, bool wasKill, bool before)
    {
        var cut = Text[from..to];
        killed = !wasKill ? cut : before ? cut + killed : killed + cut;
        lastWasKill = true;
        Remove(from, to);
    }

    private void Transpose()
    {
        if (Cursor == 0 || Text.Length < 2)
        {
            return;
        }

        var right = Cursor < Text.Length ? Cursor : Cursor - CellText.StepBefore(Text, Cursor);
        if (right == 0)
        {
            return;
        }

        var left = right - CellText.StepBefore(Text, right);
        var end = right + CellText.StepAt(Text, right);
        Set(Text[..left] + Text[right..end] + Text[left..right] + Text[end..], end);
    }

    private int LineStart(int at) => at == 0 ? 0 : Text.LastIndexOf('\n', at - 1) + 1;

    private int LineEnd(int at) => Text.IndexOf('\n', at) is var end && end < 0 ? Text.Length : end;

    private static bool IsOfWord(char one) => char.IsLetterOrDigit(one) || char.IsSurrogate(one);

    // By whole characters: a joined emoji has joiners inside, which are no letters.
    private int WordStart(int at, Func<char, bool> isOfWord)
    {
        var seen = false;
        while (at > 0)
        {
            var before = at - CellText.StepBefore(Text, at);
            var isWord = isOfWord(Text[before]);
            if (seen && !isWord)
            {
                break;
            }

            seen |= isWord;
            at = before;
        }

        return at;
    }

    private int WordEnd(int at)
    {
        var seen = false;
        while (at < Text.Length)
        {
            var isWord = IsOfWord(Text[at]);
            if (seen && !isWord)
            {
                break;
            }

            seen |= isWord;
            at += CellText.StepAt(Text, at);
        }

        return at;
    }
}
