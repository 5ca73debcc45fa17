using Parley.Terminal;

namespace Parley.Verbs.Chat;

/// <content>What keys do.</content>
internal sealed partial class InlineScreen
{
    private const int CandidatesShownMax = 8;
    private const string OnceMore = "Ctrl-C once more leaves and logs out";
    private readonly LineEditor editor = new(history);
    private IReadOnlyList<string> hints = [];
    private Action? onClosed;
    private bool wasInterrupt;

    /// <summary>Called once when it is closed, however that comes.</summary>
    public void WhenClosed(Action action) => onClosed = action;

    /// <summary>There will be no more keys.</summary>
    public void End() => lines.Writer.TryComplete();

    /// <summary>One input from the keyboard.</summary>
    public void Take(TerminalInput input)
    {
        Action next;
        lock (drawing)
        {
            if (!isOpen)
            {
                return;
            }

            if (input is TerminalInput.FocusChanged focus)
            {
                hasFocus = focus.HasFocus;
                unfocusedAt = hasFocus ? null : time.GetUtcNow();
                next = hasFocus ? OnLookedAt : () => { };
            }
            else
            {
                // Who types looks, also where the terminal lost the word of it.
                var looks = hasFocus ? () => { } : OnLookedAt;
                (hasFocus, unfocusedAt) = (true, hasFocus ? unfocusedAt : null);
                next = looks + (Act(editor.Apply(input)) ? Suspend : () => { });
            }
        }

        next();
    }

    private bool Act(EditorResult result)
    {
        var again = wasInterrupt;
        wasInterrupt = result == EditorResult.Interrupted;
        hints = [];
        switch (result)
        {
            case EditorResult.Submitted:
                Submit();
                break;
            case EditorResult.Completion:
                Complete();
                break;
            case EditorResult.Interrupted when again:
            case EditorResult.EndOfInput:
                lines.Writer.TryComplete();
                break;
            case EditorResult.Interrupted:
                editor.Clear();
                hints = [OnceMore];
                break;
            case EditorResult.Redraw:
                write("\e[2J\e[H");
                painter.Forget();
                break;
            case EditorResult.Suspend:
                write(painter.Erase(size().Columns));
                return true;
        }

        Draw();
        return false;
    }

    private void Submit()
    {
        var line = editor.Take().Trim('\n', ' ');
        if (line.Length == 0)
        {
            return;
        }

        // What somebody does is shown as done, and not as a command.
        if (ChatLine.FindCommand(line) is { Name: not EntryText.DeedCommand })
        {
            Print([palette.Dim(Prompt() + Sanitizer.Line(line))]);
        }

        lines.Writer.TryWrite(line);
    }

    private string Prompt() => editor.SearchQuery is not { } query
        ? PromptText.Of(prompt.Who, prompt.Waiting, size().Columns)
        : $"{(editor.SearchFailed ? "not found" : "search")} '{Sanitizer.Line(query)}': ";

    private void Complete()
    {
        if (Completer(editor.Text, editor.Cursor) is not { Candidates.Count: > 0 } found)
        {
            return;
        }

        var common = found.Common;
        var typed = editor.Cursor - found.Start;
        if (found.Candidates.Count == 1 || common.Length > typed)
        {
            var text = found.Candidates.Count == 1 ? common + " " : common;
            var rest = editor.Text[editor.Cursor..];
            editor.Set(editor.Text[..found.Start] + text + rest, found.Start + text.Length);
        }

        if (found.Candidates.Count > 1)
        {
            var width = found.Candidates.Max(one => one.Text.Length);
            hints =
            [
                .. found.Candidates.Take(CandidatesShownMax)
                    .Select(one => $"  {one.Text.PadRight(width)}  {Sanitizer.Line(one.Description)}"),
                .. found.Candidates.Count > CandidatesShownMax
                    ? [$"  … and {found.Candidates.Count - CandidatesShownMax} more"]
                    : Array.Empty<string>(),
            ];
        }
    }
}
